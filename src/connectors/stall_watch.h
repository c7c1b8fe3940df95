// Finds out that a broker has our session and sends nothing of it: one that counts what was in flight before against
// the new connection's Receive Maximum (Artemis) may be full before it has sent a byte. One more connection with a
// larger Receive Maximum gives everything then. Pure.
//
//   SUBACK --quiet for stall_time--> on_silence() -- a larger Receive Maximum --> one more connection --> SUBACK ...
//                                         '-------- nothing larger is left ----> proven, if messages are owed
//
// What the broker believes to be in flight is not always known here: not after a start, and not after a lost
// connection, which may have taken messages or acknowledgements with it. On a quiet topic that costs one more
// connection, and is no fault.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/limits.h"

namespace outflow::connectors {

class StallWatch {
public:
    static constexpr std::chrono::seconds stall_time{10};

    // SUBACK. `owed`: messages of an earlier connection that were not acknowledged. Returns whether silence from here
    // on is worth on_silence().
    bool on_subscribed(bool session_present, std::size_t owed) {
        if (!session_present) is_unsure_ = false;
        return session_present && (is_unsure_ || owed > 0);
    }
    void on_message() { is_proven_ = false; }
    // By the broker or the network, not by us.
    void on_lost() { is_unsure_ = true; }
    // Nothing has come for stall_time. The Receive Maximum for one more connection; nothing: there is none worth a try.
    std::optional<std::uint16_t> on_silence(std::uint16_t receive_maximum, std::size_t owed) {
        is_unsure_ = false;
        if (receive_maximum < limits::receive_maximum_max) return limits::receive_maximum_max;
        if (receive_maximum < UINT16_MAX) return UINT16_MAX;  // it may have been full with that one before
        is_proven_ = owed > 0;
        return std::nullopt;
    }

    // The broker sends nothing although it owes messages.
    bool is_proven() const { return is_proven_; }

private:
    bool is_unsure_ = true;  // whether the broker believes that messages are in flight that we know nothing of
    bool is_proven_ = false;
};

}  // namespace outflow::connectors
