#include "rocketmq/properties.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/words.h"

namespace outflow::rocketmq {

namespace {

// Names that RocketMQ's clients refuse from users, and those that brokers or clients give a meaning to. Sorted.
constexpr auto reserved_names = std::to_array<std::string_view>({
    "1ST_POP_TIME",
    "ARRIVE_TIME",
    "BORN_TIMESTAMP",
    "BUYER_ID",
    "CLUSTER",
    "CONSUME_START_TIME",
    "CORRECTION_FLAG",
    "CORRELATION_ID",
    "DELAY",
    "DLQ_ORIGIN_MESSAGE_ID",
    "DLQ_ORIGIN_TOPIC",
    "DUP_INFO",
    "EXTEND_UNIQ_INFO",
    "INNER_BASE",
    "INNER_MULTI_DISPATCH",
    "INNER_MULTI_QUEUE_OFFSET",
    "INNER_NUM",
    "INSTANCE_ID",
    "KEYS",
    "MAX_OFFSET",
    "MAX_RECONSUME_TIMES",
    "MIN_OFFSET",
    "MQ2_FLAG",
    "MSG_REGION",
    "MSG_TYPE",
    "ORIGIN_MESSAGE_ID",
    "PGROUP",
    "POP_CK",
    "POP_CK_OFFSET",
    "PUSH_REPLY_TIME",
    "REAL_QID",
    "REAL_TOPIC",
    "RECONSUME_TIME",
    "REPLY_TO_CLIENT",
    "RETRY_TOPIC",
    "TAGS",
    "TIMER_DELAY_LEVEL",
    "TIMER_DELAY_MS",
    "TIMER_DELAY_SEC",
    "TIMER_DELIVER_MS",
    "TIMER_DEL_UNIQKEY",
    "TIMER_DEQUEUE_MS",
    "TIMER_ENQUEUE_MS",
    "TIMER_OUT_MS",
    "TIMER_ROLL_TIMES",
    "TRACE_ON",
    "TRANSFER_FLAG",
    "TRAN_MSG",
    "TRAN_PREPARED_QUEUE_OFFSET",
    "TTL",
    "UNIQ_KEY",
    "WAIT",
    "__BORNHOST",
    "__CRC32#",
    "__SHARDINGKEY",
    "__transactionId__",
});
static_assert(std::ranges::is_sorted(reserved_names));

// Properties with this prefix are never stored.
constexpr std::string_view transient_prefix = "__RMQ.TRANSIENT.";

bool is_separator(char c) { return c == property_value_separator || c == property_end; }

bool has_separator(std::string_view text) {
    const auto word_has_one = [](const char* at) {
        const std::uint64_t word = load_word(at);
        return (zero_bytes(word ^ each_byte * property_value_separator) |
                zero_bytes(word ^ each_byte * property_end)) != 0;
    };
    constexpr std::size_t word_bytes = sizeof each_byte;
    if (text.size() < word_bytes) return std::any_of(text.begin(), text.end(), is_separator);
    bool any = word_has_one(text.data() + text.size() - word_bytes);  // overlaps, so that no tail is left
    for (std::size_t at = 0; at + word_bytes < text.size(); at += word_bytes) any |= word_has_one(text.data() + at);
    return any;
}

// Appends `text` with separators turned to spaces; tells whether there were any.
bool append_clean(std::string& out, std::string_view text) {
    const std::size_t at = out.size();
    out += text;
    const bool any = has_separator(text);
    if (any) std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), is_separator, ' ');
    return any;
}

// Takes the next whole entry off the front of `bytes`; false when there is none left.
bool next_property(std::string_view& bytes, Property& property) {
    while (!bytes.empty()) {
        std::string_view entry = bytes.substr(0, bytes.find(property_end));
        bytes.remove_prefix(std::min(entry.size() + 1, bytes.size()));
        std::size_t separator = entry.find(property_value_separator);
        if (separator == std::string_view::npos || separator == 0 || separator + 1 == entry.size()) continue;
        property = {entry.substr(0, separator), entry.substr(separator + 1)};
        return true;
    }
    return false;
}

}  // namespace

bool is_reserved_property(std::string_view name) {
    // Every reserved name begins with a capital letter, `1` or `_`; most users' names do not.
    if (name.empty() || (name.front() >= 'a' && name.front() <= 'z')) return false;
    return std::ranges::binary_search(reserved_names, name) || name.starts_with(transient_prefix);
}

bool append_property(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return false;
    out += name;
    out += property_value_separator;
    const bool any = append_clean(out, value);
    out += property_end;
    return any;
}

void append_user_property(std::string& out, std::string_view name, std::string_view value, PropertyChanges& changes) {
    if (name.empty() || value.empty()) {
        ++changes.left_out;
        return;
    }
    if (is_reserved_property(name)) {
        ++changes.renamed;
        out += "mqtt.";
    }
    bool name_changed = append_clean(out, name);
    out += property_value_separator;
    bool value_changed = append_clean(out, value);
    out += property_end;
    if (name_changed || value_changed) ++changes.separators_replaced;
}

std::vector<Property> decode_properties(std::string_view bytes) {
    std::vector<Property> properties;
    for (Property property; next_property(bytes, property);) properties.push_back(property);
    return properties;
}

std::string_view find_property(std::string_view bytes, std::string_view name) {
    for (Property property; next_property(bytes, property);) {
        if (property.name == name) return property.value;
    }
    return {};
}

}  // namespace outflow::rocketmq
