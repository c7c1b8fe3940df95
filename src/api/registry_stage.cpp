// A change as it was sent becomes one as it would be stored: names, revisions, secrets, and what may be named.
#include <algorithm>

#include <fmt/format.h>

#include "api/registry.h"
#include "base/name_pattern.h"
#include "platform/private_file.h"
#include "task/names.h"
#include "task/sensitive_fields.h"

namespace outflow::api {

namespace {

std::string place_of(const std::string& instance, const std::string& pointer) {
    return "instance/" + instance + pointer;
}

// `instances.edge.mqtt.password` of "/mqtt/password".
std::string path_of(Kind kind, const std::string& name, const std::string& pointer) {
    std::string path = std::string(to_string(kind)) + "s." + name + pointer;
    std::replace(path.begin(), path.end(), '/', '.');
    return path;
}

void report(Outcome& outcome, std::string path, std::string sentence, std::string hint) {
    task::Diagnostic diagnostic;
    diagnostic.path = std::move(path);
    diagnostic.sentence = std::move(sentence);
    diagnostic.hint = std::move(hint);
    outcome.diagnostics.push_back(std::move(diagnostic));
}

bool refuse(Outcome& outcome, unsigned status, std::string sentence) {
    outcome.status = status;
    outcome.sentence = std::move(sentence);
    return false;
}

// Where secrets are sent, and how the other side proves who it is.
json::Node destination_of(const json::Node& instance) {
    json::Node destination = json::Node::object();
    for (const json::Member& kind : instance.members) {
        json::Node& fields = destination.members.emplace_back(kind.name, json::Node::object()).value;
        for (const std::string_view name : {"endpoint", "name_servers", "endpoints", "tls"}) {
            const json::Node* value = kind.value.is(json::Kind::object) ? kind.value.find(name) : nullptr;
            if (value == nullptr) continue;
            json::Node& copy = fields.members.emplace_back(std::string(name), *value).value;
            std::erase_if(copy.members, [](const json::Member& member) { return member.name == "key_password"; });
        }
    }
    return destination;
}

bool says_set(const json::Node& value) {
    const json::Node* set = value.is(json::Kind::object) && value.members.size() == 1 ? value.find("set") : nullptr;
    return set != nullptr && set->is(json::Kind::boolean);
}

// The object that holds what `pointer` leads to, and the name there; null: there is none.
json::Node* find_holder(json::Node& root, const std::string& pointer, std::string& name) {
    json::Node* holder = &root;
    std::size_t begin = 1;
    for (std::size_t end = pointer.find('/', begin); end != std::string::npos; end = pointer.find('/', begin)) {
        const std::string step = pointer.substr(begin, end - begin);
        const auto found = std::find_if(holder->members.begin(), holder->members.end(),
                                        [&step](const json::Member& member) { return member.name == step; });
        if (found == holder->members.end() || !found->value.is(json::Kind::object)) return nullptr;
        holder = &found->value;
        begin = end + 1;
    }
    name = pointer.substr(begin);
    return holder;
}

// Without the members that say nothing but null, which takes a secret away.
void drop_null_secrets(json::Node& definition) {
    std::vector<std::string> nulls;
    task::for_each_sensitive(definition, "instance",
                             [&nulls](const std::string& pointer, json::Node& value, task::Sensitive) {
                                 if (value.is(json::Kind::null)) nulls.push_back(pointer);
                             });
    for (const std::string& pointer : nulls) {
        std::string name;
        if (json::Node* holder = find_holder(definition, pointer, name))
            std::erase_if(holder->members, [&name](const json::Member& member) { return member.name == name; });
    }
}

bool is_allowed(const std::vector<std::string>& patterns, std::string_view text) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [text](const std::string& pattern) { return matches_name(pattern, text); });
}

bool is_own(const std::vector<std::string>& own, const std::string& path) {
    const std::string real = platform::real_path(path);
    return std::any_of(own.begin(), own.end(), [&real](const std::string& each) {
        const std::string real_own = platform::real_path(each);
        return real == real_own || real.starts_with(real_own + "/");
    });
}

// One that a pattern cannot be tricked with.
bool is_plain_path(std::string_view path) {
    if (std::any_of(path.begin(), path.end(), [](unsigned char c) { return c < 0x20; })) return false;
    if (!path.starts_with('/') || path.ends_with('/')) return false;
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view step = path.substr(begin, end - begin);
        if (step.empty() || step == "." || step == "..") return false;
        begin = end + 1;
    }
    return true;
}

}  // namespace

bool Registry::stage(const Edit& edit, Draft& draft, Outcome& outcome) const {
    for (const Edit::Item& item : edit.items) {
        if (!(item.kind == Kind::instance ? stage_instance(item, draft, outcome) : stage_task(item, draft, outcome)))
            return false;
    }
    if (tasks_.size() + draft.tasks.size() > task::file_limits::tasks_max) {
        std::size_t added = 0;
        for (const auto& [name, staged] : draft.tasks) added += staged.is_new ? 1 : 0;
        if (tasks_.size() + added > task::file_limits::tasks_max)
            return refuse(outcome, 409, fmt::format("A server has at most {} tasks.", task::file_limits::tasks_max));
    }
    return check_removals(edit, draft, outcome);
}

bool Registry::stage_instance(const Edit::Item& item, Draft& draft, Outcome& outcome) const {
    const auto found = instances_.find(item.name);
    const bool is_there = found != instances_.end();
    if (item.must_be_new && is_there)
        return refuse(outcome, 409, fmt::format("There is an instance {} already.", item.name));
    if ((item.revision || item.must_exist) &&
        (!is_there || (item.revision && *item.revision != found->second.stored.revision))) {
        return refuse(outcome, 412,
                      fmt::format("The instance {} was changed since it was read; read it again.", item.name));
    }
    if (!item.definition) {
        if (!is_there) return refuse(outcome, 404, fmt::format("There is no instance {}.", item.name));
        return true;
    }
    if (const std::string wrong = task::check_name(item.name); !wrong.empty())
        report(outcome, "instances." + item.name + ".name", wrong, "letters, digits, - and _");
    json::Node definition = *item.definition;
    keep_secrets(item, definition, outcome);
    drop_null_secrets(definition);
    check_allowed(definition, Kind::instance, item.name, outcome);
    // The same secrets sealed again would look like others.
    json::Node before = is_there ? found->second.sealed : json::Node::object();
    if (is_there && unseal_secrets(item.name, before) && before == definition) definition = found->second.sealed;
    else seal_secrets(item.name, definition);
    draft.instances[item.name] = Staged{&item, std::move(definition), !is_there};
    return true;
}

bool Registry::stage_task(const Edit::Item& item, Draft& draft, Outcome& outcome) const {
    const auto found = tasks_.find(item.name);
    const bool is_there = found != tasks_.end();
    if (is_there && found->second.is_leaving)
        return refuse(outcome, 409, fmt::format("The task {} is being deleted; wait until it is gone.", item.name));
    if (item.must_be_new && is_there)
        return refuse(outcome, 409, fmt::format("There is a task {} already.", item.name));
    if ((item.revision || item.must_exist) &&
        (!is_there || (item.revision && *item.revision != found->second.stored.revision)))
        return refuse(outcome, 412,
                      fmt::format("The task {} was changed since it was read; read it again.", item.name));
    if (!item.definition) {
        if (!is_there) return refuse(outcome, 404, fmt::format("There is no task {}.", item.name));
        return true;
    }
    if (const std::string wrong = task::check_name(item.name); !wrong.empty())
        report(outcome, "tasks." + item.name + ".name", wrong, "letters, digits, - and _");
    json::Node definition = json::Node::object();
    definition.members.emplace_back("name", json::Node::string(item.name));
    for (const json::Member& member : item.definition->members)
        if (member.name != "name") definition.members.push_back(member);
    check_allowed(definition, Kind::task, item.name, outcome);
    draft.tasks[item.name] = Staged{&item, std::move(definition), !is_there};
    return true;
}

// An instance goes after the tasks that use it.
bool Registry::check_removals(const Edit& edit, const Draft& draft, Outcome& outcome) const {
    for (const Edit::Item& item : edit.items) {
        if (item.kind != Kind::instance || item.definition) continue;
        std::vector<std::string> users;
        for (const std::string& user : instances_.find(item.name)->second.used_by) {
            const bool goes_too = std::any_of(edit.items.begin(), edit.items.end(), [&user](const Edit::Item& other) {
                return other.kind == Kind::task && other.name == user && !other.definition;
            });
            const auto staged = draft.tasks.find(user);
            const bool still_uses =
                staged == draft.tasks.end() || references_of(staged->second.sealed).contains(item.name);
            if (!goes_too && still_uses) users.push_back(user);
        }
        for (const auto& [name, staged] : draft.tasks)
            if (staged.is_new && references_of(staged.sealed).contains(item.name)) users.push_back(name);
        if (users.empty()) continue;
        const std::size_t count = users.size();
        if (count > 10) users.resize(10);
        return refuse(outcome, 409,
                      fmt::format("The instance {} is used by {} task{}: {}{}. Delete or change them first.", item.name,
                                  count, count == 1 ? "" : "s", fmt::join(users, ", "), count > 10 ? ", ..." : ""));
    }
    return true;
}

void Registry::check_allowed(json::Node& definition, Kind kind, const std::string& name, Outcome& outcome) const {
    task::for_each_sensitive(
        definition, to_string(kind), [&](const std::string& pointer, json::Node& value, task::Sensitive what) {
            // The first access key is nobody's password.
            const bool is_variable = value.text.find('\0') == std::string::npos &&
                                     value.text != "OUTFLOW_BOOTSTRAP_KEY" &&
                                     is_allowed(allowed_.environment, value.text);
            if (what == task::Sensitive::environment && !is_variable) {
                report(outcome, path_of(kind, name, pointer),
                       fmt::format("the environment variable {} may not be named over the API", value.text),
                       "add it to allow.environment in the server's configuration");
            }
            if (what != task::Sensitive::file) return;
            if (!is_plain_path(value.text)) {
                report(outcome, path_of(kind, name, pointer),
                       "expected an absolute path without . and .. and control characters", "");
                return;
            }
            const bool is_written = pointer.starts_with("/property/dead_letter/");
            if (is_own(allowed_.own, value.text)) {
                report(outcome, path_of(kind, name, pointer),
                       fmt::format("the file {} is the server's own", value.text),
                       "keep what tasks use outside of the server's data folder");
            } else if (!is_allowed(is_written ? allowed_.dead_letter_files : allowed_.files, value.text)) {
                report(outcome, path_of(kind, name, pointer),
                       fmt::format("the file {} may not be {} over the API", value.text,
                                   is_written ? "named as a dead-letter file" : "named"),
                       fmt::format("add it to {} in the server's configuration",
                                   is_written ? "allow.dead_letter_files" : "allow.files"));
            }
        });
}

// Secrets that the change leaves out, or says to be set, stay those that are stored.
void Registry::keep_secrets(const Edit::Item& item, json::Node& definition, Outcome& outcome) const {
    const auto found = instances_.find(item.name);
    json::Node before = found == instances_.end() ? json::Node::object() : found->second.sealed;
    const bool is_same_place = destination_of(before) == destination_of(definition);
    std::set<std::string> kept;
    task::for_each_sensitive(
        before, "instance", [&](const std::string& pointer, json::Node& old, task::Sensitive what) {
            if (what != task::Sensitive::secret) return;
            std::string name;
            json::Node* holder = find_holder(definition, pointer, name);
            if (holder == nullptr) return;
            const auto now = std::find_if(holder->members.begin(), holder->members.end(),
                                          [&name](const json::Member& member) { return member.name == name; });
            if (now != holder->members.end() && !says_set(now->value)) return;
            if (old.is(json::Kind::string) && !is_same_place) {
                kept.insert(pointer);
                if (now != holder->members.end()) now->value = json::Node::string("x");
                report(outcome, path_of(Kind::instance, item.name, pointer),
                       "the address or its TLS settings have changed: the secret has to be entered again",
                       "a secret goes only to where it was entered for");
                return;
            }
            kept.insert(pointer);
            if (now != holder->members.end()) now->value = old;
            else holder->members.emplace_back(name, old);
        });
    task::for_each_sensitive(definition, "instance",
                             [&](const std::string& pointer, json::Node& value, task::Sensitive what) {
                                 if (what != task::Sensitive::secret || kept.contains(pointer) || !says_set(value))
                                     return;
                                 value = json::Node::string("x");
                                 report(outcome, path_of(Kind::instance, item.name, pointer),
                                        "no secret is set that could be kept", "enter it");
                             });
    // What is kept is sealed already, everything else is not, whatever it looks like.
    task::for_each_sensitive(
        definition, "instance", [&](const std::string& pointer, json::Node& value, task::Sensitive what) {
            if (what != task::Sensitive::secret || !kept.contains(pointer) || !value.is(json::Kind::string)) return;
            const auto plain = parts_.vault.unseal(place_of(item.name, pointer), value.text);
            if (plain) value = json::Node::string(plain->reveal());
            else if (is_same_place)
                report(outcome, path_of(Kind::instance, item.name, pointer), plain.error().context, "enter it again");
        });
}

void Registry::seal_secrets(const std::string& name, json::Node& definition) const {
    task::for_each_sensitive(
        definition, "instance", [&](const std::string& pointer, json::Node& value, task::Sensitive what) {
            if (what == task::Sensitive::secret && value.is(json::Kind::string))
                value = json::Node::string(parts_.vault.seal(place_of(name, pointer), platform::Secret(value.text)));
        });
}

Status Registry::unseal_secrets(const std::string& name, json::Node& definition) const {
    Status status;
    task::for_each_sensitive(definition, "instance",
                             [&](const std::string& pointer, json::Node& value, task::Sensitive what) {
                                 if (what != task::Sensitive::secret || !value.is(json::Kind::string)) return;
                                 auto plain = parts_.vault.unseal(place_of(name, pointer), value.text);
                                 if (plain) value = json::Node::string(plain->reveal());
                                 else status = failed(std::move(plain).error());
                             });
    return status;
}

}  // namespace outflow::api
