// A record of a batch, big-endian:
//
//   u32 total size | u32 magic | u32 body CRC | u32 flag | u32 body length, body | u16 properties length, properties
//
// Brokers look at neither the total size nor magic nor CRC (clients write zeros), and nor does this.
#include "rocketmq/server_requests.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "base/bytes.h"
#include "rocketmq/json_reader.h"

namespace outflow::rocketmq {

namespace {

constexpr std::int32_t send_message_code = 10;  // SEND_MESSAGE, the one with long names
constexpr std::size_t batch_records_max = 100'000;
constexpr std::size_t groups_max = 1'000;
constexpr std::size_t subscriptions_max = 10'000;
constexpr std::uint16_t properties_bytes_max = 32'767;  // a signed 16-bit length

// A field's name in code 10 and in the others.
struct FieldName {
    std::string_view long_name;
    std::string_view short_name;
};

// Takes fields by name; the first fault is kept.
class FieldReader {
public:
    explicit FieldReader(const Command& command)
        : command_(command), has_long_names_(command.code == send_message_code) {}

    std::optional<std::string> optional_text(FieldName name) const { return command_.find_ext(wire_name(name)); }

    std::string text(FieldName name) {
        std::optional<std::string> value = optional_text(name);
        if (!value) fault(name, "is missing");
        return value.value_or(std::string{});
    }

    // A decimal number within the limits. Absent: `otherwise`, or a fault when there is none.
    std::int64_t number(FieldName name, std::int64_t least, std::int64_t most,
                        std::optional<std::int64_t> otherwise = {}) {
        if (!optional_text(name)) {
            if (!otherwise) fault(name, "is missing");
            return otherwise.value_or(0);
        }
        std::optional<std::int64_t> value = command_.find_ext_integer(wire_name(name));
        if (!value || *value < least || *value > most) {
            fault(name, fmt::format("is no number from {} to {}", least, most));
            return 0;
        }
        return *value;
    }
    // Java's int: flags with the highest bit come as negative numbers.
    std::uint32_t flags(FieldName name) {
        return static_cast<std::uint32_t>(number(name, int32_min, std::numeric_limits<std::uint32_t>::max()));
    }

    const std::string& first_fault() const { return first_fault_; }

    static constexpr std::int64_t int32_min = std::numeric_limits<std::int32_t>::min();
    static constexpr std::int64_t int32_max = std::numeric_limits<std::int32_t>::max();

private:
    std::string_view wire_name(FieldName name) const { return has_long_names_ ? name.long_name : name.short_name; }

    void fault(FieldName name, std::string_view what) {
        if (!first_fault_.empty()) return;
        first_fault_ = has_long_names_
                           ? fmt::format("the send's field {} {}", name.long_name, what)
                           : fmt::format("the send's field {} ({}) {}", name.short_name, name.long_name, what);
    }

    const Command& command_;
    bool has_long_names_;
    std::string first_fault_;
};

// As Java's Boolean.parseBoolean.
bool is_true(std::string_view text) {
    constexpr std::string_view word = "true";
    if (text.size() != word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if ((text[i] | 0x20) != word[i]) return false;
    }
    return true;
}

tl::unexpected<Error> malformed(std::string context) {
    return failed(ErrorCode::rocketmq_malformed_message, std::move(context));
}

void read_text(JsonReader& reader, std::string& out) {
    out.clear();
    if (!reader.take_null()) reader.string(out);
}

Subscription read_subscription(JsonReader& reader) {
    Subscription subscription;
    std::string name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name == "topic") {
            read_text(reader, subscription.topic);
        } else if (name == "subString") {
            read_text(reader, subscription.expression);
        } else if (name == "expressionType") {
            read_text(reader, subscription.expression_type);
        } else if (name == "subVersion") {
            if (!reader.take_null()) subscription.version = reader.integer();
        } else {
            reader.skip();
        }
    }
    if (subscription.expression_type.empty()) subscription.expression_type = "TAG";
    if (subscription.topic.empty()) reader.fail();
    return subscription;
}

ConsumerData read_consumer(JsonReader& reader, std::size_t& subscriptions) {
    ConsumerData consumer;
    std::string name;
    std::string model;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name == "groupName") {
            read_text(reader, consumer.group);
        } else if (name == "messageModel") {
            read_text(reader, model);
            consumer.is_broadcasting = model == "BROADCASTING";
        } else if (name == "subscriptionDataSet" && !reader.take_null()) {
            reader.enter_array();
            while (reader.next_element()) {
                if (++subscriptions > subscriptions_max) reader.fail();
                consumer.subscriptions.push_back(read_subscription(reader));
            }
        } else if (name != "subscriptionDataSet") {
            reader.skip();
        }
    }
    if (consumer.group.empty()) reader.fail();
    return consumer;
}

std::string read_producer_group(JsonReader& reader) {
    std::string group;
    std::string name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name == "groupName") {
            read_text(reader, group);
        } else {
            reader.skip();
        }
    }
    if (group.empty()) reader.fail();
    return group;
}

// The code point at the start of `text`, which is not empty, removed from it; U+FFFD for a byte that is no UTF-8.
std::uint32_t take_code_point(std::string_view& text) {
    auto byte = [&text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    std::uint32_t first = byte(0);
    std::size_t size = first < 0x80 ? 1 : first >= 0xF0 && first < 0xF8 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
    std::uint32_t code_point = size <= 1 ? first : first & (0xFFu >> (size + 1));
    bool is_whole = size != 0 && first < 0xF8 && size <= text.size();
    for (std::size_t i = 1; is_whole && i < size; ++i) {
        is_whole = (byte(i) & 0xC0) == 0x80;
        code_point = code_point << 6 | (byte(i) & 0x3F);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool is_surrogate = code_point >= 0xD800 && code_point < 0xE000;
    if (!is_whole || code_point < least[size] || code_point > 0x10FFFF || is_surrogate) {
        text.remove_prefix(1);
        return 0xFFFD;
    }
    text.remove_prefix(size);
    return code_point;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

Result<SendFields> decode_send_fields(const Command& command) {
    constexpr std::int64_t int32_max = FieldReader::int32_max;
    FieldReader reader(command);
    SendFields fields;
    fields.group = reader.text({"producerGroup", "a"});
    fields.topic = reader.text({"topic", "b"});
    fields.default_topic = reader.optional_text({"defaultTopic", "c"}).value_or(std::string{});
    fields.default_topic_queues = static_cast<std::uint32_t>(
        reader.number({"defaultTopicQueueNums", "d"}, 0, int32_max, fields.default_topic_queues));
    fields.queue_id = static_cast<std::int32_t>(reader.number({"queueId", "e"}, FieldReader::int32_min, int32_max));
    fields.sys_flag = reader.flags({"sysFlag", "f"});
    fields.born = std::chrono::milliseconds(reader.number(
        {"bornTimestamp", "g"}, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()));
    fields.flag = reader.flags({"flag", "h"});
    fields.properties = reader.optional_text({"properties", "i"}).value_or(std::string{});
    fields.reconsume_times = static_cast<std::uint32_t>(reader.number({"reconsumeTimes", "j"}, 0, int32_max, 0));
    fields.is_batch = is_true(reader.optional_text({"batch", "m"}).value_or(std::string{}));
    if (!reader.first_fault().empty()) return failed(ErrorCode::rocketmq_malformed_header, reader.first_fault());
    return fields;
}

Result<std::vector<BatchEntry>> decode_batch(std::string_view body) {
    if (body.empty()) return malformed("the batch is empty");
    std::vector<BatchEntry> entries;
    ByteReader reader(body);
    while (reader.remaining() > 0) {
        if (entries.size() == batch_records_max) {
            return malformed(fmt::format("the batch has more than {} records", batch_records_max));
        }
        BatchEntry entry;
        reader.u32();
        reader.u32();
        reader.u32();
        entry.flag = reader.u32();
        entry.body = reader.view(reader.u32());
        std::uint16_t properties_bytes = reader.u16();
        if (properties_bytes > properties_bytes_max) reader.fail();
        entry.properties = reader.view(properties_bytes);
        if (!reader.ok()) return malformed(fmt::format("record {} of the batch does not fit", entries.size() + 1));
        entries.push_back(entry);
    }
    return entries;
}

Result<HeartBeat> decode_heart_beat(std::string_view json) {
    HeartBeat heart_beat;
    JsonReader reader(json);
    std::string name;
    std::size_t groups = 0;
    std::size_t subscriptions = 0;
    reader.enter_object();
    while (reader.next_member(name)) {
        bool is_consumers = name == "consumerDataSet";
        bool is_producers = name == "producerDataSet";
        if (name == "clientID") {
            read_text(reader, heart_beat.client_id);
        } else if (is_consumers || is_producers) {
            if (reader.take_null()) continue;
            reader.enter_array();
            while (reader.next_element()) {
                if (++groups > groups_max) reader.fail();
                if (is_consumers) {
                    heart_beat.consumers.push_back(read_consumer(reader, subscriptions));
                } else {
                    heart_beat.producer_groups.push_back(read_producer_group(reader));
                }
            }
        } else {
            reader.skip();
        }
    }
    if (!reader.finished()) {
        return malformed(fmt::format("the heartbeat cannot be read, names no group or topic where one has to be, or "
                                     "has more than {} groups or {} subscriptions",
                                     groups_max, subscriptions_max));
    }
    if (heart_beat.client_id.empty()) return malformed("the heartbeat has no clientID");
    return heart_beat;
}

std::int32_t java_hash(std::string_view text) {
    std::uint32_t hash = 0;
    auto add = [&hash](std::uint32_t unit) { hash = hash * 31 + unit; };
    while (!text.empty()) {
        std::uint32_t code_point = take_code_point(text);
        if (code_point < 0x10000) {
            add(code_point);
        } else {
            add(0xD800 + ((code_point - 0x10000) >> 10));
            add(0xDC00 + ((code_point - 0x10000) & 0x3FF));
        }
    }
    return static_cast<std::int32_t>(hash);
}

std::vector<std::string> parse_tag_expression(std::string_view expression) {
    std::vector<std::string> tags;
    if (trimmed(expression) == "*") return tags;
    while (!expression.empty()) {
        std::size_t bars = expression.find("||");
        std::string_view tag = trimmed(expression.substr(0, bars));
        if (!tag.empty()) tags.emplace_back(tag);
        if (bars == std::string_view::npos) break;
        expression.remove_prefix(bars + 2);
    }
    return tags;
}

}  // namespace outflow::rocketmq
