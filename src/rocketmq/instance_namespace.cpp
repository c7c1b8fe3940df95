#include "rocketmq/instance_namespace.h"

#include <algorithm>
#include <array>

namespace outflow::rocketmq {

namespace {

constexpr std::string_view retry_prefix = "%RETRY%";
constexpr std::string_view dead_letter_prefix = "%DLQ%";

bool is_system_name(std::string_view name) {
    static constexpr std::array names{std::string_view{"TBW102"},
                                      std::string_view{"SCHEDULE_TOPIC_XXXX"},
                                      std::string_view{"BenchmarkTest"},
                                      std::string_view{"RMQ_SYS_TRANS_HALF_TOPIC"},
                                      std::string_view{"RMQ_SYS_TRANS_OP_HALF_TOPIC"},
                                      std::string_view{"RMQ_SYS_TRACE_TOPIC"},
                                      std::string_view{"TRANS_CHECK_MAX_TIME_TOPIC"},
                                      std::string_view{"SELF_TEST_TOPIC"},
                                      std::string_view{"OFFSET_MOVED_EVENT"}};
    return name.starts_with("rmq_sys_") || name.starts_with("CID_RMQ_SYS_") || std::ranges::count(names, name) > 0;
}

// The part of the name in front of which the namespace stands.
std::string_view special_prefix(std::string_view name) {
    if (name.starts_with(retry_prefix)) return retry_prefix;
    if (name.starts_with(dead_letter_prefix)) return dead_letter_prefix;
    return {};
}

bool is_wrapped(std::string_view instance_namespace, std::string_view name) {
    return name.starts_with(instance_namespace) && name.substr(instance_namespace.size()).starts_with('%');
}

}  // namespace

// MQ_INST_\w+_\w+ and a dot.
std::string_view namespace_of_host(std::string_view host) {
    constexpr std::string_view prefix = "MQ_INST_";
    const std::size_t dot = host.find('.');
    if (dot == std::string_view::npos || !host.starts_with(prefix)) return {};
    const std::string_view instance = host.substr(0, dot);
    const std::string_view rest = instance.substr(prefix.size());
    const auto is_word = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    // An underscore with something on both sides.
    const bool has_middle = rest.size() >= 3 && rest.substr(1, rest.size() - 2).find('_') != std::string_view::npos;
    return has_middle && std::all_of(rest.begin(), rest.end(), is_word) ? instance : std::string_view();
}

std::string wrap_namespace(std::string_view instance_namespace, std::string_view name) {
    std::string_view prefix = special_prefix(name);
    std::string_view plain = name.substr(prefix.size());
    if (instance_namespace.empty() || is_system_name(name) || is_wrapped(instance_namespace, plain)) {
        return std::string(name);
    }
    std::string wrapped(prefix);
    wrapped += instance_namespace;
    wrapped += '%';
    wrapped += plain;
    return wrapped;
}

std::string unwrap_namespace(std::string_view instance_namespace, std::string_view name) {
    std::string_view prefix = special_prefix(name);
    std::string_view plain = name.substr(prefix.size());
    if (instance_namespace.empty() || !is_wrapped(instance_namespace, plain)) return std::string(name);
    std::string unwrapped(prefix);
    unwrapped += plain.substr(instance_namespace.size() + 1);
    return unwrapped;
}

}  // namespace outflow::rocketmq
