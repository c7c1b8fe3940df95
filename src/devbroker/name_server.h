// What a name server is asked: routes, the cluster, the list of topics, settings by key.
#pragma once

#include "devbroker/state.h"

namespace outflow::devbroker {

rocketmq::Answer get_route(const State& state, const Request& request);
rocketmq::Answer get_cluster_info(const State& state);
rocketmq::Answer get_topic_list(const State& state);
rocketmq::Answer get_kv_config(const Request& request);  // there are none

}  // namespace outflow::devbroker
