#include "task/spec.h"

namespace outflow::task {

namespace {

void copy_what_changes_in_place(std::optional<Instance>& to, const std::optional<Instance>& from) {
    if (!to || !from) return;
    to->name = from->name;
    copy_what_changes_in_place(to->kind, from->kind);
}

// What a worker takes over while it runs; of sources, sinks and instances their kind says it.
void copy_what_changes_in_place(TaskSpec& to, const TaskSpec& from) {
    TaskDefinition& task = to.definition;
    task.enabled = from.definition.enabled;
    task.description = from.definition.description;
    task.file = from.definition.file;
    task.batch = from.definition.batch;
    task.filter = from.definition.filter;
    task.filter_dialect = from.definition.filter_dialect;
    task.filter_path = from.definition.filter_path;
    task.transform = from.definition.transform;
    task.property.rate_limit = from.definition.property.rate_limit;
    copy_what_changes_in_place(task.source, from.definition.source);
    copy_what_changes_in_place(task.sink, from.definition.sink);
    copy_what_changes_in_place(to.source_instance, from.source_instance);
    copy_what_changes_in_place(to.sink_instance, from.sink_instance);
    to.source_secrets.tokens = from.source_secrets.tokens;  // a worker finds by itself that they were renewed
}

bool is_same_kind(const TaskSpec& one, const TaskSpec& other) {
    return one.definition.source.index() == other.definition.source.index();
}

// Whether the session of one lives at another place than that of the other, whatever its client id.
bool has_other_address(const TaskSpec& one, const TaskSpec& other) {
    return !is_same_kind(one, other) || session_address(one) != session_address(other);
}

}  // namespace

std::string session_address(const TaskSpec& spec) {
    return session_address(spec.definition.source, spec.source_instance ? &*spec.source_instance : nullptr);
}

void take_session(TaskSpec& to, const TaskSpec& from) {
    to.client_id = from.client_id;
    to.origin = from.origin;  // who writes the session down has to find its broker in it
    if (!has_other_address(to, from)) return;
    if (!is_same_kind(to, from)) to.definition.source = from.definition.source;
    to.source_instance = from.source_instance;
    to.source_secrets = from.source_secrets;
}

Change compare(const TaskSpec& before, const TaskSpec& after) {
    if (before == after) return Change::none;
    if (before.client_id != after.client_id || has_other_address(before, after)) return Change::other_session;
    TaskSpec changed = before;
    copy_what_changes_in_place(changed, after);
    return changed == after ? Change::in_place : Change::restart;
}

}  // namespace outflow::task
