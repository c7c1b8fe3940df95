// The waits of a session.
#pragma once

#include <chrono>

namespace outflow::mqtt {

inline constexpr std::chrono::seconds response_timeout{10};       // CONNACK, SUBACK, PINGRESP
inline constexpr std::chrono::seconds subscribe_timeout_max{60};  // SUBACK, while messages arrive before it
inline constexpr std::chrono::minutes fault_memory{10};           // the same fault again within: no plain reconnect

}  // namespace outflow::mqtt
