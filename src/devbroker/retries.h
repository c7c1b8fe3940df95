// Messages that a consumer could not handle: back into the group's retry topic after a delay, and after the last try
// into its dead-letter topic.
#pragma once

#include "devbroker/state.h"

namespace outflow::devbroker {

inline constexpr std::int32_t reconsume_times_default = 16;  // tries before a message is dead

// The topic %DLQ%group with its one queue, created when missing. Errors: TopicTable::set.
Result<std::string> dead_letter_topic(State& state, std::string_view group);

// CONSUMER_SEND_MSG_BACK.
rocketmq::Response send_message_back(State& state, const Request& request);

}  // namespace outflow::devbroker
