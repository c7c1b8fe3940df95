// Workloads of matching: one kind of condition each, on telemetry of which some matches.
#pragma once

#include <memory>
#include <vector>

#include "base/workload.h"
#include "pattern/pattern.h"

namespace outflow::pattern::workload {

class Matches {
public:
    explicit Matches(std::string_view body_pattern) {
        auto document = json::parse_document(fmt::format(R"({{"data":{{"body":{}}}}})", body_pattern));
        std::vector<Diagnostic> diagnostics;
        pattern_ = *Pattern::compile(document->root, context_, diagnostics);
        pattern_.add_paths(paths_);
    }

    // Payload by payload as transform::Program does it.
    std::uint64_t run(const Telemetry& telemetry) {
        Checksum sum;
        std::uint64_t matched = 0;
        event::Event event;
        event.topic = "factory/line3/press07";
        for (std::size_t i = 0; i < telemetry.messages(); ++i) {
            event.payload = telemetry.message(i);
            bool matches = match(event);
            matched += matches;
            sum.add(matches);
        }
        sum.add(matched);
        return sum.value();
    }

private:
    bool match(const event::Event& event) {
        if (!pattern_.matches_envelope(event, context_, arena_, state_)) return false;
        if (!walker_.open(event.payload) || !walker_.walk(paths_, {}, pattern_.sink(state_))) return false;
        return pattern_.matches_payload(state_);
    }

    event::EventContext context_;
    Pattern pattern_;
    json::PathSet paths_;
    json::Walker walker_;
    MatchState state_;
    event::Arena arena_;
};

inline std::vector<Workload> all() {
    struct Row {
        const char* name;
        const char* pattern;
        std::uint64_t checksum;
    };
    static constexpr Row rows[] = {
        {"match/exact", R"({"kind":["press","oven"]})", 0xD2573694EE4079C4},
        {"match/prefix", R"({"id":[{"prefix":"pump-"}]})", 0xE2C776553591076C},
        {"match/numeric", R"({"temperature":[{"numeric":[">",80]}]})", 0xFFF14D531C928B6F},
        {"match/anything_but", R"({"kind":[{"anything-but":["press","pump"]}]})", 0xAA9B78A5EED3E5D6},
        {"match/3_fields", R"({"kind":["press"],"temperature":[{"numeric":[">",80]}],"site":{"plant":["hz-1"]}})",
         0xD3126EB72545A3E6},
    };
    auto telemetry = std::make_shared<Telemetry>(1'000);
    std::vector<Workload> workloads;
    for (const Row& row : rows) {
        auto matches = std::make_shared<Matches>(row.pattern);
        workloads.push_back(
            {row.name, row.checksum, 1'000, telemetry->bytes(), [=] { return matches->run(*telemetry); }});
    }
    return workloads;
}

}  // namespace outflow::pattern::workload
