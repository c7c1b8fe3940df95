// Runs workloads as benchmarks: items and bytes a second of processor time, allocations an item, the checksum as label.
// For one file a program, as it replaces operator new.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/workload.h"

namespace outflow::bench {

inline std::uint64_t allocations = 0;  // of the process so far; not counted under the address sanitizer

inline void measure(benchmark::State& state, const Workload& workload, bool& failed) {
    workload.run();  // the first one may still grow buffers
    std::uint64_t before = allocations;
    for ([[maybe_unused]] auto turn : state) {
        std::uint64_t checksum = workload.run();
        if (checksum == workload.checksum) continue;
        failed = true;
        state.SkipWithError(fmt::format("checksum {:#x} instead of {:#x}", checksum, workload.checksum).c_str());
        return;
    }
    using Counter = benchmark::Counter;
    auto items = static_cast<double>(workload.items);
    double turns = static_cast<double>(state.iterations());
    state.counters["allocations"] = static_cast<double>(allocations - before) / (turns * items);
    state.counters["time"] = Counter(items, Counter::kIsIterationInvariantRate | Counter::kInvert);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.items));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(workload.bytes));
    state.SetLabel(fmt::format("checksum={:016x}", workload.checksum));
}

// The whole of a benchmark program's main(), with Google Benchmark's arguments. 1: a checksum is wrong, or nothing ran.
inline int run(int argc, char** argv, const std::vector<Workload>& workloads) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    bool failed = false;
    for (const Workload& workload : workloads) {
        benchmark::RegisterBenchmark(
            workload.name.c_str(), [&workload, &failed](benchmark::State& state) { measure(state, workload, failed); });
    }
    std::size_t ran = benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return failed || ran == 0 ? 1 : 0;
}

}  // namespace outflow::bench

// The sanitizer checks that new meets delete, by replacing both itself.
#ifndef __SANITIZE_ADDRESS__
void* operator new(std::size_t size) {
    ++outflow::bench::allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif
