#include "task/definition.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"

namespace outflow::task {
namespace {

constexpr std::size_t client_id_bytes_max = 64;  // what the strictest hosted brokers take

}  // namespace

const Instance* Document::find(std::string_view name) const {
    const auto found = std::find_if(instances.begin(), instances.end(),
                                    [name](const Instance& instance) { return instance.name == name; });
    return found == instances.end() ? nullptr : &*found;
}

std::optional<Instance> Document::find(const InstanceReference& reference) const {
    const Instance* found = reference.kind.empty() ? nullptr : find(reference.name);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

transform::ProgramDefinition program_source(const TaskDefinition& task, const std::optional<Instance>& instance) {
    transform::ProgramDefinition source;
    source.filter = task.filter;
    source.dialect = task.filter_dialect;
    source.filter_path = task.filter_path;
    set_fields(task.sink, source);
    set_context(task.source, instance ? &*instance : nullptr, source.context);
    return source;
}

std::string default_client_id(const TaskDefinition& task, std::string_view absolute_file_path,
                              std::string_view host_name, std::uint32_t slot, std::string_view prefix) {
    std::uint64_t installation = hash_pair(host_name, absolute_file_path);
    const std::string slot_text = fmt::format("-{}", slot);
    const std::size_t taken = prefix.size() + 16 + 1 + slot_text.size();
    const std::size_t room = client_id_bytes_max - std::min(taken, client_id_bytes_max);
    if (task.name.size() > room) installation = hash_bytes(task.name, installation);
    return fmt::format("{}{:016x}-{}{}", prefix, installation, task.name.substr(0, room), slot_text);
}

}  // namespace outflow::task
