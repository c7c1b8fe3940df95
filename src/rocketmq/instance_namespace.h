// Names inside an instance namespace (the 4.x form): a topic or group is `NAMESPACE%name`, a retry topic
// `%RETRY%NAMESPACE%group`, and every message has the property INSTANCE_ID. An empty namespace changes nothing.
//
// ApsaraMQ for RocketMQ 5.x, whose instances are called rmq-..., has the other form (namespaceV2 of RocketMQ 5): names
// stay, and every request says the instance in its fields ns and nsd, which a signer adds.
#pragma once

#include <string>
#include <string_view>

namespace outflow::rocketmq {

// The instance that a host of ApsaraMQ for RocketMQ 4.x is of, and with that the namespace of its topics and groups:
// "MQ_INST_1_BXaY" of "MQ_INST_1_BXaY.cn-hangzhou.mq.aliyuncs.com" (RocketMQ's NameServerAddressUtils); empty: it says
// none. Valid as long as `host`.
std::string_view namespace_of_host(std::string_view host);

// Whether requests say it in a field, and names stay.
inline bool is_namespace_field(std::string_view instance_namespace) { return instance_namespace.starts_with("rmq-"); }

// What stands in front of names: the namespace, or nothing where it is said in a field. Valid as long as that.
inline std::string_view name_prefix(std::string_view instance_namespace) {
    return is_namespace_field(instance_namespace) ? std::string_view() : instance_namespace;
}

// System topics and names that are already wrapped stay as they are.
std::string wrap_namespace(std::string_view instance_namespace, std::string_view name);

// The name without the namespace, for people.
std::string unwrap_namespace(std::string_view instance_namespace, std::string_view name);

}  // namespace outflow::rocketmq
