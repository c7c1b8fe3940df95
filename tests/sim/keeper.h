// A task that is kept in a store, as `outflow server` does it: what is wanted is written first, and sessions are written down
// before they exist. The disk may be full, or lose what was not synced.
#pragma once

#include <memory>
#include <optional>

#include "api/registry.h"
#include "api/session_log.h"
#include "definition.h"
#include "net/timer.h"
#include "store/database.h"
#include "store/vault.h"
#include "task/task_manager.h"

namespace outflow::sim {

class Keeper {
public:
    // All outlive it.
    Keeper(net::EventLoop& loop, platform::Logger& log, task::WorkerFactory& workers);
    ~Keeper();

    // Tries it until the disk lets it; nothing: the task shall not be any more.
    void want(std::optional<Wish> wish);
    task::TaskManager* manager() { return manager_ ? &*manager_ : nullptr; }  // null: the store is not open
    const task::TaskManager* manager() const { return manager_ ? &*manager_ : nullptr; }

private:
    Status open();
    void pursue();
    bool apply();

    net::EventLoop& loop_;
    platform::Logger& log_;
    task::WorkerFactory& workers_;
    std::optional<Wish> wish_;
    std::unique_ptr<store::Database> database_;
    std::optional<store::Vault> vault_;
    std::optional<api::SessionLog> sessions_;
    std::optional<task::TaskManager> manager_;
    std::optional<api::Registry> registry_;
    net::Timer timer_;
};

}  // namespace outflow::sim
