// Machines and the processes on them. A host keeps its name, address and disk; a process is one life of a program, with
// an event loop of its own. Killing one is what the kernel makes of it: its connections end, its files stay.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "disk.h"
#include "net/event_loop.h"
#include "random.h"
#include "world.h"

namespace outflow::sim {

struct Host {
    std::string name;
    std::string address;
    Disk disk = {};
    bool is_down = false;  // no power: nobody answers
    int lives = 0;         // processes so far
};

class Process {
public:
    // What a process has made in net and platform and not ended yet.
    struct Holdings {
        int connections = 0;
        int acceptors = 0;
        int timers = 0;
        int files = 0;
        friend bool operator==(const Holdings&, const Holdings&) = default;
    };

    Process(World& world, Host& host);
    // Who derives from it has destroyed what it made before, in the name of this process (World::As).
    virtual ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // From now on nothing that it does has any effect: only its memory is left to be freed. Its sockets are closed by
    // the kernel; when the power goes nobody hears of it, and the disk forgets what was not synced.
    void kill(bool loses_power);
    bool is_dead() const { return is_dead_; }

    // As SIGSTOP and SIGCONT: connections stay, nobody is at home.
    void pause() { is_paused_ = true; }
    void resume() { is_paused_ = false; }
    bool is_paused() const { return is_paused_; }

    // Calls it in a turn of its own, before or behind what else happened to the process since the last one.
    void wake(std::function<void()> function);
    // When its next turn may begin; none: it waits for something to happen.
    std::optional<TimePoint> next_turn() const;
    void run_turn();
    // It works, or waits for its disk: so much later its next turn begins.
    void spend(Duration time);

    World& world() { return world_; }
    Host& host() { return host_; }
    net::EventLoop& loop() { return *loop_; }
    const std::string& name() const { return host_.name; }
    int number() const { return number_; }  // the process id
    // What an earlier life knew the next one does not: of a process, or of a part of it that is made anew.
    int life() const { return number_ * 1'000 + lives_; }
    void begin_life() { ++lives_; }
    Random& random() { return random_; }

    Holdings holdings;

private:
    World& world_;
    Host& host_;
    const int number_;
    int lives_ = 0;
    Random random_;
    TimePoint busy_until_{};
    bool is_dead_ = false;
    bool is_paused_ = false;
    std::unique_ptr<net::EventLoop> loop_;
};

}  // namespace outflow::sim
