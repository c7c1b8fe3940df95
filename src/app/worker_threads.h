// Threads with an event loop each, on which workers run.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "net/event_loop.h"

namespace outflow::app {

class WorkerThreads {
public:
    // Stops and joins; before it, what lives on the loops is gone.
    ~WorkerThreads() {
        for (const auto& each : threads_) {
            each->loop.stop();
            if (each->thread.joinable()) each->thread.join();
        }
    }

    void make(std::size_t count) {
        while (threads_.size() < count) threads_.push_back(std::make_unique<Each>());
    }
    void start() {
        for (const auto& each : threads_) each->thread = std::thread([&loop = each->loop] { loop.run(); });
    }
    std::vector<net::EventLoop*> loops() const {
        std::vector<net::EventLoop*> loops;
        for (const auto& each : threads_) loops.push_back(&each->loop);
        return loops;
    }
    std::size_t size() const { return threads_.size(); }

private:
    struct Each {
        net::EventLoop loop;
        std::thread thread;
    };
    std::vector<std::unique_ptr<Each>> threads_;
};

}  // namespace outflow::app
