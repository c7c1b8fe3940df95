// What the state of a task says about its MQTT source, as a sentence. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace outflow::connectors {

struct SourceCondition {
    std::string broker;                    // HOST:PORT
    std::string last_error;                // why there is no subscription now; empty: there is one
    std::int64_t last_error_since_ms = 0;  // Unix time, as all of these
    bool is_unreachable = false;           // the last error is that there is no connection at all
    std::int64_t now_ms = 0;
    std::int64_t session_lost_ms = 0;         // when the broker had lost the session last; 0: never
    std::optional<std::size_t> paused_bytes;  // reading is stopped: so many bytes are held
    std::size_t owed = 0;                     // messages that the broker has and, as is proven, does not send
    std::size_t sent_ahead = 0;     // the broker sends only so many ahead of acknowledgements; 0: no limit seen
    bool is_v3 = false;             // the session speaks 3.1.1
    bool v3_was_asked_for = false;  // by the task: MQTT 5 was not tried
    bool is_shared = false;         // the filter is a shared subscription
    bool is_silent = false;         // no message has come yet
};

// Empty: all is well. Else why nothing comes, why it comes slowly, or what may be missing.
std::string describe(const SourceCondition& condition);

}  // namespace outflow::connectors
