// Tasks and instances that are deleted. Either who asks waits until what the task holds is delivered, and a crash before that
// leaves the task as it was; or the deletion is stored at once, and goes on over restarts until it is done.
#include <algorithm>

#include <fmt/format.h>

#include "api/registry.h"
#include "base/sentence.h"

namespace outflow::api {

namespace {

// Of sessions that stay where they are; empty: there are none.
std::string sentence_of(const std::vector<store::StoredSession>& left) {
    std::string text;
    for (const store::StoredSession& session : left) {
        const std::size_t colon = session.address.rfind(':');
        text += fmt::format(
            "{}The MQTT session of client id {} stays at {} with what it holds, until it expires there. To remove it by "
            "hand, connect there once with that client id and a clean start: mosquitto_sub -h {} -p {} -i {} -t none -E",
            text.empty() ? "" : "\n", session.client_id, session.address, session.address.substr(0, colon),
            session.address.substr(colon + 1), session.client_id);
    }
    return text;
}

}  // namespace

// Those that tasks have at other places than where they shall be from now on.
bool Registry::find_left_sessions(const Edit& edit, Draft& draft, Outcome& outcome) {
    for (const Edit::Item& item : edit.items) {
        if (!item.leaves_session || !tasks_.contains(item.name)) continue;
        const auto spec = std::find_if(draft.specs.begin(), draft.specs.end(), [&item](const task::TaskSpec& each) {
            return each.definition.name == item.name;
        });
        auto stored = sessions_.of_task(item.name);
        if (spec == draft.specs.end() || !stored) {
            outcome = !stored
                          ? Outcome::of(503, stored.error().context)
                          : Outcome::of(409, fmt::format("The task {} cannot leave its MQTT session while a secret of "
                                                         "its new version is not available.",
                                                         item.name));
            return false;
        }
        const std::string address = task::session_address(*spec);
        for (store::StoredSession& session : *stored) {
            const bool is_its_own = session.address == address && session.client_id == spec->client_id;
            if (!is_its_own && !session.is_left) draft.left.push_back(std::move(session));
        }
    }
    outcome.sentence = sentence_of(draft.left);
    return true;
}

// In the transaction of a change: from now on nobody here knows them.
Status Registry::write_left_sessions(const std::vector<store::StoredSession>& left, const store::AuditEntry& by) {
    for (const store::StoredSession& session : left) {
        TRY_STATUS(sessions_.remove(session.address, session.client_id));
        std::string difference = R"([{"pointer":"/session","after":)";
        json::append_json_string(difference, sentence_of({session}));
        TRY_STATUS(audit_.add(entry_of(by, "leave", Kind::task, session.task, difference + "}]")));
    }
    return {};
}

bool Registry::is_leaving_for_good(std::string_view name) const {
    const auto leaving = leaving_.find(name);
    return leaving != leaving_.end() && leaving->second.is_stored;
}

// Those that were deleted and are wanted again: by what is edited, or by a task that names them.
std::set<std::string> Registry::leaving_instances_of(const Draft& draft) const {
    std::set<std::string> names;
    for (const auto& [name, staged] : draft.instances) names.insert(name);
    for (const auto& [name, staged] : draft.tasks) names.merge(references_of(staged.sealed));
    std::erase_if(names, [this](const std::string& name) {
        const auto found = instances_.find(name);
        return found == instances_.end() || !found->second.is_leaving;
    });
    return names;
}

// In the transaction of a change.
Status Registry::write_removal(const Edit::Item& item, const store::AuditEntry& by) {
    TRY_STATUS(item.kind == Kind::task ? catalog_.leave_task(item.name) : catalog_.leave_instance(item.name, true));
    return audit_.add(entry_of(by, "delete", item.kind, item.name));
}

// It is stored.
void Registry::begin_removal(const Edit::Item& item) {
    if (item.kind == Kind::instance) {
        instances_.find(item.name)->second.is_leaving = true;
        return;
    }
    tasks_.find(item.name)->second.is_leaving = true;
    leaving_[item.name].is_stored = true;
    parts_.manager.remove(item.name, task::Held::persist);
}

// Of a task that an earlier process has not got rid of, or that the manager has let go.
void Registry::go_on_leaving(const std::string& name) {
    task::TaskSpec spec = spec_of(name);
    const std::string& cannot_read = leaving_.find(name)->second.cannot_read;
    if (!cannot_read.empty()) {
        // What its session holds was promised to be delivered: it waits for the next start, or for another word.
        spec.cannot_start = cannot_read;
        spec.definition.enabled = true;
        return parts_.manager.put(std::move(spec));
    }
    spec.definition.enabled = false;
    parts_.manager.put(std::move(spec));
    parts_.manager.remove(name, task::Held::persist);
}

// Not in the middle of the manager's work, which is where one learns that it is needed.
void Registry::bring_back(const std::string& name) {
    parts_.post([this, name] {
        const auto task = tasks_.find(name);
        if (task == tasks_.end()) return;
        if (!task->second.is_leaving) parts_.manager.put(spec_of(name));
        else if (is_leaving_for_good(name)) go_on_leaving(name);
    });
}

void Registry::remove_unused_instances() {
    for (auto each = instances_.begin(); each != instances_.end();) {
        if (!each->second.is_leaving || !each->second.used_by.empty()) {
            ++each;
            continue;
        }
        const Status removed = catalog_.remove_instance(each->first);
        if (!removed)
            parts_.log.error("An instance that was deleted is still in the store; it goes later.",
                             {{"instance", each->first}, {"reason", removed.error().context}});
        each = removed ? instances_.erase(each) : std::next(each);
    }
}

void Registry::remove_task(std::string_view name, task::Held held, const store::AuditEntry& by,
                           std::function<void(Outcome)> on_done) {
    const auto found = tasks_.find(name);
    if (found == tasks_.end()) return on_done(Outcome::of(404, fmt::format("There is no task {}.", name)));
    const std::string own(name);  // it may go
    const bool is_stored = is_leaving_for_good(own);
    const bool drains = held == task::Held::drain;
    if (is_stored && drains && !leaving_[own].cannot_read.empty())
        return on_done(later(own, leaving_[own].cannot_read));
    found->second.is_leaving = true;
    Leaving& leaving = leaving_[own];
    leaving.by = by;
    leaving.on_done.push_back(std::move(on_done));
    if (drains) return parts_.manager.remove(own, is_stored ? task::Held::persist : held);
    // Who is in the manager still is nobody's any more: a crash from here on leaves a session that is to be ended.
    if (const Status forgotten = forget_task(own, held, true); !forgotten) {
        const Outcome refused = Outcome::of(503, forgotten.error().context);
        if (is_stored) return answer_waiting(own, refused);
        found->second.is_leaving = false;
        bring_back(own);  // it may be on its way already, for somebody else
        return finish_leaving(own, refused);
    }
    parts_.manager.remove(own, held);
}

Status Registry::forget_task(const std::string& name, task::Held held, bool is_audited) {
    const auto leaving = leaving_.find(name);
    std::vector<store::StoredSession> left;
    if (held == task::Held::leave) {
        TRY(left, sessions_.of_task(name));
        std::erase_if(left, [](const store::StoredSession& session) { return session.is_left; });
    }
    const Status forgotten = parts_.database.transact([&]() -> Status {
        TRY_STATUS(write_left_sessions(left, leaving->second.by));
        TRY_STATUS(sessions_.leave(name));
        TRY_STATUS(catalog_.remove_task(name));
        return is_audited ? audit_.add(entry_of(leaving->second.by, "delete", Kind::task, name)) : Status();
    });
    if (!forgotten) return forgotten;
    tasks_.erase(name);
    note_users();
    remove_unused_instances();
    finish_leaving(name, Outcome::of(left.empty() ? 204 : 200, sentence_of(left)));
    return {};
}

bool Registry::on_removed(const std::string& name) {
    if (!leaving_.contains(name)) return true;
    const bool is_stored = is_leaving_for_good(name);
    const Status forgotten = forget_task(name, task::Held::discard, !is_stored);
    if (forgotten) return true;
    const Outcome refused = Outcome::of(503, forgotten.error().context);
    if (is_stored) {
        parts_.log.error("A task that was deleted is still in the store; that is tried again.",
                         {{"task", name}, {"reason", refused.sentence}}, name + "/removal");
        answer_waiting(name, refused);
        return false;
    }
    tasks_[name].is_leaving = false;
    bring_back(name);
    finish_leaving(name, refused);
    return true;
}

void Registry::on_refused(const std::string& name, const std::string& reason) {
    const auto found = tasks_.find(name);
    if (found == tasks_.end() || !found->second.is_leaving) return;
    if (is_leaving_for_good(name)) return answer_waiting(name, later(name, reason));
    found->second.is_leaving = false;
    parts_.log.warn("A task was not deleted.", {{"task", name}, {"reason", reason}});
    bring_back(name);  // what was edited meanwhile did not reach it
    finish_leaving(name, Outcome::of(409, fmt::format("{} The task {} goes on as before; held=discard deletes it with "
                                                      "what its session holds, held=leave leaves that at its broker.",
                                                      to_sentence(reason), name)));
}

Outcome Registry::later(const std::string& name, const std::string& reason) {
    return Outcome::of(202, fmt::format("The task {} is being deleted and waits: {}. It is tried again, also after a "
                                        "restart; held=discard deletes it with what its session holds, held=leave "
                                        "leaves that at its broker.",
                                        name, clause(reason)));
}

void Registry::answer_waiting(const std::string& name, const Outcome& outcome) {
    const auto found = leaving_.find(name);
    if (found == leaving_.end()) return;
    for (const auto& on_done : std::exchange(found->second.on_done, {})) on_done(outcome);
}

void Registry::finish_leaving(const std::string& name, const Outcome& outcome) {
    const auto found = leaving_.find(name);
    if (found == leaving_.end()) return;
    const Leaving leaving = std::move(found->second);
    leaving_.erase(found);
    for (const auto& on_done : leaving.on_done) on_done(outcome);
}

}  // namespace outflow::api
