#include "keeper.h"

#include <utility>

#include "sqlite_vfs.h"

namespace outflow::sim {

namespace {

constexpr std::chrono::milliseconds retry_interval{500};
const std::string database_path = "/store/outflow.db";
const std::string key_path = "/store/outflow.key";
const std::string task_name = "task";

store::AuditEntry somebody() {
    store::AuditEntry entry;
    entry.who = "somebody";
    return entry;
}

}  // namespace

Keeper::Keeper(net::EventLoop& loop, platform::Logger& log, task::WorkerFactory& workers)
    : loop_(loop), log_(log), workers_(workers), timer_(loop) {
    seed_store();
}

Keeper::~Keeper() = default;

Status Keeper::open() {
    TRY(vault_, store::Vault::open(key_path, true));
    TRY(database_, store::Database::open(database_path));
    sessions_.emplace(loop_, log_, *database_, workers_);
    manager_.emplace(log_, *sessions_, task::ManagerOptions());
    const auto prepare = [](const task::Document& document, const task::TaskDefinition& definition,
                            const std::string&) -> Result<task::TaskSpec> {
        task::TaskSpec spec;
        spec.definition = definition;
        spec.source_instance = document.find(task::instance_of(definition.source));
        spec.sink_instance = document.find(task::instance_of(definition.sink));
        spec.client_id = task::chosen_client_id(definition.source);
        return spec;
    };
    registry_.emplace(api::Registry::Parts{*database_, *vault_, *manager_, log_, prepare,
                                           [this](std::function<void()> function) { loop_.post(std::move(function)); }},
                      api::Allowed{{"*"}, {"*"}});
    TRY_STATUS(registry_->start());
    sessions_->end_left_sessions(
        [this](const store::StoredSession& session) { return registry_->read_session(session); });
    return {};
}

void Keeper::want(std::optional<Wish> wish) {
    wish_ = std::move(wish);
    pursue();
}

void Keeper::pursue() {
    timer_.cancel();
    if (!registry_) {
        const Status opened = open();
        if (!opened) {
            log_.error("The store cannot be opened.", {{"reason", opened.error().context}}, "store");
            registry_.reset();
            manager_.reset();
            sessions_.reset();
            database_.reset();
        }
    }
    if (!registry_ || !apply()) timer_.start(retry_interval, [this] { pursue(); });
}

// False: once more later.
bool Keeper::apply() {
    const auto task = registry_->tasks().find(task_name);
    const bool is_there = task != registry_->tasks().end();
    if (is_there && task->second.is_leaving) return !wish_;
    if (!wish_ && !is_there) return true;
    api::Edit edit;
    if (!wish_) {
        edit.items.push_back({.kind = api::Kind::task, .name = task_name});
        return registry_->apply(edit, somebody()).ok();
    }
    for (const json::Member& instance : wish_->document.find("instances")->members)
        edit.items.push_back({.kind = api::Kind::instance, .name = instance.name, .definition = instance.value});
    edit.items.push_back({.kind = api::Kind::task,
                          .name = task_name,
                          .definition = wish_->document.find("tasks")->items.at(0),
                          .wanted = wish_->is_enabled});
    const api::Outcome outcome = registry_->apply(edit, somebody());
    if (!outcome.ok()) {
        log_.error("The change is refused.", {{"reason", outcome.sentence}}, "edit");
        return false;
    }
    // Somebody enables what has stopped by itself.
    const bool has_stopped = wish_->is_enabled && !registry_->tasks().find(task_name)->second.is_wanted;
    return !has_stopped || registry_->want(task_name, true, somebody()).ok();
}

}  // namespace outflow::sim
