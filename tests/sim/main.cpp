// The simulation by hand and for tests/sim/run.py:
//
//   outflow_sim --seeds FROM COUNT      runs the seeds, tells of each that fails (with --trace: of all), and what
//   happened
//   outflow_sim --seed N [--trace]      runs one and says how it ended
//   outflow_sim --plan FILE [--trace]   the same of a plan in a file
//   outflow_sim --print N               prints what a seed makes up
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "plan.h"
#include "story.h"

namespace outflow::sim {
namespace {

constexpr std::uint64_t seeds_a_second_run = 50;  // one of so many is run twice, and must be the same

Verdict run(const Plan& plan, bool is_traced) { return Story(plan, is_traced).run(); }

// One line that run.py reads.
void report(const Plan& plan, const Verdict& verdict) {
    if (verdict.failure) {
        fmt::print("FAILED seed={} oracle={} at={:.3f} {}\n", plan.seed, verdict.failure->oracle, verdict.seconds,
                   verdict.failure->sentence);
    } else {
        fmt::print("PASSED seed={} seconds={:.1f} steps={} messages={} records={} connects={}+{} log_lines={} "
                   "fingerprint={:016x}\n",
                   plan.seed, verdict.seconds, verdict.steps, verdict.messages, verdict.records, verdict.mqtt_connects,
                   verdict.rocketmq_connects, verdict.log_lines, verdict.fingerprint);
    }
}

int run_one(const Plan& plan, bool is_traced) {
    const Verdict verdict = run(plan, is_traced);
    report(plan, verdict);
    return verdict.failure ? 1 : 0;
}

int run_many(std::uint64_t from, std::uint64_t count, bool is_told) {
    int failed = 0;
    std::map<std::string, int> happened;
    for (const std::string_view name : happening_names()) happened.emplace(name, 0);
    for (std::uint64_t seed = from; seed < from + count; ++seed) {
        // Who waits for it knows which seed it was when the process dies of it.
        fmt::print("seed {}\n", seed);
        std::fflush(stdout);
        const Plan plan = make_plan(seed);
        Verdict verdict = run(plan, false);
        for (const auto& [what, times] : verdict.happened) happened[what] += times;
        if (seed % seeds_a_second_run == 0 && !verdict.failure && run(plan, false).fingerprint != verdict.fingerprint) {
            verdict.failure = Failure{"deterministic", "a second run of the plan was another one"};
        }
        if (is_told) report(plan, verdict);
        if (!verdict.failure) continue;
        ++failed;
        if (!is_told) report(plan, verdict);
    }
    for (const auto& [what, times] : happened) fmt::print("happened {} {}\n", what, times);
    return failed > 0 ? 1 : 0;
}

std::uint64_t number(const char* text) { return std::strtoull(text, nullptr, 10); }

int main_of(const std::vector<std::string_view>& words, char** argv) {
    const bool is_traced = words.back() == "--trace";
    if (words.size() >= 3 && words[0] == "--seeds") return run_many(number(argv[2]), number(argv[3]), is_traced);
    if (words.size() >= 2 && words[0] == "--seed") return run_one(make_plan(number(argv[2])), is_traced);
    if (words.size() >= 2 && words[0] == "--print") {
        fmt::print("{}", to_text(make_plan(number(argv[2]))));
        return 0;
    }
    if (words.size() >= 2 && words[0] == "--plan") {
        std::ifstream file(argv[2]);
        const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        const auto plan = parse_plan(text);
        if (plan) return run_one(*plan, is_traced);
        fmt::print(stderr, "{}: {}\n", argv[2], plan.error().context);
        return 2;
    }
    fmt::print(stderr,
               "usage: outflow_sim --seeds FROM COUNT | --seed N [--trace] | --plan FILE [--trace] | --print N\n");
    return 2;
}

}  // namespace
}  // namespace outflow::sim

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    return outflow::sim::main_of(words.empty() ? std::vector<std::string_view>{""} : words, argv);
}
