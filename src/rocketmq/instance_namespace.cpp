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
