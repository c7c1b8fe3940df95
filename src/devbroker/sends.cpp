#include "devbroker/sends.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "devbroker/delays.h"
#include "devbroker/property_edits.h"
#include "devbroker/retries.h"
#include "rocketmq/properties.h"
#include "rocketmq/protocol.h"
#include "rocketmq/validate.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

constexpr std::uint32_t transaction_bits = 0xC;  // of a sysFlag
constexpr std::uint32_t loopback = 0x7F000001;
constexpr std::uint32_t auto_create_queues_max = 8;

rocketmq::Response illegal_message(const BrokerSettings& settings) {
    return refusal(code::message_illegal,
                   fmt::format("the message is illegal: the limit of a body is {} bytes (and it has one at least), of "
                               "properties {}",
                               settings.message_bytes_max, Sends::property_bytes_max));
}

rocketmq::Response not_stored(const Error& error) {
    return refusal(code::service_not_available, fmt::format("service not available now: {}", error.context));
}

// Views into both.
PutHeader put_header(const rocketmq::SendFields& fields, const Request& request) {
    return {.topic = fields.topic,
            .queue_id = fields.queue_id,
            .sys_flag = fields.sys_flag,
            .born = fields.born,
            .born_host = request.peer_host,
            .reconsume_times = fields.reconsume_times};
}

bool wants_time(std::string_view properties) {
    for (std::string_view name : {"TIMER_DELIVER_MS", "TIMER_DELAY_MS", "TIMER_DELAY_SEC"}) {
        if (!rocketmq::find_property(properties, name).empty()) return true;
    }
    return false;
}

// What the embedded broker does not do is refused, not stored as something else.
std::optional<rocketmq::Response> check_abilities(const rocketmq::SendFields& fields) {
    if ((fields.sys_flag & transaction_bits) != 0 || rocketmq::find_property(fields.properties, "TRAN_MSG") == "true") {
        return refusal(code::no_permission,
                       "sending transaction message is forbidden: this broker has no transactions");
    }
    if (wants_time(fields.properties)) {
        return refusal(code::message_illegal, "this broker has delay levels (DELAY) only, and no timers");
    }
    return std::nullopt;
}

}  // namespace

Sends::Sends(State& state, std::chrono::milliseconds now)
    : state_(state), keys_(loopback, state.options.port, static_cast<std::uint32_t>(now.count())) {}

rocketmq::Response Sends::handle(const Request& request, std::chrono::milliseconds now) {
    auto fields = rocketmq::decode_send_fields(request.command);
    if (!fields) return refusal(code::system_error, fields.error().context);
    if (auto refused = check_topic(*fields, request)) return std::move(*refused);
    if (auto refused = check_abilities(*fields)) return std::move(*refused);
    if (request.body.empty() || request.body.size() > state_.settings.message_bytes_max ||
        fields->properties.size() > property_bytes_max) {
        return illegal_message(state_.settings);
    }
    if (fields->queue_id < 0) {
        const Topic* topic = state_.find_topic(fields->topic);
        fields->queue_id = static_cast<std::int32_t>(next_queue_++ % std::max(topic->write_queues, 1u));
    }
    return fields->is_batch ? send_batch(*fields, request) : send_one(*fields, request, now);
}

std::optional<rocketmq::Response> Sends::check_topic(const rocketmq::SendFields& fields, const Request& request) {
    if (fields.topic.empty()) return refusal(code::invalid_parameter, "The specified topic is blank.");
    if (!is_legal_topic(fields.topic)) {
        return refusal(code::invalid_parameter, "The specified topic is too long or has other characters than letters, "
                                                "digits, %, |, - and _.");
    }
    if (rocketmq::is_broker_topic(fields.topic)) {
        return refusal(code::no_permission, fmt::format("Sending message to topic[{}] is forbidden.", fields.topic));
    }
    if (state_.find_topic(fields.topic) == nullptr) {
        if (auto refused = create_topic(fields)) return refused;
    }
    const Topic& topic = *state_.find_topic(fields.topic);
    if (fields.queue_id >= static_cast<std::int64_t>(std::max(topic.read_queues, topic.write_queues))) {
        return refusal(code::invalid_parameter,
                       fmt::format("request queueId[{}] is illegal, topic {} has {} queues to read and {} to write. "
                                   "Producer: {}",
                                   fields.queue_id, fields.topic, topic.read_queues, topic.write_queues, request.peer));
    }
    return std::nullopt;
}

std::optional<rocketmq::Response> Sends::create_topic(const rocketmq::SendFields& fields) {
    bool is_retry = fields.topic.starts_with(retry_prefix);
    const bool may_create = state_.settings.auto_create && fields.default_topic == rocketmq::auto_create_topic;
    if (!is_retry && !may_create) return topic_missing(fields.topic);
    std::uint32_t queues = is_retry ? 1 : std::clamp(fields.default_topic_queues, 1u, auto_create_queues_max);
    auto created = state_.find_or_create_topic(fields.topic, queues);
    if (created) return std::nullopt;
    return refusal(code::topic_not_exist,
                   fmt::format("topic[{}] could not be created: {}", fields.topic, created.error().context));
}

rocketmq::Response Sends::send_one(rocketmq::SendFields& fields, const Request& request,
                                   std::chrono::milliseconds now) {
    if (auto redirected = redirect_dead(fields, request.command); !redirected) return not_stored(redirected.error());
    std::string key(rocketmq::find_property(fields.properties, rocketmq::property_name::unique_key));
    if (key.empty()) {
        key = keys_.next(now);
        set_property(fields.properties, rocketmq::property_name::unique_key, key);
    }
    // What a delay adds has to fit as well.
    bool is_delayed = delay_level(fields.properties) > 0;
    if (fields.properties.size() + (is_delayed ? fields.topic.size() + 32 : 0) > property_bytes_max) {
        return illegal_message(state_.settings);
    }
    auto place = store_message(state_, put_header(fields, request),
                               {.body = request.body, .properties = fields.properties, .flag = fields.flag});
    if (!place) return not_stored(place.error());
    return stored(place->queue_id, place->queue_offset, {&place->physical_offset, 1}, key);
}

rocketmq::Response Sends::send_batch(const rocketmq::SendFields& fields, const Request& request) {
    if (fields.topic.starts_with(retry_prefix) || delay_level(fields.properties) > 0) {
        return refusal(code::message_illegal,
                       "the message is illegal: a batch is neither delayed nor for a retry topic");
    }
    auto entries = rocketmq::decode_batch(request.body);
    if (!entries) return refusal(code::message_illegal, entries.error().context);
    std::vector<NewMessage> messages;
    messages.reserve(entries->size());
    for (const rocketmq::BatchEntry& entry : *entries) {
        if (entry.properties.size() > property_bytes_max) return illegal_message(state_.settings);
        messages.push_back({.body = entry.body, .properties = entry.properties, .flag = entry.flag});
    }
    auto put = state_.put(put_header(fields, request), messages);
    if (!put) return not_stored(put.error());
    return stored(fields.queue_id, put->queue_offset, put->physical_offsets,
                  rocketmq::find_property(fields.properties, rocketmq::property_name::unique_key));
}

Status Sends::redirect_dead(rocketmq::SendFields& fields, const rocketmq::Command& command) {
    if (!fields.topic.starts_with(retry_prefix)) return {};
    auto tries_max = command.find_ext_integer("l");
    if (!tries_max) tries_max = command.find_ext_integer("maxReconsumeTimes");
    if (fields.reconsume_times <= tries_max.value_or(reconsume_times_default)) return {};
    TRY(fields.topic, dead_letter_topic(state_, std::string_view(fields.topic).substr(retry_prefix.size())));
    fields.queue_id = 0;
    remove_property(fields.properties, "DELAY");
    return {};
}

rocketmq::Response Sends::stored(std::int32_t queue_id, std::int64_t queue_offset,
                                 std::span<const std::int64_t> physical_offsets,
                                 std::string_view transaction_id) const {
    std::string ids;
    ids.reserve(physical_offsets.size() * 33);
    for (std::int64_t offset : physical_offsets) {
        if (!ids.empty()) ids.push_back(',');
        append_format(ids, "{:08X}{:08X}{:016X}", loopback, state_.options.port, offset);
    }
    rocketmq::Response response;
    response.ext = {{"msgId", std::move(ids)},
                    {"queueId", std::to_string(queue_id)},
                    {"queueOffset", std::to_string(queue_offset)},
                    {"MSG_REGION", "DefaultRegion"},
                    {"TRACE_ON", "true"}};
    if (!transaction_id.empty()) response.ext.emplace_back("transactionId", transaction_id);
    return response;
}

}  // namespace outflow::devbroker
