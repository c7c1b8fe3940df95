#include "devbroker/retries.h"

#include <fmt/format.h>

#include "devbroker/delays.h"
#include "devbroker/property_edits.h"
#include "rocketmq/properties.h"
#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

struct BackFields {
    std::int64_t physical_offset = 0;
    std::string group;
    std::int64_t level = 0;  // of the delay; 0: by the number of tries; below: it is dead at once
    std::int64_t tries_max = reconsume_times_default;
    std::string origin_message_id;
};

Result<BackFields> decode_back_fields(const rocketmq::Command& command) {
    BackFields fields;
    auto offset = command.find_ext_integer("offset");
    auto group = command.find_ext("group");
    auto level = command.find_ext_integer("delayLevel");
    if (!offset || !group || !level) {
        return failed(ErrorCode::invalid_argument, "The fields offset, group and delayLevel are needed.");
    }
    if (!is_legal_group(*group)) return failed(ErrorCode::invalid_argument, "The name of the group is illegal.");
    fields.physical_offset = *offset;
    fields.group = std::move(*group);
    fields.level = *level;
    auto tries_max = command.find_ext_integer("maxReconsumeTimes");
    if (tries_max && *tries_max >= 0) fields.tries_max = *tries_max;
    fields.origin_message_id = command.find_ext("originMsgId").value_or("");
    return fields;
}

// The message's properties in its next life.
std::string retry_properties(const rocketmq::StoredMessage& message, const BackFields& fields, std::int64_t level) {
    std::string properties(message.properties);
    if (rocketmq::find_property(properties, "RETRY_TOPIC").empty()) {
        set_property(properties, "RETRY_TOPIC", message.topic);
    }
    if (rocketmq::find_property(properties, "ORIGIN_MESSAGE_ID").empty()) {
        std::string id = fields.origin_message_id;
        set_property(properties, "ORIGIN_MESSAGE_ID", id.empty() ? rocketmq::offset_message_id(message) : id);
    }
    remove_property(properties, "DELAY");
    if (level > 0) set_property(properties, "DELAY", std::to_string(level));
    return properties;
}

}  // namespace

Result<std::string> dead_letter_topic(State& state, std::string_view group) {
    std::string name = std::string(dead_letter_prefix) + std::string(group);
    TRY([[maybe_unused]] auto topic, state.find_or_create_topic(name, 1));
    return name;
}

rocketmq::Response send_message_back(State& state, const Request& request) {
    auto fields = decode_back_fields(request.command);
    if (!fields) return refusal(code::system_error, fields.error().context);
    std::string bytes;
    auto message = state.read(fields->physical_offset, bytes);
    if (!message) {
        return refusal(code::system_error, fmt::format("look message by offset failed, {}", fields->physical_offset));
    }
    bool is_dead = fields->level < 0 || message->reconsume_times >= fields->tries_max;
    std::int64_t level = is_dead ? 0 : fields->level > 0 ? fields->level : 3 + message->reconsume_times;

    std::string topic = std::string(retry_prefix) + fields->group;
    Status created;
    if (is_dead) {
        auto dead = dead_letter_topic(state, fields->group);
        if (dead) topic = *dead;
        else created = failed(dead.error());
    } else if (auto retry = state.find_or_create_topic(topic, 1); !retry) {
        created = failed(retry.error());
    }
    if (!created) return refusal(code::system_error, created.error().context);

    std::string properties = retry_properties(*message, *fields, level);
    PutHeader header{.topic = topic,
                     .queue_id = 0,
                     .sys_flag = message->sys_flag,
                     .born = message->born,
                     .born_host = message->born_host,
                     .reconsume_times = message->reconsume_times + 1};
    auto place = store_message(state, header, {.body = message->body, .properties = properties, .flag = message->flag});
    return place ? rocketmq::Response{} : refusal(code::system_error, place.error().context);
}

}  // namespace outflow::devbroker
