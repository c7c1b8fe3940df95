#include "api/status_board.h"

#include <chrono>

#include <fmt/format.h>

#include "base/format.h"
#include "platform/clock.h"

namespace outflow::api {

namespace {

std::string remedy_of(task::State state, bool has_reason, bool has_stopped) {
    switch (state) {
    case task::State::ready:
        return has_stopped ? "Change what the reason names, then enable the task: it begins at that event."
                           : "Enable the task to start it.";
    case task::State::starting:
        return has_reason ? "Nothing is lost; it goes on trying. Test the instance that the reason names." : "";
    case task::State::starting_failed:
    case task::State::running_failed: return "Change what the reason names, then enable the task again.";
    case task::State::running:
        return has_reason ? "Nothing is lost; what arrives is held until it can be delivered." : "";
    case task::State::paused: return "Enable the task to go on; the MQTT session keeps what arrives.";
    }
    return {};
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    append_format(out, ",\"{}\":", name);
    json::append_json_string(out, text);
}

void append_time(std::string& out, std::string_view name, std::int64_t unix_ms) {
    if (unix_ms != 0) append_text(out, name, platform::format_rfc3339(unix_ms));
}

// Appends what stands between the braces of an object, and a comma in front of it.
void append_members(std::string& out, const json::Node& object, std::string_view left_out) {
    for (const json::Member& member : object.members) {
        if (member.name == left_out) continue;
        json::append_json_string(out += ',', member.name);
        json::append_json(out += ':', member.value);
    }
}

// Of a task that is being deleted.
void tell_leaving(TaskStatus& status, const std::string& held_at) {
    std::string reason = "it is being deleted";
    if (!held_at.empty()) reason += " when what its MQTT session holds is delivered (" + held_at + ")";
    if (!status.reason.empty()) reason += "; " + status.reason;
    status.reason = std::move(reason);
    status.remedy =
        "Nothing, if its brokers come back: it is tried again twice a minute. To delete it at once: held=discard with what "
        "its session holds, held=leave when the MQTT broker is gone for ever.";
}

// Of a task that cannot go to another broker, or not yet.
void tell_moving(TaskStatus& status, const std::string& held_at) {
    status.reason += status.reason.empty() ? "" : "; ";
    status.reason += "it moves when what its MQTT session holds is delivered (" + held_at + ")";
    status.remedy =
        "If the old broker comes back, edit the task again when it is there. If it is gone for ever, edit the task again "
        "with held=leave: its session stays there with what it holds.";
}

TaskStatus status_of(const task::TaskView& view, const Registry::Task& task) {
    TaskStatus status;
    status.state = view.snapshot.state;
    const std::size_t colon = view.condition.find(": ");
    if (colon != std::string::npos) status.reason = view.condition.substr(colon + 2);
    // A restart forgets why it has stopped, the store does not.
    const bool rests = status.state == task::State::ready || status.state == task::State::paused;
    if (rests && !task.is_wanted && !task.stopped.empty()) {
        status.state = task::State::ready;
        status.reason = task.stopped;
    }
    status.remedy = remedy_of(status.state, !status.reason.empty(), !task.stopped.empty());
    if (task.is_leaving) tell_leaving(status, view.held_at);
    else if (!view.held_at.empty()) tell_moving(status, view.held_at);
    status.client_id = view.client_id;
    status.attempts = view.attempts;
    status.snapshot = view.snapshot;
    if (view.next_try) {
        const auto wait = *view.next_try - platform::Clock::now();
        status.next_try_ms = platform::unix_ms() + std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
    }
    return status;
}

}  // namespace

void StatusBoard::look() {
    for (auto& [name, seen] : seen_) seen.is_there = false;
    for (const task::TaskView& view : manager_.views()) {
        const auto task = registry_.tasks().find(view.name);
        if (task == registry_.tasks().end()) continue;
        TaskStatus now = status_of(view, task->second);
        const auto [found, is_new] = seen_.try_emplace(view.name);
        Seen& seen = found->second;
        const bool has_failed_again = now.state == task::State::starting_failed && seen.status.attempts != now.attempts;
        const bool has_other_state = is_new || seen.status.state != now.state || has_failed_again;
        now.since_ms = has_other_state ? platform::unix_ms() : seen.status.since_ms;
        if (has_other_state || seen.status.reason != now.reason || seen.is_wanted != task->second.is_wanted)
            changed_.insert(view.name);
        seen.status = std::move(now);
        seen.is_wanted = task->second.is_wanted;
        seen.is_there = true;
    }
    std::erase_if(seen_, [this](const auto& each) {
        if (!each.second.is_there) changed_.insert(each.first);
        return !each.second.is_there;
    });
}

const TaskStatus* StatusBoard::find(std::string_view name) const {
    const auto found = seen_.find(name);
    return found == seen_.end() ? nullptr : &found->second.status;
}

void append_counts(std::string& out, const task::TaskSnapshot& snapshot) {
    const pipeline::LedgerCounts& events = snapshot.events;
    append_format(
        out,
        "{{\"received\":{},\"delivered\":{},\"filtered\":{},\"dead_lettered\":{},\"discarded\":{},\"spooled\":0,"
        "\"in_flight\":{},\"returned\":{},\"redeliveries\":{},\"records_stored\":{},\"records_pending\":{},\"held_bytes\":{}}}",
        events.received, events.delivered, events.filtered, events.dead_lettered, events.discarded, events.in_flight,
        snapshot.returned, events.redeliveries, snapshot.records.stored, snapshot.pending_records, snapshot.held_bytes);
}

void append_state(std::string& out, const std::string& name, const Registry::Task& task, const TaskStatus& status) {
    json::append_json_string(out += "{\"name\":", name);
    out += task.is_wanted ? ",\"enabled\":true" : ",\"enabled\":false";
    append_text(out, "state", task::to_string(status.state));
    append_text(out, "reason", status.reason);
    append_text(out, "remedy", status.remedy);
    append_time(out, "since", status.since_ms);
    out += '}';
}

void append_task(std::string& out, const std::string& name, const Registry::Task& task, const TaskStatus* status) {
    json::append_json_string(out += "{\"name\":", name);
    out += task.is_wanted ? ",\"enabled\":true" : ",\"enabled\":false";
    append_members(out, task.definition, "name");
    if (status != nullptr) {
        out += ",\"status\":{\"state\":";
        json::append_json_string(out, task::to_string(status->state));
        append_text(out, "reason", status->reason);
        append_text(out, "remedy", status->remedy);
        append_time(out, "since", status->since_ms);
        append_time(out, "next_try", status->next_try_ms);
        append_text(out, "stopped", task.stopped);
        if (task.is_leaving) out += ",\"leaving\":true";
        append_format(out, ",\"revision\":{}", task.stored.revision);
        append_text(out, "created_at", task.stored.created_at);
        append_text(out, "changed_at", task.stored.changed_at);
        append_text(out, "client_id", status->client_id);
        append_counts(out += ",\"counts\":", status->snapshot);
        out += '}';
    }
    out += '}';
}

void append_instance(std::string& out, const std::string& name, const Registry::Instance& instance,
                     const std::function<bool(std::string_view task)>& sees) {
    json::append_json_string(out += "{\"name\":", name);
    append_members(out, instance.shown, "name");
    append_format(out, ",\"status\":{{\"revision\":{}", instance.stored.revision);
    append_text(out, "created_at", instance.stored.created_at);
    append_text(out, "changed_at", instance.stored.changed_at);
    out += ",\"used_by\":[";
    for (const std::string& user : instance.used_by)
        if (sees(user)) json::append_json_string(out += out.back() == '[' ? "" : ",", user);
    out += "]}}";
}

}  // namespace outflow::api
