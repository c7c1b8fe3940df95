#include "task/definition.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/limits.h"

namespace outflow::task {
namespace {

constexpr std::size_t client_id_bytes_max = 64;  // what the strictest hosted brokers take
constexpr std::string_view prefix = "outflow-";

template <class Instance>
const Instance* find_by_name(const std::vector<Instance>& instances, std::string_view name) {
    const auto found = std::find_if(instances.begin(), instances.end(),
                                    [name](const Instance& instance) { return instance.name == name; });
    return found == instances.end() ? nullptr : &*found;
}

}  // namespace

const MqttInstance* Document::find_mqtt(std::string_view name) const { return find_by_name(mqtt, name); }

const RocketmqInstance* Document::find_rocketmq(std::string_view name) const { return find_by_name(rocketmq, name); }

transform::ProgramSource program_source(const TaskDefinition& task, const MqttInstance& instance) {
    transform::ProgramSource source;
    source.filter = task.filter;
    source.dialect = task.filter_dialect;
    source.filter_path = task.filter_path;
    source.topic = task.sink.topic;
    source.body = task.sink.body;
    source.properties = task.sink.properties;
    source.keys = task.sink.keys;
    source.tags = task.sink.tags;
    source.sharding_key = task.sink.sharding_key;
    source.context.subject_prefix = fmt::format("acs:mqtt:{}:{}:{}/", instance.region, instance.account, instance.name);
    source.context.format = task.source.data_format;
    source.context.validate = task.source.validate;
    source.context.client_id_property = instance.client_id_property;
    return source;
}

std::string default_client_id(const TaskDefinition& task, std::string_view absolute_file_path,
                              std::string_view host_name, std::uint32_t slot) {
    std::uint64_t installation = hash_pair(host_name, absolute_file_path);
    const std::string slot_text = fmt::format("-{}", slot);
    const std::size_t room = client_id_bytes_max - prefix.size() - 16 - 1 - slot_text.size();
    if (task.name.size() > room) installation = hash_bytes(task.name, installation);
    return fmt::format("{}{:016x}-{}{}", prefix, installation, task.name.substr(0, room), slot_text);
}

std::string default_producer_group(std::string_view task_name) {
    if (prefix.size() + task_name.size() <= limits::rocketmq_group_bytes_max) {
        return fmt::format("{}{}", prefix, task_name);
    }
    const std::size_t room = limits::rocketmq_group_bytes_max - prefix.size() - 17;
    return fmt::format("{}{}-{:016x}", prefix, task_name.substr(0, room), hash_bytes(task_name));
}

}  // namespace outflow::task
