#include "api/session_log.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outflow::api {

namespace {

constexpr std::chrono::seconds look_interval{30};
constexpr std::chrono::minutes wait_max{10};

std::string key_of(std::string_view address, std::string_view client_id) {
    return fmt::format("{}\n{}", address, client_id);
}

}  // namespace

SessionLog::SessionLog(net::EventLoop& loop, platform::Logger& log, store::Database& database,
                       task::WorkerFactory& inner)
    : loop_(loop), log_(log), sessions_(database), inner_(inner), timer_(loop) {}

Status SessionLog::note(const task::TaskSpec& spec) {
    store::StoredSession session;
    session.address = task::session_address(spec);
    session.client_id = spec.client_id;
    session.task = spec.definition.name;
    if (spec.origin.text) session.definition = *spec.origin.text;
    const std::string key = key_of(session.address, session.client_id);
    if (ending_.contains(key)) {
        return failed(ErrorCode::closed,
                      fmt::format("the MQTT session of client id {} is being ended; enable the task again "
                                  "in a minute",
                                  session.client_id));
    }
    TRY(const auto stored, sessions_.find(session.address, session.client_id));
    const bool is_same =
        stored && !stored->is_left && stored->task == session.task && stored->definition == session.definition;
    if (is_same) return {};
    waiting_.erase(key);
    return sessions_.put(session);
}

Result<std::unique_ptr<task::TaskWorker>> SessionLog::make(const task::TaskSpec& spec,
                                                           std::vector<std::string> old_filters) {
    if (!spec.cannot_start.empty()) return failed(ErrorCode::task_invalid, spec.cannot_start);
    TRY_STATUS(note(spec));
    return inner_.make(spec, std::move(old_filters));
}

void SessionLog::open_session(const task::TaskSpec& spec, std::function<void(Result<bool>)> on_done) {
    if (Status noted = note(spec); !noted) {
        // Never from within the call.
        auto shared = std::make_shared<std::function<void(Result<bool>)>>(std::move(on_done));
        return loop_.post([shared, error = noted.error()] { (*shared)(failed(error)); });
    }
    inner_.open_session(spec, std::move(on_done));
}

void SessionLog::end_session(const task::TaskSpec& spec, std::function<void(Status)> on_done) {
    const std::string address = task::session_address(spec);
    const std::string key = key_of(address, spec.client_id);
    if (!ending_.insert(key).second) {  // another visit does it
        auto shared = std::make_shared<std::function<void(Status)>>(std::move(on_done));
        return loop_.post([shared] { (*shared)({}); });
    }
    inner_.end_session(spec, [this, address, key, id = spec.client_id, done = std::move(on_done),
                              alive = std::weak_ptr(alive_)](Status ended) {
        if (!alive.expired()) {
            ending_.erase(key);
            const Status removed = ended ? sessions_.remove(address, id) : Status();
            if (!removed)
                log_.warn("That an MQTT session has ended could not be stored; it is ended once more later.",
                          {{"client_id", id}, {"reason", removed.error().context}});
        }
        done(std::move(ended));
    });
}

void SessionLog::end_left_sessions(Read read) {
    read_ = std::move(read);
    look();
}

void SessionLog::look() {
    if (const auto sessions = sessions_.all()) {
        for (const store::StoredSession& session : *sessions) {
            if (!session.is_left) continue;
            Waiting& waiting = waiting_[key_of(session.address, session.client_id)];
            if (loop_.now() < waiting.next) continue;
            const auto pause = std::min<std::chrono::seconds>(look_interval * (1 + waiting.failures), wait_max);
            waiting.next = loop_.now() + pause;
            end(session);
        }
    }
    timer_.start(look_interval, [this] { look(); });
}

void SessionLog::end(const store::StoredSession& session) {
    const auto fail = [this, address = session.address, id = session.client_id,
                       task = session.task](const std::string& why) {
        ++waiting_[key_of(address, id)].failures;
        static_cast<void>(sessions_.fail(address, id, why));
        log_.warn("The MQTT session of a deleted task could not be ended; it is tried again.",
                  {{"task", task}, {"client_id", id}, {"reason", why}}, "left/" + id);
    };
    Result<task::TaskSpec> spec = read_(session);
    if (!spec) return fail(spec.error().context);
    spec->client_id = session.client_id;
    end_session(*spec, [this, fail, id = session.client_id, task = session.task,
                        alive = std::weak_ptr(alive_)](const Status& ended) {
        if (alive.expired()) return;
        if (!ended) return fail(ended.error().context);
        log_.info("The MQTT session of a deleted task has ended.", {{"task", task}, {"client_id", id}});
    });
}

}  // namespace outflow::api
