#include "api/events.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/problem.h"
#include "platform/clock.h"

namespace outflow::api {

namespace {

constexpr std::chrono::milliseconds tick_interval{250};
constexpr unsigned ticks_a_second = 4;
constexpr std::ptrdiff_t streams_of_user_max = 16;  // so that one user leaves room for others
constexpr std::size_t room_min = 16 * 1024;         // before a state is rendered
constexpr unsigned ticks_a_comment = 60;            // finds clients that have gone while nothing changes

}  // namespace

Events::Events(net::EventLoop& loop, const Registry& registry, StatusBoard& board, Access& access)
    : registry_(registry), board_(board), access_(access), timer_(loop) {
    tick();
}

void Events::add_routes(Routes& routes) {
    routes.add({.method = "GET",
                .path = "/v1/events",
                .needs = store::Role::viewer,
                .summary =
                    "Server-sent events: `state` of each task at once and when it changes, `deleted`, and `counters` "
                    "of what has moved, once a second.",
                .handler = LaterHandler([this](const Caller& caller, const http::Request&, http::Responder responder) {
                    begin(caller, std::move(responder));
                }),
                .answers = {{200, "Events without end", R"({"type":"string"})", "text/event-stream"}},
                .refusals = {503}});
}

void Events::begin(const Caller& caller, http::Responder responder) {
    const auto is_same = [&caller](const Client& client) {
        return client.caller.user == caller.user && !client.is_gone;
    };
    if (std::count_if(clients_.begin(), clients_.end(), is_same) >= streams_of_user_max) {
        return responder.respond(
            problem(503, fmt::format("{} has {} event streams already; close one.", caller.user, streams_of_user_max)));
    }
    http::EventStream events(std::move(responder));
    if (!events.stream().is_open()) return;
    Client& client = clients_.emplace_back();
    client.caller = caller;
    client.events = std::move(events);
    // The list changes at the next tick only, which may be in the middle of it.
    client.events.stream().on_gone([&client, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) client.is_gone = true;
    });
    board_.look();
    send_missing_states(client);
}

// Of a user who was deleted or may less now, and of a session that has ended, the stream ends.
bool Events::is_known(const Client& client) const {
    const Caller now = client.caller.key.empty() ? access_.caller_of_session(client.caller.session, client.caller.from,
                                                                             Access::Use::only_watches)
                                                 : access_.caller_of_key(client.caller.key, client.caller.from);
    return now.may(store::Role::viewer) && now.tasks == client.caller.tasks;
}

void Events::tick() {
    timer_.start(tick_interval, [this] { tick(); });
    board_.look();
    const std::set<std::string> changed = board_.take_changed();
    if (clients_.empty()) return;
    ++ticks_;
    const bool is_second = ticks_ % ticks_a_second == 0;
    if (is_second) {
        changed_counts_.clear();
        for (const auto& [name, task] : registry_.tasks()) {
            const TaskStatus* status = board_.find(name);
            if (status == nullptr) continue;
            std::string counts;
            append_counts(counts, status->snapshot);
            if (counts_[name] == counts) continue;
            counts_[name] = counts;
            changed_counts_[name] = std::move(counts);
        }
        std::erase_if(counts_, [this](const auto& each) { return !registry_.tasks().contains(each.first); });
    }
    for (Client& client : clients_) {
        if (client.is_gone) continue;
        if (is_second && !is_known(client)) {
            client.is_gone = true;
            client.events.stream().end();
            continue;
        }
        if (client.next) send_missing_states(client);
        else send_states(client, changed);
        if (is_second) send_counters(client);
        if (ticks_ % ticks_a_comment == 0) client.events.comment();
    }
    clients_.remove_if([](Client& client) { return client.is_gone || !client.events.stream().is_open(); });
}

bool Events::send_state(Client& client, const std::string& name) {
    if (!client.caller.sees(name)) return true;
    const auto task = registry_.tasks().find(name);
    const TaskStatus* status = board_.find(name);
    std::string data;
    if (task == registry_.tasks().end() || status == nullptr) {
        json::append_json_string(data += "{\"name\":", name);
        return client.events.send({.data = data + "}", .event = "deleted"});
    }
    append_state(data, name, task->second, *status);
    return client.events.send({.data = data, .event = "state"});
}

void Events::send_states(Client& client, const std::set<std::string>& changed) {
    for (const std::string& name : changed) {
        if (send_state(client, name)) continue;
        client.next.emplace();  // all of them anew
        return;
    }
}

// As many as there is room for; the rest at the next tick. What changes meanwhile in front of them is among a later one's.
void Events::send_missing_states(Client& client) {
    const Registry::Tasks& tasks = registry_.tasks();
    for (auto task = tasks.upper_bound(*client.next); task != tasks.end(); ++task) {
        if (client.events.stream().room() < room_min || !send_state(client, task->first)) return;
        client.next = task->first;
    }
    // A client may forget what was not among them.
    if (client.events.send({.data = "{}", .event = "complete"})) client.next.reset();
}

void Events::send_counters(Client& client) {
    std::string data = "{\"at\":";
    json::append_json_string(data, platform::format_rfc3339(platform::unix_ms()));
    data += ",\"tasks\":{";
    bool has_any = false;
    for (const auto& [name, counts] : changed_counts_) {
        if (!client.caller.sees(name)) continue;
        json::append_json_string(data += has_any ? "," : "", name);
        data += ':' + counts;
        has_any = true;
    }
    if (has_any) client.events.send({.data = data + "}}", .event = "counters"});
}

}  // namespace outflow::api
