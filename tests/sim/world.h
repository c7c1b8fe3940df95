// A world of its own: virtual time, processes that take turns, and things that happen by themselves. One thread; the
// same seed gives the same world, step by step.
//
//   step:  a process that has something to do runs one turn (the seed picks which)
//          or, when none has: time goes on to the next alarm, which rings
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "network.h"
#include "platform/clock.h"
#include "random.h"

namespace outflow::sim {

using TimePoint = platform::Clock::time_point;
using Duration = platform::Clock::duration;

class Process;

// Something that will happen; made by World::at.
struct Alarm {
    TimePoint time{};
    std::uint64_t number = 0;  // 0: none
    friend auto operator<=>(const Alarm&, const Alarm&) = default;
};

// What went wrong first.
struct Failure {
    std::string oracle;  // which promise: one word
    std::string sentence;
};

class World {
public:
    // The wall clock begins on 1 January 2026.
    static constexpr std::int64_t wall_begin_ms = 1'767'225'600'000;

    World(std::uint64_t seed, bool is_traced);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // The one that lives: net and platform have no other way to find it.
    static World& current();

    std::uint64_t seed() const { return seed_; }
    Network& network() { return network_; }

    TimePoint now() const { return now_; }
    Duration stage_delay_max{};  // of the stages of tasks: late_stage.cpp
    std::int64_t wall_ms() const;
    void jump_wall(std::chrono::milliseconds by) { wall_offset_ += by; }
    double seconds() const;  // since the beginning

    // `function` is called from step(), not before `time` and never within this call.
    Alarm at(TimePoint time, std::function<void()> function);
    Alarm after(Duration delay, std::function<void()> function) { return at(now_ + delay, std::move(function)); }
    void cancel(Alarm& alarm);

    // False: nothing will ever happen again.
    bool step();
    std::uint64_t steps() const { return steps_; }

    void add(Process& process);
    void remove(Process& process);
    // Whose turn it is, or on whose behalf something is made. There must be one.
    Process& process() { return *process_; }
    bool has_process() const { return process_ != nullptr; }

    // Makes everything within its life belong to the process.
    class As {
    public:
        explicit As(Process& process) : before_(std::exchange(World::current().process_, &process)) {}
        ~As() { World::current().process_ = before_; }
        As(const As&) = delete;
        As& operator=(const As&) = delete;

    private:
        Process* before_;
    };

    // Only the first failure is kept: what follows is its consequence, maybe.
    void fail(std::string_view oracle, std::string sentence);
    const Failure* failure() const { return failure_ ? &*failure_ : nullptr; }

    // Something happened that a plan may wait for.
    std::function<void(std::string_view)> on_moment = [](std::string_view) {};

    bool is_traced() const { return is_traced_; }
    // A line of the story, when somebody reads it.
    template <class... Arguments>
    void tell(std::string_view who, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        if (is_traced_) print(who, fmt::format(format, std::forward<Arguments>(arguments)...));
    }
    // Makes `value` part of what two runs of a seed are compared by.
    void mix(std::uint64_t value) { fingerprint_ = (fingerprint_ ^ value) * 0x100000001b3U; }
    std::uint64_t fingerprint() const { return fingerprint_; }

private:
    bool run_a_turn();
    void print(std::string_view who, const std::string& text) const;

    const std::uint64_t seed_;
    const bool is_traced_;
    Random schedule_;
    TimePoint now_;
    std::chrono::milliseconds wall_offset_{0};
    std::map<Alarm, std::function<void()>> alarms_;
    std::uint64_t alarms_made_ = 0;
    std::vector<Process*> processes_;
    std::vector<Process*> runnable_;
    Process* process_ = nullptr;
    std::optional<Failure> failure_;
    std::uint64_t steps_ = 0;
    std::uint64_t fingerprint_ = 0xcbf29ce484222325U;
    Network network_;
};

}  // namespace outflow::sim
