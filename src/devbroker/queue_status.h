// What can be asked about queues and what is in them.
#pragma once

#include "devbroker/state.h"

namespace outflow::devbroker {

rocketmq::Response get_max_offset(const State& state, const Request& request);
rocketmq::Response get_min_offset(const State& state, const Request& request);
rocketmq::Response search_offset(const State& state, const Request& request);  // by time
rocketmq::Response get_earliest_store_time(const State& state, const Request& request);
rocketmq::Response view_message(const State& state, const Request& request);  // by its physical offset
rocketmq::Response get_topic_stats(const State& state, const Request& request);
rocketmq::Response get_consume_stats(const State& state, const Request& request);  // of a group

}  // namespace outflow::devbroker
