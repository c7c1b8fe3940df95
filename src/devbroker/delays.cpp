#include "devbroker/delays.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "devbroker/property_edits.h"
#include "rocketmq/properties.h"

namespace outflow::devbroker {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view delay_property = "DELAY";
constexpr std::string_view real_topic_property = "REAL_TOPIC";
constexpr std::string_view real_queue_property = "REAL_QID";
constexpr std::string_view position_group = "DELAYED";  // of the offsets, under the schedule topic
constexpr int deliveries_per_call_max = 256;            // of a level
constexpr milliseconds pause_after_failure{1000};

constexpr std::array<std::int32_t, delay_levels> delay_seconds = {1,   5,   10,  30,  60,  120,  180,  240,  300,
                                                                  360, 420, 480, 540, 600, 1200, 1800, 3600, 7200};

std::int32_t to_integer(std::string_view text) {
    std::int32_t value = 0;
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    return fault == std::errc() && end == text.data() + text.size() ? value : 0;
}

}  // namespace

milliseconds delay_of(std::int32_t level) {
    return std::chrono::seconds(delay_seconds[static_cast<std::size_t>(std::clamp(level, 1, delay_levels) - 1)]);
}

std::int32_t delay_level(std::string_view properties) {
    return std::clamp(to_integer(rocketmq::find_property(properties, delay_property)), 0, delay_levels);
}

Result<QueuePosition> store_message(State& state, PutHeader header, NewMessage message) {
    std::string properties;
    if (std::int32_t level = delay_level(message.properties); level > 0) {
        properties = message.properties;
        set_property(properties, real_topic_property, header.topic);
        set_property(properties, real_queue_property, std::to_string(header.queue_id));
        message.properties = properties;
        header.topic = schedule_topic;
        header.queue_id = level - 1;
    }
    TRY(auto put, state.put(header, {&message, 1}));
    return QueuePosition{
        .queue_id = header.queue_id, .queue_offset = put.queue_offset, .physical_offset = put.physical_offsets.front()};
}

std::optional<milliseconds> Delays::deliver(milliseconds now) {
    std::optional<milliseconds> next;
    for (std::int32_t level = 1; level <= delay_levels; ++level) {
        auto due = deliver_level(level, now);
        if (due && (!next || *due < *next)) next = due;
    }
    return next;
}

std::optional<milliseconds> Delays::deliver_level(std::int32_t level, milliseconds now) {
    std::int32_t queue_id = level - 1;
    std::int64_t end = state_.store->max_offset(schedule_topic, queue_id);
    std::int64_t offset = std::max(state_.offsets.find(position_group, schedule_topic, queue_id).value_or(0),
                                   state_.store->min_offset(schedule_topic, queue_id));
    for (int delivered = 0; offset < end; ++delivered, ++offset) {
        // Noted before the delivery too: with a position that cannot be kept, a message would be delivered forever.
        if (!state_.offsets.set(position_group, schedule_topic, queue_id, offset)) return now + pause_after_failure;
        if (delivered == deliveries_per_call_max) return now;
        auto entry = state_.store->entry(schedule_topic, queue_id, offset);
        if (!entry) continue;
        milliseconds due = milliseconds(entry->stored_ms) + delay_of(level);
        if (due > now) return due;
        // Most likely the disk is full: the message stays where it is, and is tried again.
        if (!deliver_entry(*entry)) return now + pause_after_failure;
    }
    if (end > 0 && !state_.offsets.set(position_group, schedule_topic, queue_id, end)) return now + pause_after_failure;
    return std::nullopt;
}

Status Delays::deliver_entry(const QueueEntry& entry) {
    std::string bytes;
    auto message = state_.read(entry.physical_offset, bytes);
    if (!message && message.error().code == ErrorCode::file_error) return failed(std::move(message).error());
    if (!message) return {};  // its segment is gone, and the message with it
    std::string topic(rocketmq::find_property(message->properties, real_topic_property));
    if (state_.topics.find(topic) == nullptr) return {};  // deleted in the meantime
    std::string properties(message->properties);
    remove_property(properties, delay_property);
    PutHeader header{.topic = topic,
                     .queue_id = to_integer(rocketmq::find_property(message->properties, real_queue_property)),
                     .sys_flag = message->sys_flag,
                     .born = message->born,
                     .born_host = message->born_host,
                     .reconsume_times = message->reconsume_times};
    NewMessage again{.body = message->body, .properties = properties, .flag = message->flag};
    TRY([[maybe_unused]] auto put, state_.put(header, {&again, 1}));
    return {};
}

}  // namespace outflow::devbroker
