#include "machine.h"

#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace outflow::bench {
namespace {

volatile std::sig_atomic_t stopping = 0;

void on_stop(int) { stopping = 1; }

Microseconds read_clock(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return time.tv_sec * 1'000'000 + time.tv_nsec / 1'000;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Clock::Clock() : offset_(read_clock(CLOCK_REALTIME) - steady()) {}

Microseconds Clock::steady() { return read_clock(CLOCK_MONOTONIC); }

double own_processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double processor_seconds_of(int process_id) {
    double nanoseconds = 0;
    std::error_code error;
    std::filesystem::directory_iterator threads(fmt::format("/proc/{}/task", process_id), error);
    for (; !error && threads != std::filesystem::directory_iterator(); threads.increment(error)) {
        std::ifstream file(threads->path() / "schedstat");
        double on_processor = 0;
        if (file >> on_processor) nanoseconds += on_processor;
    }
    return nanoseconds / 1e9;
}

void use_fine_timers() { prctl(PR_SET_TIMERSLACK, 1'000UL); }

void catch_stop_signals() {
    struct sigaction action {};
    action.sa_handler = on_stop;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    signal(SIGPIPE, SIG_IGN);
}

bool stop_requested() { return stopping != 0; }

}  // namespace outflow::bench
