// What can be asked about queues and what is in them.
#pragma once

#include "devbroker/state.h"

namespace outflow::devbroker {

rocketmq::Answer get_max_offset(const State& state, const Request& request);
rocketmq::Answer get_min_offset(const State& state, const Request& request);
rocketmq::Answer search_offset(const State& state, const Request& request);            // by time
rocketmq::Answer get_earliest_store_time(const State& state, const Request& request);
rocketmq::Answer view_message(const State& state, const Request& request);             // by its physical offset
rocketmq::Answer get_topic_stats(const State& state, const Request& request);
rocketmq::Answer get_consume_stats(const State& state, const Request& request);        // of a group

}  // namespace outflow::devbroker
