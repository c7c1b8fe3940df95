// Judges a change as task files are judged, with all that it touches and nothing else: a thousand tasks are not read again for
// one of them.
#include <algorithm>

#include <fmt/format.h>

#include "api/difference.h"
#include "api/registry.h"

namespace outflow::api {

namespace {

template <class Definition>
void add_exclusive(std::map<std::string, std::string>& owners, const Definition& definition, const std::string& task) {
    if (const auto exclusive = task::exclusive_of(definition)) owners.emplace(exclusive->what, task);
}

template <class Definition>
void check_owner(const std::map<std::string, std::string>& owners, const Definition& definition,
                 const std::string& task, std::string_view where, const Edit& edit, Outcome& outcome) {
    const auto exclusive = task::exclusive_of(definition);
    if (!exclusive) return;
    const auto owner = owners.find(exclusive->what);
    if (owner == owners.end()) return;
    task::Diagnostic diagnostic;
    diagnostic.path = fmt::format("tasks.{}.{}.{}", task, where, exclusive->field);
    const bool is_seen = edit.sees && edit.sees(owner->second);
    diagnostic.sentence = fmt::format("{} {}", is_seen ? fmt::format("the task \"{}\"", owner->second) : "another task",
                                      exclusive->sentence);
    diagnostic.hint = std::string(exclusive->hint);
    outcome.diagnostics.push_back(std::move(diagnostic));
}

// Secrets differ where nobody may see it.
void add_secret_differences(const json::Node& before, const json::Node& after, std::vector<Difference>& out) {
    for (Difference& each : find_differences(before, after)) {
        const bool is_sealed = each.before.is(json::Kind::string) && each.after.is(json::Kind::string) &&
                               store::is_sealed(each.before.text) && store::is_sealed(each.after.text);
        if (!is_sealed) continue;
        json::Node changed = json::Node::object();
        changed.members.emplace_back("changed", json::Node::boolean(true));
        json::Node set = json::Node::object();
        set.members.emplace_back("set", json::Node::boolean(true));
        out.push_back({each.pointer, std::move(set), std::move(changed)});
    }
}

// As people may see it.
json::Node without_secrets(json::Node definition) {
    std::function<void(json::Node&)> hide = [&hide](json::Node& node) {
        if (node.is(json::Kind::string) && store::is_sealed(node.text)) {
            node = json::Node::object();
            node.members.emplace_back("set", json::Node::boolean(true));
            return;
        }
        for (json::Node& item : node.items) hide(item);
        for (json::Member& member : node.members) hide(member.value);
    };
    hide(definition);
    return definition;
}

// As several files that make one document: each has a limit, and a server's tasks have together more.
void add_pieces(std::vector<task::SourceText>& pieces, const std::string& begin, const std::vector<std::string>& texts,
                std::string_view end) {
    constexpr std::size_t piece_bytes_max = 1024 * 1024;  // unless one alone is larger
    for (std::size_t i = 0; i < texts.size();) {
        std::string piece = begin + texts[i];
        for (++i; i < texts.size() && piece.size() + texts[i].size() < piece_bytes_max; ++i) piece += "," + texts[i];
        pieces.push_back({"store", piece.append(end)});
    }
}

}  // namespace

std::set<std::string> references_of(const json::Node& task) {
    std::set<std::string> names;
    for (const char* end : {"source", "sink"}) {
        const json::Node* kinds = task.is(json::Kind::object) ? task.find(end) : nullptr;
        if (kinds == nullptr || !kinds->is(json::Kind::object)) continue;
        for (const json::Member& kind : kinds->members) {
            const json::Node* instance = kind.value.is(json::Kind::object) ? kind.value.find("instance") : nullptr;
            if (instance != nullptr && instance->is(json::Kind::string)) names.insert(instance->text);
        }
    }
    return names;
}

void Registry::note_users() {
    for (auto& [name, instance] : instances_) instance.used_by.clear();
    for (const auto& [name, task] : tasks_) {
        for (const std::string& used : references_of(task.definition))
            if (const auto found = instances_.find(used); found != instances_.end())
                found->second.used_by.push_back(name);
    }
    for (auto& [name, instance] : instances_) instance.shown = without_secrets(instance.sealed);
}

void Registry::find_affected(Draft& draft) const {
    for (const auto& [name, staged] : draft.tasks) draft.affected.insert(name);
    for (const auto& [name, staged] : draft.instances) {
        const auto found = instances_.find(name);
        if (found == instances_.end()) continue;
        for (const std::string& user : found->second.used_by)
            if (!tasks_.find(user)->second.is_leaving) draft.affected.insert(user);
    }
}

// The tasks and the instances that they name, with those of the draft in place of what is stored.
Result<Registry::Texts> Registry::collect(const std::set<std::string, std::less<>>& tasks, const Draft* draft,
                                          bool is_plain) const {
    Texts texts;
    std::set<std::string> names;
    for (const std::string& name : tasks) {
        const auto staged =
            draft != nullptr ? draft->tasks.find(name) : std::map<std::string, Staged, std::less<>>::const_iterator();
        const bool is_staged = draft != nullptr && staged != draft->tasks.end();
        const json::Node& definition = is_staged ? staged->second.sealed : tasks_.find(name)->second.definition;
        names.merge(references_of(definition));
        json::append_json(texts.tasks.emplace_back(), definition);
    }
    if (draft != nullptr)
        for (const auto& [name, staged] : draft->instances) names.insert(name);
    for (const std::string& name : names) {
        const json::Node* sealed = nullptr;
        if (draft != nullptr && draft->instances.contains(name)) sealed = &draft->instances.find(name)->second.sealed;
        else if (const auto found = instances_.find(name); found != instances_.end()) sealed = &found->second.sealed;
        if (sealed == nullptr) continue;
        json::Node definition = *sealed;
        if (is_plain) {
            if (Status unsealed = unseal_secrets(name, definition); !unsealed)
                return failed(std::move(unsealed).error());
        }
        std::string& text = texts.instances.emplace_back();
        json::append_json_string(text, name);
        json::append_json(text += ':', definition);
    }
    return texts;
}

Result<std::string> Registry::compose(const std::set<std::string, std::less<>>& tasks, const Draft* draft,
                                      bool is_plain) const {
    TRY(const Texts texts, collect(tasks, draft, is_plain));
    std::string text = "{";
    if (!texts.instances.empty()) text += fmt::format("\"instances\":{{{}}}", fmt::join(texts.instances, ","));
    if (!texts.tasks.empty())
        text += fmt::format("{}\"tasks\":[{}]", text.size() > 1 ? "," : "", fmt::join(texts.tasks, ","));
    return text + "}";
}

void Registry::check_draft(const Edit& edit, Draft& draft, Outcome& outcome) const {
    find_affected(draft);
    if (draft.affected.empty() && draft.instances.empty()) return;
    const Result<Texts> texts = collect(draft.affected, &draft, true);
    if (!texts) {
        outcome.status = 503;
        outcome.sentence = texts.error().context;
        return;
    }
    std::vector<task::SourceText> pieces;
    add_pieces(pieces, R"({"instances":{)", texts->instances, "}}");
    add_pieces(pieces, R"({"tasks":[)", texts->tasks, "]}");
    task::Loaded loaded = task::load_texts(pieces);
    for (task::Diagnostic& each : loaded.diagnostics) {
        each.line = each.column = 0;  // nobody wrote this text
        each.file.clear();
        outcome.diagnostics.push_back(std::move(each));
    }
    if (task::count_errors(outcome.diagnostics) == 0) check_exclusive(edit, draft, loaded.document, outcome);
    for (const task::TaskDefinition& definition : loaded.document.tasks) {
        if (task::count_errors(outcome.diagnostics) > 0) break;
        const auto stored = tasks_.find(definition.name);
        const auto staged = draft.tasks.find(definition.name);
        const bool is_new = stored == tasks_.end();
        const std::optional<bool> wish = staged != draft.tasks.end() ? staged->second.item->wanted : std::nullopt;
        const bool is_wanted = wish.value_or(!is_new && stored->second.is_wanted);
        auto spec = make_spec(definition.name, loaded.document, is_new ? "" : stored->second.stored.created_at,
                              is_wanted, &draft);
        if (spec) {
            draft.specs.push_back(std::move(*spec));
        } else if (is_wanted) {
            task::Diagnostic diagnostic;
            diagnostic.path = "tasks." + definition.name + ".source";
            diagnostic.sentence = spec.error().context;
            outcome.diagnostics.push_back(std::move(diagnostic));
        }
    }
    draft.document = std::move(loaded.document);
    const std::size_t errors = task::count_errors(outcome.diagnostics);
    if (errors == 0) return;
    outcome.status = 422;
    outcome.sentence = fmt::format("{} fault{}; nothing was changed.", errors, errors == 1 ? "" : "s");
}

// Against the tasks that were not read for this.
void Registry::check_exclusive(const Edit& edit, const Draft& draft, const task::Document& document,
                               Outcome& outcome) const {
    std::map<std::string, std::string> owners;
    for (const auto& [name, task] : tasks_) {
        if (draft.affected.contains(name) || !task.checked) continue;
        add_exclusive(owners, task.checked->source, name);
        if (task.checked->property.dead_letter) add_exclusive(owners, *task.checked->property.dead_letter, name);
    }
    for (const task::TaskDefinition& definition : document.tasks) {
        check_owner(owners, definition.source, definition.name, "source.mqtt", edit, outcome);
        if (definition.property.dead_letter)
            check_owner(owners, *definition.property.dead_letter, definition.name, "property.dead_letter", edit,
                        outcome);
    }
}

Result<task::TaskSpec> Registry::make_spec(const std::string& name, const task::Document& document,
                                           const std::string& created_at, bool is_wanted, const Draft* draft) const {
    const auto found =
        std::find_if(document.tasks.begin(), document.tasks.end(),
                     [&name](const task::TaskDefinition& definition) { return definition.name == name; });
    TRY(task::TaskSpec spec, parts_.prepare(document, *found, created_at));
    spec.definition.enabled = is_wanted;
    TRY(std::string origin, compose({name}, draft, false));
    spec.origin.text = std::make_shared<const std::string>(std::move(origin));
    return spec;
}

bool Registry::uses_changed(const Draft& draft, const json::Node& task) const {
    for (const std::string& name : references_of(task)) {
        const auto staged = draft.instances.find(name);
        const auto stored = instances_.find(name);
        if (staged != draft.instances.end() && stored != instances_.end() &&
            !(staged->second.sealed == stored->second.sealed))
            return true;
    }
    return false;
}

void Registry::find_changes(const Edit& edit, const Draft& draft, Outcome& outcome) const {
    const json::Node nothing = json::Node::object();
    for (const Edit::Item& item : edit.items) {
        const bool is_task = item.kind == Kind::task;
        const auto task = is_task ? tasks_.find(item.name) : tasks_.end();
        const auto instance = is_task ? instances_.end() : instances_.find(item.name);
        const json::Node& before = task != tasks_.end()           ? task->second.definition
                                   : instance != instances_.end() ? instance->second.sealed
                                                                  : nothing;
        Change change{item.kind, item.name, Change::Action::remove, std::nullopt, {}};
        const json::Node* after = &nothing;
        bool is_new = false;
        if (item.definition) {
            const Staged& staged = (is_task ? draft.tasks : draft.instances).find(item.name)->second;
            after = &staged.sealed;
            is_new = staged.is_new;
        }
        std::vector<Difference> differences = find_differences(without_secrets(before), without_secrets(*after));
        add_secret_differences(before, *after, differences);
        if (item.definition) {
            change.action = is_new                ? Change::Action::create
                            : differences.empty() ? Change::Action::unchanged
                                                  : Change::Action::change;
        }
        const bool was_wanted = task != tasks_.end() && task->second.is_wanted;
        // What has stopped at an event begins there again when somebody enables it, or has changed something.
        const bool has_stopped = task != tasks_.end() && !task->second.stopped.empty();
        const bool stays =
            has_stopped && change.action == Change::Action::unchanged && !uses_changed(draft, task->second.definition);
        if (is_task && item.wanted && *item.wanted != was_wanted && !stays) change.wanted = item.wanted;
        change.differences = render_differences(differences);
        outcome.changes.push_back(std::move(change));
    }
    outcome.digest = digest_of(outcome.changes);
}

std::string Registry::digest_of(const std::vector<Change>& changes) const {
    std::string text;
    for (const Change& change : changes) {
        if (change.action == Change::Action::unchanged && !change.wanted) continue;
        std::int64_t revision = 0;
        if (const auto task = tasks_.find(change.name); change.kind == Kind::task && task != tasks_.end())
            revision = task->second.stored.revision;
        if (const auto instance = instances_.find(change.name);
            change.kind == Kind::instance && instance != instances_.end())
            revision = instance->second.stored.revision;
        const int wanted = change.wanted ? (*change.wanted ? 1 : 0) : -1;
        text += fmt::format("{} {} {} {} {} {}\n", to_string(change.kind), change.name, static_cast<int>(change.action),
                            wanted, revision, change.differences);
    }
    return digest_text(text);
}

}  // namespace outflow::api
