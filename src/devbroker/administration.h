// What `mqadmin` and other tools change and ask: topics, the broker's settings and state.
#pragma once

#include <chrono>

#include "devbroker/state.h"

namespace outflow::devbroker {

rocketmq::Response update_topic(State& state, const Request& request);
rocketmq::Response delete_topic(State& state, const Request& request);
rocketmq::Response get_topic_config(const State& state, const Request& request);
rocketmq::Response get_broker_config(const State& state);
rocketmq::Response get_runtime_info(const State& state, std::chrono::milliseconds started);
// A client with a subscription asks whether it will be served.
rocketmq::Response check_client(const Request& request);

}  // namespace outflow::devbroker
