// The process under test: a real worker with its source, pipeline and sink, and the eyes of the oracle on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "app/worker.h"
#include "oracle.h"
#include "platform/log.h"
#include "process.h"
#include "task/definition.h"

namespace outflow::sim {

class Bridge final : public Process {
public:
    // `document` has one task; it outlives the process.
    Bridge(World& world, Host& host, const task::Document& document, std::size_t memory_bytes_max);
    // As after an orderly end, or after kill(): then its memory is freed all the same. What is left over is a failure.
    ~Bridge() override;

    // In a turn of its own.
    void stop(std::chrono::milliseconds grace);
    bool is_over() const { return is_over_; }  // stopped, or ended by itself
    bool has_failed() const { return has_failed_; }  // ended by itself
    bool has_started() const { return worker_ != nullptr; }

    app::TaskSnapshot snapshot() const { return worker_ ? worker_->snapshot() : app::TaskSnapshot(); }
    std::string condition() const { return worker_ ? worker_->condition() : "READY"; }
    std::uint64_t log_lines() const { return log_lines_; }

private:
    std::unique_ptr<platform::Logger> log_;
    std::unique_ptr<app::Worker> worker_;
    bool is_over_ = false;
    bool has_failed_ = false;
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
