#include "world.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/assert.h"
#include "process.h"

namespace outflow::sim {

namespace {
World* the_world = nullptr;
constexpr std::chrono::hours world_age{1};  // a clock that never goes back begins anywhere
}  // namespace

World::World(std::uint64_t seed, bool is_traced)
    : seed_(seed), is_traced_(is_traced), schedule_(seed, "schedule"), now_(world_age), network_(*this) {
    OUTFLOW_ASSERT(the_world == nullptr);
    the_world = this;
    network_.seed(seed);
}

World::~World() {
    OUTFLOW_ASSERT(processes_.empty());
    alarms_.clear();
    the_world = nullptr;
}

World& World::current() {
    OUTFLOW_ASSERT(the_world != nullptr);
    return *the_world;
}

std::int64_t World::wall_ms() const {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch() - world_age);
    return wall_begin_ms + (age + wall_offset_).count();
}

double World::seconds() const { return std::chrono::duration<double>(now_.time_since_epoch() - world_age).count(); }

Alarm World::at(TimePoint time, std::function<void()> function) {
    const Alarm alarm{std::max(time, now_), ++alarms_made_};
    alarms_.emplace(alarm, std::move(function));
    return alarm;
}

void World::cancel(Alarm& alarm) {
    if (alarm.number != 0) alarms_.erase(alarm);
    alarm = {};
}

bool World::step() {
    ++steps_;
    if (!run_a_turn()) {
        std::optional<TimePoint> next;
        if (!alarms_.empty()) next = alarms_.begin()->first.time;
        for (const Process* process : processes_) {
            const auto turn = process->next_turn();
            if (turn && (!next || *turn < *next)) next = turn;
        }
        if (!next) return false;
        now_ = std::max(now_, *next);
        if (!alarms_.empty() && alarms_.begin()->first.time <= now_) {
            auto alarm = alarms_.extract(alarms_.begin());
            alarm.mapped()();
        }
    }
    return true;
}

bool World::run_a_turn() {
    runnable_.clear();
    for (Process* process : processes_) {
        const auto turn = process->next_turn();
        if (turn && *turn <= now_) runnable_.push_back(process);
    }
    if (runnable_.empty()) return false;
    Process& chosen = *schedule_.choose(runnable_);
    mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()) * 31 + static_cast<std::uint64_t>(chosen.number()));
    chosen.run_turn();
    return true;
}

void World::add(Process& process) { processes_.push_back(&process); }

void World::remove(Process& process) { std::erase(processes_, &process); }

void World::fail(std::string_view oracle, std::string sentence) {
    if (failure_) return;
    tell("ORACLE", "{}: {}", oracle, sentence);
    failure_ = Failure{std::string(oracle), std::move(sentence)};
}

void World::print(std::string_view who, const std::string& text) const {
    std::fprintf(stdout, "%10.6f  %-9.*s %s\n", seconds(), static_cast<int>(who.size()), who.data(), text.c_str());
}

}  // namespace outflow::sim
