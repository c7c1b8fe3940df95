// Names inside an instance namespace (the 4.x form): a topic or group is `NAMESPACE%name`, a retry topic
// `%RETRY%NAMESPACE%group`, and every message has the property INSTANCE_ID. An empty namespace changes nothing.
#pragma once

#include <string>
#include <string_view>

namespace outflow::rocketmq {

// System topics and names that are already wrapped stay as they are.
std::string wrap_namespace(std::string_view instance_namespace, std::string_view name);

// The name without the namespace, for people.
std::string unwrap_namespace(std::string_view instance_namespace, std::string_view name);

}  // namespace outflow::rocketmq
