// Delayed messages: those with a DELAY level wait in SCHEDULE_TOPIC_XXXX, one queue a level, with REAL_TOPIC and
// REAL_QID as properties, and are put into their topic when they are due. How far each level has got is kept among the
// committed offsets; after a crash a message may be delivered twice, never not at all.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "devbroker/state.h"

namespace outflow::devbroker {

inline constexpr std::int32_t delay_levels = 18;

// 1 to delay_levels: 1 s, 5 s, 10 s, 30 s, 1 min, ... 2 h.
std::chrono::milliseconds delay_of(std::int32_t level);
// The level of a message, at most delay_levels; 0: none.
std::int32_t delay_level(std::string_view properties);

struct QueuePosition {
    std::int32_t queue_id = 0;
    std::int64_t queue_offset = 0;
    std::int64_t physical_offset = 0;
};
// Stores one message where it belongs: a delayed one in the schedule topic, which is then what is returned.
Result<QueuePosition> store_message(State& state, PutHeader header, NewMessage message);

class Delays {
public:
    explicit Delays(State& state) : state_(state) {}

    // Delivers what is due, some at a time. When to call it next, if anything waits.
    std::optional<std::chrono::milliseconds> deliver(std::chrono::milliseconds now);

private:
    std::optional<std::chrono::milliseconds> deliver_level(std::int32_t level, std::chrono::milliseconds now);
    Status deliver_entry(const QueueEntry& entry);

    State& state_;
};

}  // namespace outflow::devbroker
