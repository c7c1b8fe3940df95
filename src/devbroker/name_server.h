// What a name server is asked: routes, the cluster, the list of topics, settings by key.
#pragma once

#include "devbroker/state.h"

namespace outflow::devbroker {

rocketmq::Response get_route(const State& state, const Request& request);
rocketmq::Response get_cluster_info(const State& state);
rocketmq::Response get_topic_list(const State& state);
rocketmq::Response get_kv_config(const Request& request);  // there are none

}  // namespace outflow::devbroker
