// The steps of a connection test as they are taken: one at a time, each with its time and its limit.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/probe.h"
#include "net/timer.h"

namespace outflow::connectors {

// The loop's thread.
class ProbeSteps {
public:
    class Owner {
    public:
        // The step that was under way got no answer in time; it is noted as failed.
        virtual void on_step_late() = 0;
        // The time of the whole test is over; a step that was under way is noted as failed.
        virtual void on_time_over() = 0;

    protected:
        ~Owner() = default;
    };

    // Loop and owner outlive it. The time begins to count.
    ProbeSteps(net::EventLoop& loop, Owner& owner, ProbeLimits limits);

    // `late_remedy`: what to do when no answer comes.
    void begin(std::string name, std::string peer, std::string late_remedy);
    // Both end the step under way.
    void pass(std::string detail, std::string warning = {});
    void fail(std::string detail, std::string remedy);
    bool is_under_way() const { return is_under_way_; }
    std::chrono::milliseconds step_limit() const { return limits_.step; }

    // Nothing is timed any more.
    std::vector<ProbeStep> take();

private:
    void end(bool is_ok, std::string detail, std::string remedy);

    Owner& owner_;
    const ProbeLimits limits_;
    net::Timer step_timer_;
    net::Timer total_timer_;
    std::vector<ProbeStep> steps_;
    bool is_under_way_ = false;
    net::EventLoop::Clock::time_point began_{};
    std::string late_remedy_;
};

}  // namespace outflow::connectors
