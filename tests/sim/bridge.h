// The process under test: a real task manager with a worker, its source, pipeline and sink, and the eyes of the oracle
// on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "app/loop_workers.h"
#include "definition.h"
#include "keeper.h"
#include "net/timer.h"
#include "oracle.h"
#include "platform/log.h"
#include "process.h"
#include "task/task_manager.h"

namespace outflow::sim {

class Bridge final : public Process {
public:
    // Without a task it waits for one. `is_kept`: in a store, as a server does it; else in a file.
    Bridge(World& world, Host& host, std::optional<Wish> task, std::size_t memory_bytes_max, bool is_kept);
    // As after an orderly end, or after kill(): then its memory is freed all the same. What is left over is a failure.
    ~Bridge() override;

    // In a turn of its own.
    void stop(std::chrono::milliseconds grace);
    bool has_started() const;                                  // a worker could be made
    bool is_over() const { return is_over_ || has_failed(); }  // stopped, or ended by itself
    bool has_failed() const;                                   // ended by itself
    // Workers that were made, and visits to the MQTT broker.
    std::uint64_t starts() const { return starts_; }
    // What comes on a connection with this client id, to this port, is for no worker.
    bool is_visiting(const std::string& client_id, std::uint16_t port) const {
        return visited_.contains({client_id, port});
    }

    // In a turn of its own, as a changed task file would have it; nothing: the task is removed.
    void apply(std::optional<Wish> task);

    task::TaskSnapshot snapshot() const;
    std::string condition() const;
    std::uint64_t log_lines() const { return log_lines_; }

private:
    class Lives;  // each worker that is made begins one
    void watch();
    task::TaskManager* manager();  // null: its store is not open
    const task::TaskManager* manager() const { return const_cast<Bridge*>(this)->manager(); }

    std::unique_ptr<platform::Logger> log_;
    std::unique_ptr<app::LoopWorkers> workers_;
    std::unique_ptr<Lives> lives_;
    std::uint64_t starts_ = 0;
    std::set<std::pair<std::string, std::uint16_t>> visited_;  // client ids, ports of the broker
    std::optional<Wish> wanted_;
    std::unique_ptr<task::TaskManager> manager_;  // of a task in a file
    std::unique_ptr<Keeper> keeper_;              // of one in a store
    std::unique_ptr<net::Timer> watch_timer_;
    bool is_over_ = false;
    std::uint64_t log_lines_ = 0;
};

// Tells the oracle of every dead letter that is safe on this host's disk, and of those that are not any more.
class LetterWatch {
public:
    static constexpr std::string_view path = "/letters/dead.jsonl";

    LetterWatch(Host& host, Oracle& oracle);

private:
    void read(const Disk::File& file);

    Oracle& oracle_;
    std::map<std::uint64_t, std::string> read_;  // lines that the oracle knows of
};

}  // namespace outflow::sim
