// What a run needs of the machine: clocks, processor time, and being asked to stop.
#pragma once

#include <cstdint>

namespace outflow::bench {

using Microseconds = std::int64_t;

// Microseconds since the epoch on a clock that never steps: the wall clock is asked once, when the object is made.
class Clock {
public:
    Clock();
    Microseconds now() const { return offset_ + steady(); }
    static Microseconds steady();

private:
    Microseconds offset_;
};

// User and system time of this process, seconds.
double own_processor_seconds();

// The same of all threads of another process, in nanosecond steps where the kernel tells them. 0: no such process.
double processor_seconds_of(int process_id);

// Lets waits end within a microsecond instead of the 50 that the kernel may add.
void use_fine_timers();

// SIGTERM and SIGINT end a run in order, with its report. They are only let through while `wait_for` waits, so that
// none is missed.
void catch_stop_signals();
bool stop_requested();

}  // namespace outflow::bench
