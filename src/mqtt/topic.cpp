#include "mqtt/topic.h"

#include <cstdint>

#include <fmt/format.h>

#include "base/words.h"

namespace outflow::mqtt {
namespace {

constexpr std::size_t string_bytes_max = 65'535;
constexpr std::string_view share_prefix = "$share/";

// Not zero if one of the eight bytes is zero, '+', '#' or not ASCII.
std::uint64_t suspicious_bytes(const char* at) {
    const std::uint64_t word = load_word(at);
    return (word & each_byte * 0x80) | zero_bytes(word) | zero_bytes(word ^ each_byte * '+') |
           zero_bytes(word ^ each_byte * '#');
}

// The length of the well-formed UTF-8 sequence at `at` (Unicode, table 3-7), 0: ill-formed.
std::size_t sequence_bytes(const unsigned char* at, std::size_t size) {
    unsigned char first = at[0];
    if (first < 0x80) return 1;
    std::size_t length = 0;
    if (first >= 0xC2 && first <= 0xDF) length = 2;
    if (first >= 0xE0 && first <= 0xEF) length = 3;
    if (first >= 0xF0 && first <= 0xF4) length = 4;
    if (length == 0 || length > size) return 0;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;  // no surrogates, nothing over U+10FFFF
    if (at[1] < low || at[1] > high) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    return length;
}

Status validate_levels(std::string_view filter) {
    std::size_t levels = 1;
    for (std::size_t i = 0; i < filter.size(); ++i) {
        bool starts = i == 0 || filter[i - 1] == '/';
        bool ends = i + 1 == filter.size() || filter[i + 1] == '/';
        if (filter[i] == '/') ++levels;
        if (filter[i] == '#' && !(starts && i + 1 == filter.size())) {
            return failed(ErrorCode::invalid_argument, "'#' must be the whole last level (MQTT 5, 4.7.1.2)");
        }
        if (filter[i] == '+' && !(starts && ends)) {
            return failed(ErrorCode::invalid_argument, "'+' must be a whole level (MQTT 5, 4.7.1.3)");
        }
    }
    if (levels > topic_levels_max) {
        return failed(ErrorCode::invalid_argument, fmt::format("more than {} levels", topic_levels_max));
    }
    return {};
}

Status validate_string(std::string_view text) {
    if (text.empty()) return failed(ErrorCode::invalid_argument, "must not be empty (MQTT 5, 4.7.3)");
    if (text.size() > string_bytes_max) {
        return failed(ErrorCode::invalid_argument, "longer than 65,535 bytes (MQTT 5, 4.7.3)");
    }
    if (!is_utf8_string(text)) {
        return failed(ErrorCode::invalid_argument, "not UTF-8, or with U+0000 (MQTT 5, 1.5.4)");
    }
    return {};
}

}  // namespace

bool is_utf8_string(std::string_view bytes) {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t left = bytes.size();
    while (left > 0) {
        if (left >= 8) {
            const std::uint64_t word = load_word(reinterpret_cast<const char*>(at));
            if (((word & each_byte * 0x80) | zero_bytes(word)) == 0) {
                at += 8;
                left -= 8;
                continue;
            }
        }
        std::size_t length = sequence_bytes(at, left);
        if (length == 0 || *at == 0) return false;
        at += length;
        left -= length;
    }
    return true;
}

bool is_topic_name(std::string_view topic) {
    const char* at = topic.data();
    std::size_t left = topic.size();
    std::uint64_t suspicious = 0;
    if (left >= 8) {
        for (; left > 8; at += 8, left -= 8) suspicious |= suspicious_bytes(at);
        suspicious |= suspicious_bytes(topic.data() + topic.size() - 8);  // overlaps, so that no tail is left
    } else {
        char padded[8] = {'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'};
        for (std::size_t i = 0; i < left; ++i) padded[i] = at[i];
        suspicious = suspicious_bytes(padded);
    }
    if (suspicious == 0) return !topic.empty();  // plain ASCII, the usual case
    return !has_wildcard(topic) && is_utf8_string(topic);
}

Status validate_topic_name(std::string_view topic) {
    if (Status status = validate_string(topic); !status) return status;
    if (has_wildcard(topic)) {
        return failed(ErrorCode::invalid_argument, "a topic name must not contain '+' or '#' (MQTT 5, 3.3.2.1)");
    }
    return {};
}

Status validate_filter(std::string_view filter) {
    if (Status status = validate_string(filter); !status) return status;
    if (filter != "$share" && !filter.starts_with(share_prefix)) return validate_levels(filter);
    std::size_t slash = filter.find('/', share_prefix.size());
    if (filter.size() <= share_prefix.size() || slash == filter.npos || slash == share_prefix.size() ||
        slash + 1 == filter.size()) {
        return failed(ErrorCode::invalid_argument,
                      "a shared subscription is $share/<group>/<filter>, neither of them empty (MQTT 5, 4.8.2)");
    }
    if (has_wildcard(filter.substr(0, slash))) {
        return failed(ErrorCode::invalid_argument,
                      "the group of a shared subscription must not contain '+' or '#' (MQTT 5, 4.8.2)");
    }
    return validate_levels(filter.substr(slash + 1));
}

SharedFilter split_shared(std::string_view filter) {
    if (!filter.starts_with(share_prefix)) return {{}, filter};
    std::size_t slash = filter.find('/', share_prefix.size());
    if (slash == filter.npos) return {{}, filter};
    return {filter.substr(share_prefix.size(), slash - share_prefix.size()), filter.substr(slash + 1)};
}

bool has_wildcard(std::string_view filter) { return filter.find_first_of("+#") != filter.npos; }

bool matches(std::string_view filter, std::string_view topic) {
    filter = split_shared(filter).filter;
    if (topic.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#'))) return false;
    while (true) {
        std::size_t filter_end = filter.find('/');
        std::size_t topic_end = topic.find('/');
        std::string_view level = filter.substr(0, filter_end);
        if (level == "#") return true;
        if (level != "+" && level != topic.substr(0, topic_end)) return false;
        if (topic_end == topic.npos) {
            return filter_end == filter.npos || filter.substr(filter_end) == "/#";  // "a/#" matches "a"
        }
        if (filter_end == filter.npos) return false;
        filter.remove_prefix(filter_end + 1);
        topic.remove_prefix(topic_end + 1);
    }
}

}  // namespace outflow::mqtt
