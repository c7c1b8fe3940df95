// Times rule sets on land records of a city, the data of event-ruler's own benchmark; bench/rig/citylots.py makes the
// data and sets the figures beside event-ruler's.
// Usage: citylots_bench EVENTS RULES [Google Benchmark's arguments]
// Both files have a JSON text a line; of RULES {"rule_set": NAME, "rules": [RULE, ...]}. An iteration is one pass over
// all events, which asks of each whether any of the rule set's rules holds. Counters: `events` of a pass, how many of
// them
// `matched`, and rule i by itself (`rule_<i>`); `allocations` an event. Events come as a source gives them, many in a
// receive buffer that has just been written; filling it is not timed.
// Without rules: `structure` finds all tokens of an event, where a walk finds as many as it needs; baselines.h has
// simdjson's own.
#include <memory>

#include "base/bench.h"
#include "base/limits.h"
#include "citylots/baselines.h"
#include "citylots/lines.h"
#include "engine/payload_filter.h"
#include "json/document.h"
#include "json/token_index.h"

namespace outflow::bench {
namespace {

struct RuleSet {
    std::string name;
    std::vector<PayloadFilter> rules;
    std::optional<PayloadFilter> any;  // of the rules
    // Once they are counted:
    std::optional<std::uint64_t> matched;
    std::vector<std::uint64_t> matched_by;  // each rule
};

// The rule set of one line of RULES; nothing, with a word on stderr, if it has a fault.
std::optional<RuleSet> read_rule_set(std::string_view line) {
    std::string fault = "it has to be an object with `rule_set` and `rules`";
    auto document = json::parse_document(line);
    const json::Node* name = document ? document->root.find("rule_set") : nullptr;
    const json::Node* rules = document ? document->root.find("rules") : nullptr;
    if (name == nullptr || rules == nullptr || rules->items.empty()) {
        fmt::print(stderr, "citylots_bench: {}: {}\n", line.substr(0, 100), fault);
        return std::nullopt;
    }
    fault.clear();
    RuleSet rule_set;
    rule_set.name = name->text;
    std::string all;
    for (const json::Node& rule : rules->items) {
        std::string text;
        json::append_json(text, rule);
        all += (all.empty() ? "" : ",") + text;
        if (auto filter = PayloadFilter::create(text, fault)) rule_set.rules.push_back(std::move(*filter));
    }
    rule_set.any = PayloadFilter::create(rules->items.size() == 1 ? all : R"({"$or":[)" + all + "]}", fault);
    if (!rule_set.any || !fault.empty()) {
        fmt::print(stderr, "citylots_bench: rule set {}: {}\n", rule_set.name, fault);
        return std::nullopt;
    }
    return rule_set;
}

// Of all events; only what is done with a filled buffer is timed.
std::uint64_t count(PayloadFilter& filter, Lines& events, benchmark::State* state = nullptr) {
    std::uint64_t matched = 0;
    events.each_buffer(state, [&](const std::vector<std::string_view>& received) {
        for (std::string_view event : received) matched += filter.matches(event);
    });
    return matched;
}

void measure_rule_set(benchmark::State& state, RuleSet& rule_set, Lines& events) {
    if (!rule_set.matched) rule_set.matched = count(*rule_set.any, events);  // also lets buffers grow
    std::uint64_t before = allocations;
    for ([[maybe_unused]] auto pass : state) {
        if (count(*rule_set.any, events, &state) != *rule_set.matched)
            state.SkipWithError("matches differ from pass to pass");
    }
    auto passed = static_cast<double>(state.iterations()) * static_cast<double>(events.lines.size());
    state.counters["allocations"] = static_cast<double>(allocations - before) / passed;
    state.counters["events"] = static_cast<double>(events.lines.size());
    state.counters["matched"] = static_cast<double>(*rule_set.matched);
    if (rule_set.matched_by.empty()) {
        for (PayloadFilter& rule : rule_set.rules) rule_set.matched_by.push_back(count(rule, events));
    }
    for (std::size_t i = 0; i < rule_set.rules.size(); ++i)
        state.counters[fmt::format("rule_{}", i)] = static_cast<double>(rule_set.matched_by[i]);
    if (rule_set.any->unfit() != 0) state.SkipWithError("an event is no JSON");
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events.lines.size()));
}

// `looks_good` takes an event; false: it is no record.
template <class Look>
void measure_baseline(const char* name, Lines& events, Look looks_good) {
    benchmark::RegisterBenchmark(name, [&events, looks_good](benchmark::State& state) mutable {
        std::size_t unfit = 0;
        for ([[maybe_unused]] auto pass : state) {
            events.each_buffer(&state, [&](const std::vector<std::string_view>& received) {
                for (std::string_view event : received) unfit += looks_good(event) ? 0 : 1;
            });
        }
        if (unfit != 0) state.SkipWithError("an event is not what it should be");
        state.counters["events"] = static_cast<double>(events.lines.size());
    })->Iterations(1);
}

void measure_baselines(Lines& events) {
    auto index = std::make_shared<json::TokenIndex>();
    measure_baseline("structure", events, [index](std::string_view event) {
        if (!index->open(event)) return false;
        while (!index->is_complete()) index->grow();
        return index->fault() == json::TokenIndex::Fault::none;
    });
    auto simdjson = std::make_shared<SimdjsonBaselines>();
    measure_baseline("simdjson: structure", events,
                     [simdjson](std::string_view event) { return simdjson->structure(event); });
    measure_baseline("simdjson: one field", events,
                     [simdjson](std::string_view event) { return simdjson->one_field(event); });
    measure_baseline("simdjson: coordinates", events,
                     [simdjson](std::string_view event) { return simdjson->coordinates(event); });
}

int run_rule_sets(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (argc != 3) {
        fmt::print(stderr, "usage: citylots_bench EVENTS RULES [Google Benchmark's arguments]\n");
        return 2;
    }
    Lines events(argv[1]);
    Lines rules(argv[2]);
    if (events.lines.empty() || rules.lines.empty()) {
        fmt::print(stderr, "citylots_bench: nothing in {}\n", events.lines.empty() ? argv[1] : argv[2]);
        return 1;
    }
    measure_baselines(events);
    std::vector<std::unique_ptr<RuleSet>> rule_sets;
    for (std::string_view line : rules.lines) {
        auto rule_set = read_rule_set(line);
        if (!rule_set) return 1;
        rule_sets.push_back(std::make_unique<RuleSet>(std::move(*rule_set)));
        RuleSet& kept = *rule_sets.back();
        benchmark::RegisterBenchmark(kept.name.c_str(), [&kept, &events](benchmark::State& state) {
            measure_rule_set(state, kept, events);
        })->Iterations(1);
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

}  // namespace
}  // namespace outflow::bench

int main(int argc, char** argv) { return outflow::bench::run_rule_sets(argc, argv); }
