#include "task/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "rocketmq/validate.h"
#include "task/object.h"

namespace outflow::task {
namespace {

constexpr std::string_view share_prefix = "$share/";
constexpr std::size_t mqtt_string_bytes_max = 65'535;  // MQTT 5, 1.5.4

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What a shared subscription subscribes to: behind `$share/<group>/`; empty when that is missing.
std::string_view filter_of_shared(std::string_view filter) {
    filter.remove_prefix(share_prefix.size());
    const std::size_t slash = filter.find('/');
    return slash == std::string_view::npos ? std::string_view{} : filter.substr(slash + 1);
}

std::string check_share(std::string_view filter) {
    const std::string_view rest = filter.substr(share_prefix.size());
    const std::string_view group = rest.substr(0, rest.find('/'));
    if (group.empty()) return "a shared subscription needs a group: $share/GROUP/FILTER";
    if (group.find_first_of("+#") != std::string_view::npos) return "the group of a shared subscription has no + and #";
    if (filter_of_shared(filter).empty()) return "a shared subscription needs a filter: $share/GROUP/FILTER";
    return {};
}

}  // namespace

std::string check_name(std::string_view name) {
    if (name.empty()) return "the name is empty";
    if (name.size() > name_bytes_max) return fmt::format("the name is longer than {} characters", name_bytes_max);
    const auto is_legal = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; };
    const auto bad = std::find_if_not(name.begin(), name.end(), is_legal);
    if (bad != name.end()) return "a name has letters, digits, - and _ only, found " + quote(name);
    if (!is_letter_or_digit(name[0])) return "a name begins with a letter or digit, found " + quote(name);
    return {};
}

std::string check_topic_filter(std::string_view filter) {
    if (filter.empty()) return "the topic filter is empty";
    if (filter.size() > mqtt_string_bytes_max) return "a topic filter has at most 65,535 bytes";
    if (filter.find('\0') != std::string_view::npos) return "a topic filter holds no U+0000";
    if (is_shared(filter)) {
        if (std::string diagnostic = check_share(filter); !diagnostic.empty()) return diagnostic;
        filter = filter_of_shared(filter);
    }
    for (std::size_t begin = 0; begin <= filter.size();) {
        const std::size_t end = std::min(filter.find('/', begin), filter.size());
        const std::string_view level = filter.substr(begin, end - begin);
        if (level.find('#') != std::string_view::npos && (level != "#" || end != filter.size())) {
            return "# stands alone and at the end of a topic filter";
        }
        if (level.find('+') != std::string_view::npos && level != "+") return "+ stands alone between two slashes";
        begin = end + 1;
    }
    return {};
}

bool is_shared(std::string_view filter) { return filter.starts_with(share_prefix); }

bool has_wildcard(std::string_view filter) {
    if (is_shared(filter)) filter = filter_of_shared(filter);
    return filter.find_first_of("+#") != std::string_view::npos;
}

std::string check_rocketmq_name(std::string_view name, std::size_t bytes_max) {
    if (name.empty()) return "expected text, found an empty one";
    if (name.size() > bytes_max) {
        return fmt::format("RocketMQ takes at most {} bytes here, found {}", bytes_max, name.size());
    }
    if (rocketmq::has_name_characters(name)) return {};
    return "RocketMQ takes letters, digits, -, _, % and | here, found " + quote(name);
}

}  // namespace outflow::task
