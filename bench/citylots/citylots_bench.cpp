// Times banks of rules on lots of a city, the data of event-ruler's own benchmark; bench/rig/citylots.py makes the data
// and sets the figures beside event-ruler's.
// Usage: citylots_bench EVENTS RULES [Google Benchmark's arguments]
// Both files have a JSON text a line; of RULES {"bank": NAME, "rules": [RULE, ...]}. An iteration is one pass over all
// events, which asks of each whether any of the bank's rules holds. Counters: `events` of a pass, how many of them
// `matched`, and rule i by itself (`rule_<i>`); `allocations` an event. `structure` has no rules: it finds an event's
// tokens and checks its UTF-8, which comes before every match.
#include <fstream>
#include <iterator>
#include <memory>

#include "base/bench.h"
#include "base/limits.h"
#include "engine/payload_filter.h"
#include "json/document.h"

namespace outflow::bench {
namespace {

// Lines of a file, each with limits::chunk_padding readable bytes behind it.
class Lines {
public:
    explicit Lines(const char* path) {
        std::ifstream file(path, std::ios::binary);
        text_.assign(std::istreambuf_iterator<char>(file), {});
        std::size_t bytes = text_.size();
        text_.append(limits::chunk_padding, ' ');
        std::string_view rest = std::string_view(text_).substr(0, bytes);
        while (!rest.empty()) {
            std::size_t end = std::min(rest.find('\n'), rest.size());
            if (end != 0) lines.push_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    std::vector<std::string_view> lines;  // as long as this object

private:
    std::string text_;
};

struct Bank {
    std::string name;
    std::vector<PayloadFilter> rules;
    std::optional<PayloadFilter> any;  // of the rules
};

// The bank of one line of RULES; nothing, with a word on stderr, if it has a fault.
std::optional<Bank> read_bank(std::string_view line) {
    std::string fault = "it has to be an object with `bank` and `rules`";
    auto document = json::parse_document(line);
    const json::Node* name = document ? document->root.find("bank") : nullptr;
    const json::Node* rules = document ? document->root.find("rules") : nullptr;
    if (name == nullptr || rules == nullptr || rules->items.empty()) {
        fmt::print(stderr, "citylots_bench: {}: {}\n", line.substr(0, 100), fault);
        return std::nullopt;
    }
    fault.clear();
    Bank bank;
    bank.name = name->text;
    std::string all;
    for (const json::Node& rule : rules->items) {
        std::string text;
        json::append_json(text, rule);
        all += (all.empty() ? "" : ",") + text;
        if (auto filter = PayloadFilter::create(text, fault)) bank.rules.push_back(std::move(*filter));
    }
    bank.any = PayloadFilter::create(rules->items.size() == 1 ? all : R"({"$or":[)" + all + "]}", fault);
    if (!bank.any || !fault.empty()) {
        fmt::print(stderr, "citylots_bench: bank {}: {}\n", bank.name, fault);
        return std::nullopt;
    }
    return bank;
}

std::uint64_t count(PayloadFilter& filter, const Lines& events) {
    std::uint64_t matched = 0;
    for (std::string_view event : events.lines) matched += filter.matches(event);
    return matched;
}

void measure_bank(benchmark::State& state, Bank& bank, const Lines& events) {
    std::uint64_t matched = count(*bank.any, events);  // also lets buffers grow
    std::uint64_t before = allocations;
    for ([[maybe_unused]] auto pass : state) {
        if (count(*bank.any, events) != matched) state.SkipWithError("matches differ from pass to pass");
    }
    auto passed = static_cast<double>(state.iterations()) * static_cast<double>(events.lines.size());
    state.counters["allocations"] = static_cast<double>(allocations - before) / passed;
    state.counters["events"] = static_cast<double>(events.lines.size());
    state.counters["matched"] = static_cast<double>(matched);
    for (std::size_t i = 0; i < bank.rules.size(); ++i)
        state.counters[fmt::format("rule_{}", i)] = static_cast<double>(count(bank.rules[i], events));
    if (bank.any->unfit() != 0) state.SkipWithError("an event is no JSON");
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events.lines.size()));
}

void measure_structure(benchmark::State& state, const Lines& events) {
    json::Walker walker;
    std::size_t unfit = 0;
    for ([[maybe_unused]] auto pass : state) {
        for (std::string_view event : events.lines) unfit += !walker.open(event);
    }
    if (unfit != 0) state.SkipWithError("an event is no JSON");
    state.counters["events"] = static_cast<double>(events.lines.size());
}

int run_banks(int argc, char** argv) {
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
    benchmark::RegisterBenchmark("structure", [&events](benchmark::State& state) {
        measure_structure(state, events);
    })->Iterations(1);
    std::vector<std::unique_ptr<Bank>> banks;
    for (std::string_view line : rules.lines) {
        auto bank = read_bank(line);
        if (!bank) return 1;
        banks.push_back(std::make_unique<Bank>(std::move(*bank)));
        Bank& kept = *banks.back();
        benchmark::RegisterBenchmark(kept.name.c_str(), [&kept, &events](benchmark::State& state) {
            measure_bank(state, kept, events);
        })->Iterations(1);
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

}  // namespace
}  // namespace outflow::bench

int main(int argc, char** argv) { return outflow::bench::run_banks(argc, argv); }
