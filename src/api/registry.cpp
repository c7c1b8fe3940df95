#include "api/registry.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/sentence.h"

namespace outflow::api {

namespace {

store::AuditEntry by_itself() {
    store::AuditEntry entry;
    entry.who = "outflow";
    return entry;
}

// One that cannot be read holds up no other.
json::Node parse_stored(const std::string& text, std::string_view kind, const std::string& name,
                        platform::Logger& log) {
    if (auto document = json::parse_document(text); document && document->root.is(json::Kind::object))
        return std::move(document->root);
    log.error("A definition in the database cannot be read; write it anew.", {{kind, name}});
    json::Node nothing = json::Node::object();
    nothing.members.emplace_back("name", json::Node::string(name));
    return nothing;
}

// A row of the log is for people: what is long is only said to have changed.
std::string audit_text(const std::string& differences) {
    constexpr std::size_t bytes_max = 16 * 1024;
    if (differences.size() <= bytes_max) return differences;
    return R"([{"pointer":"","after":{"changed":true,"bytes":)" + std::to_string(differences.size()) + "}}]";
}

std::string_view to_string(Change::Action action) {
    switch (action) {
    case Change::Action::unchanged: return "unchanged";
    case Change::Action::create: return "create";
    case Change::Action::change: return "change";
    case Change::Action::remove: return "delete";
    }
    return {};
}

template <class Stored>
Registry::StoredThing thing_of(const Stored& stored) {
    return {stored.revision, stored.created_at, stored.changed_at};
}

}  // namespace

store::AuditEntry entry_of(const store::AuditEntry& by, std::string action, Kind kind, std::string name,
                           std::string difference) {
    store::AuditEntry entry = by;
    entry.action = std::move(action);
    entry.kind = to_string(kind);
    entry.name = std::move(name);
    entry.difference = std::move(difference);
    return entry;
}

std::string_view to_string(Kind kind) { return kind == Kind::instance ? "instance" : "task"; }

Outcome Outcome::of(unsigned status, std::string sentence) {
    Outcome outcome;
    outcome.status = status;
    outcome.sentence = std::move(sentence);
    return outcome;
}

Registry::Registry(Parts parts, Allowed allowed)
    : parts_(std::move(parts)),
      allowed_(std::move(allowed)),
      catalog_(parts_.database),
      audit_(parts_.database),
      sessions_(parts_.database) {
    task::ManagerListener listener;
    listener.on_removed = [this](const std::string& name) { return on_removed(name); };
    listener.on_refused = [this](const std::string& name, const std::string& reason) { on_refused(name, reason); };
    listener.on_ended = [this](const std::string& name, task::State state, const std::string& condition) {
        on_ended(name, state, condition);
    };
    parts_.manager.listen(std::move(listener));
}

Status Registry::start() {
    TRY(const std::vector<store::StoredInstance> instances, catalog_.instances());
    TRY(const std::vector<store::StoredTask> tasks, catalog_.tasks());
    TRY(const std::vector<store::StoredSession> sessions, sessions_.all());
    for (const store::StoredInstance& stored : instances) {
        Instance& instance = instances_[stored.name];
        instance.stored = thing_of(stored);
        instance.is_leaving = stored.is_leaving;
        instance.sealed = parse_stored(stored.definition, "instance", stored.name, parts_.log);
    }
    for (const store::StoredTask& stored : tasks) {
        Task& task = tasks_[stored.name];
        task.stored = thing_of(stored);
        task.is_wanted = stored.is_wanted;
        task.stopped = stored.stopped;
        task.is_leaving = stored.is_leaving;
        if (task.is_leaving) leaving_[stored.name].is_stored = true;
        task.definition = parse_stored(stored.definition, "task", stored.name, parts_.log);
    }
    note_users();
    std::map<std::string, task::TaskSpec> specs;
    for (const auto& [name, task] : tasks_) specs.emplace(name, spec_of(name));
    adopt_sessions(sessions, specs);
    std::vector<std::string> leaving;
    for (auto& [name, spec] : specs) {
        Task& task = tasks_.find(name)->second;
        if (spec.cannot_start.empty()) task.checked = spec.definition;
        if (task.is_leaving) leaving.push_back(name);
        else parts_.manager.put(std::move(spec));
    }
    for (const std::string& name : leaving) go_on_leaving(name);
    remove_unused_instances();
    return {};
}

// Of what is stored. What cannot start says so when it is tried.
task::TaskSpec Registry::spec_of(const std::string& name) const {
    const Task& task = tasks_.find(name)->second;
    Result<task::TaskSpec> spec;
    if (const auto document = load(name))
        spec = make_spec(name, *document, task.stored.created_at, task.is_wanted, nullptr);
    else spec = failed(document.error());
    if (spec) return std::move(*spec);
    task::TaskSpec broken;
    broken.definition.name = name;
    broken.definition.enabled = task.is_wanted;
    broken.cannot_start = spec.error().context;
    return broken;
}

Result<task::Document> Registry::load(std::string_view name) const {
    TRY(const std::string text, compose({std::string(name)}, nullptr, true));
    task::Loaded loaded = task::load_text("store", text);
    if (loaded.ok()) return std::move(loaded.document);
    for (const task::Diagnostic& each : loaded.diagnostics) {
        if (each.severity == task::Severity::error)
            return failed(ErrorCode::task_invalid,
                          fmt::format("{}: {}; edit the task", each.path, clause(each.sentence)));
    }
    return failed(ErrorCode::task_invalid, "the definition is not valid any more; edit the task");
}

Outcome Registry::load(const Edit& edit, task::Document& document) const {
    Outcome outcome;
    Draft draft;
    if (!stage(edit, draft, outcome)) return outcome;
    check_draft(edit, draft, outcome);
    if (outcome.ok()) document = std::move(draft.document);
    return outcome;
}

Result<task::Instance> Registry::load_instance(std::string_view name) const {
    json::Node definition = instances_.find(name)->second.sealed;
    TRY_STATUS(unseal_secrets(std::string(name), definition));
    std::string text = "{\"instances\":{";
    json::append_json_string(text, name);
    json::append_json(text += ':', definition);
    task::Loaded loaded = task::load_text("store", text + "}}");
    if (loaded.ok() && !loaded.document.instances.empty()) return std::move(loaded.document.instances.front());
    return failed(ErrorCode::task_invalid, fmt::format("The instance {} is not valid any more; edit it.", name));
}

Outcome Registry::load_instance(const Edit::Item& item, task::Instance& instance) const {
    Outcome outcome;
    Draft draft;
    if (!stage_instance(item, draft, outcome)) return outcome;
    const Result<std::string> text = compose({}, &draft, true);
    if (!text) return Outcome::of(503, text.error().context);
    task::Loaded loaded = task::load_text("store", *text);
    std::move(loaded.diagnostics.begin(), loaded.diagnostics.end(), std::back_inserter(outcome.diagnostics));
    if (task::count_errors(outcome.diagnostics) > 0) {
        outcome.status = 422;
        outcome.sentence = "The instance has faults; nothing was tested.";
    } else {
        instance = std::move(loaded.document.instances.front());
    }
    return outcome;
}

Result<task::TaskSpec> Registry::read_session(const store::StoredSession& session) const {
    TRY(json::Document text, json::parse_document(session.definition));
    for (json::Member& part : text.root.members) {
        if (part.name != "instances") continue;
        for (json::Member& instance : part.value.members) TRY_STATUS(unseal_secrets(instance.name, instance.value));
    }
    std::string plain;
    json::append_json(plain, text.root);
    const task::Loaded loaded = task::load_text("store", plain);
    if (!loaded.ok() || loaded.document.tasks.empty())
        return failed(ErrorCode::task_invalid, "this version does not take its definition any more");
    TRY(task::TaskSpec spec, parts_.prepare(loaded.document, loaded.document.tasks.front(), {}));
    spec.client_id = session.client_id;
    spec.origin.text = std::make_shared<const std::string>(session.definition);
    return spec;
}

// First those that the wanted version does not have: what they hold goes first.
void Registry::adopt_sessions(const std::vector<store::StoredSession>& sessions,
                              const std::map<std::string, task::TaskSpec>& all_wanted) {
    std::map<std::string, task::TaskSpec> wanted_ones;
    for (const store::StoredSession& session : sessions) {
        if (session.is_left || !tasks_.contains(session.task)) continue;
        auto spec = read_session(session);
        if (!spec) {
            parts_.log.warn(
                "An MQTT session of an earlier version of a task cannot be taken up; it stays at its broker.",
                {{"task", session.task}, {"client_id", session.client_id}, {"reason", spec.error().context}});
            if (const auto leaving = leaving_.find(session.task); leaving != leaving_.end())
                leaving->second.cannot_read = spec.error().context;
            continue;
        }
        const task::TaskSpec& wanted = all_wanted.at(session.task);
        if (wanted.cannot_start.empty() && task::compare(*spec, wanted) != task::Change::other_session) {
            wanted_ones.insert_or_assign(session.task, std::move(*spec));
            continue;
        }
        parts_.manager.adopt(std::move(*spec));
    }
    for (auto& [name, spec] : wanted_ones) parts_.manager.adopt(std::move(spec));
}

Outcome Registry::check(const Edit& edit) {
    Outcome outcome;
    Draft draft;
    if (!stage(edit, draft, outcome)) return outcome;
    check_draft(edit, draft, outcome);
    if (outcome.ok()) find_changes(edit, draft, outcome);
    return outcome;
}

Outcome Registry::apply(const Edit& edit, const store::AuditEntry& by) {
    Outcome outcome;
    Draft draft;
    if (!stage(edit, draft, outcome)) return outcome;
    check_draft(edit, draft, outcome);
    if (!outcome.ok()) return outcome;
    find_changes(edit, draft, outcome);
    if (!edit.digest.empty() && edit.digest != outcome.digest)
        return Outcome::of(409, "The difference is another one than the one that was shown, since somebody has changed "
                                "something meanwhile. Nothing was changed; look at it again.");
    if (edit.is_dry_run || !find_left_sessions(edit, draft, outcome)) return outcome;
    if (const Status written = write(edit, draft, outcome, by); !written) {
        outcome.changes.clear();
        outcome.status = 503;
        outcome.sentence = written.error().context;
        return outcome;
    }
    take_up(edit, draft, outcome);
    return outcome;
}

// Tasks that are removed stay stored until their sessions are empty, and instances until no task uses them.
Status Registry::write(const Edit& edit, Draft& draft, const Outcome& outcome, const store::AuditEntry& by) {
    std::map<std::string, store::StoredInstance> instances;
    std::map<std::string, store::StoredTask> tasks;
    const std::set<std::string> kept = leaving_instances_of(draft);
    const Status written = parts_.database.transact([&]() -> Status {
        for (std::size_t i = 0; i < edit.items.size(); ++i) {
            const Edit::Item& item = edit.items[i];
            const Change& change = outcome.changes[i];
            const bool is_task = item.kind == Kind::task;
            if (change.action == Change::Action::create || change.action == Change::Action::change) {
                std::string text;
                json::append_json(text, (is_task ? draft.tasks : draft.instances).find(item.name)->second.sealed);
                if (is_task) {
                    TRY(tasks[item.name], catalog_.put_task(item.name, text));
                } else {
                    TRY(instances[item.name], catalog_.put_instance(item.name, text));
                }
                TRY_STATUS(audit_.add(entry_of(by, std::string(to_string(change.action)), item.kind, item.name,
                                               audit_text(change.differences))));
            }
            if (change.action == Change::Action::remove) TRY_STATUS(write_removal(item, by));
            if (!change.wanted) continue;
            TRY_STATUS(catalog_.want_task(item.name, *change.wanted));
            TRY_STATUS(audit_.add(entry_of(by, *change.wanted ? "enable" : "pause", item.kind, item.name)));
        }
        TRY_STATUS(write_left_sessions(draft.left, by));
        for (const std::string& name : kept) TRY_STATUS(catalog_.leave_instance(name, false));
        return {};
    });
    if (!written) return written;
    for (const std::string& name : kept) instances_.find(name)->second.is_leaving = false;
    for (auto& [name, stored] : instances) {
        instances_[name].stored = thing_of(stored);
        instances_[name].sealed = draft.instances.find(name)->second.sealed;
    }
    for (auto& [name, stored] : tasks) {
        tasks_[name].stored = thing_of(stored);
        tasks_[name].definition = draft.tasks.find(name)->second.sealed;
    }
    for (const Change& change : outcome.changes) {
        if (change.kind != Kind::task || !change.wanted) continue;
        tasks_[change.name].is_wanted = *change.wanted;
        tasks_[change.name].stopped.clear();
    }
    return {};
}

void Registry::take_up(const Edit& edit, Draft& draft, const Outcome& outcome) {
    note_users();
    for (task::TaskSpec& spec : draft.specs) {
        Task& task = tasks_.find(spec.definition.name)->second;
        task.checked = spec.definition;
        const auto staged = draft.tasks.find(spec.definition.name);
        const bool was_asked_for =
            std::any_of(outcome.changes.begin(), outcome.changes.end(), [&spec](const Change& change) {
                return change.kind == Kind::task && change.name == spec.definition.name && change.wanted == true;
            });
        // A new one has got its time of creation, of which its client id is made, only now.
        const bool is_new = staged != draft.tasks.end() && staged->second.is_new;
        const bool leaves = staged != draft.tasks.end() && staged->second.item->leaves_session;
        parts_.manager.put(is_new ? spec_of(spec.definition.name) : std::move(spec),
                           leaves ? task::Held::leave : task::Held::drain);
        if (was_asked_for) static_cast<void>(parts_.manager.resume(task.definition.find("name")->text));
    }
    for (const std::string& name : draft.affected) {  // those that are not wanted, and whose secrets are not there
        const auto is_same = [&name](const task::TaskSpec& spec) { return spec.definition.name == name; };
        if (std::none_of(draft.specs.begin(), draft.specs.end(), is_same)) parts_.manager.put(spec_of(name));
    }
    for (const Edit::Item& item : edit.items)
        if (!item.definition) begin_removal(item);
    remove_unused_instances();
}

Outcome Registry::want(std::string_view name, bool is_wanted, const store::AuditEntry& by) {
    const auto found = tasks_.find(name);
    if (found == tasks_.end()) return Outcome::of(404, fmt::format("There is no task {}.", name));
    Task& task = found->second;
    if (task.is_leaving) return Outcome::of(409, fmt::format("The task {} is being deleted.", name));
    const bool changes = task.is_wanted != is_wanted || !task.stopped.empty();
    if (changes) {
        const Status stored = parts_.database.transact([&]() -> Status {
            TRY_STATUS(catalog_.want_task(name, is_wanted));
            return audit_.add(entry_of(by, is_wanted ? "enable" : "pause", Kind::task, found->first));
        });
        if (!stored) return Outcome::of(503, stored.error().context);
        task.is_wanted = is_wanted;
        task.stopped.clear();
    }
    task::TaskSpec spec = spec_of(found->first);
    if (spec.cannot_start.empty()) task.checked = spec.definition;
    parts_.manager.put(std::move(spec));
    if (is_wanted) static_cast<void>(parts_.manager.resume(name));  // it runs already: so be it
    return {};
}

// An event that nothing may take has stopped it (`NONE`): neither a restart nor an unchanged apply starts it again.
void Registry::on_ended(const std::string& name, task::State state, const std::string& condition) {
    const auto found = tasks_.find(name);
    if (found == tasks_.end() || state != task::State::ready || is_leaving_for_good(name)) return;
    Task& task = found->second;
    const std::size_t colon = condition.find(": ");
    task.stopped = colon == std::string::npos ? condition : condition.substr(colon + 2);
    task.is_wanted = false;
    const Status stored = parts_.database.transact([&]() -> Status {
        TRY_STATUS(catalog_.want_task(name, false, task.stopped));
        return audit_.add(entry_of(by_itself(), "stop", Kind::task, name));
    });
    if (!stored)
        parts_.log.error("That a task has stopped could not be stored: a restart starts it again.",
                         {{"task", name}, {"reason", stored.error().context}});
    bring_back(name);  // the manager has it as not enabled from now on, too
}

}  // namespace outflow::api
