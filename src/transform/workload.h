// Workloads of a Program: batches of 1,000 telemetry messages of 256 bytes.
#pragma once

#include <memory>
#include <vector>

#include "base/workload.h"
#include "transform/program.h"

namespace outflow::transform::workload {

class Batches {
public:
    explicit Batches(ProgramDefinition source) {
        std::vector<Diagnostic> diagnostics;
        program_ = Program::compile(std::move(source), diagnostics);
    }

    std::uint64_t run(const Telemetry& telemetry) {
        Checksum sum;
        event::Event event;
        event.topic = "factory/line3/press07";
        records_.clear();
        arena_.reset();
        for (std::size_t i = 0; i < telemetry.messages(); ++i) {
            event.payload = telemetry.message(i);
            program_->run(event, arena_, scratch_, records_);
        }
        for (const Record& record : records_) {
            sum.add(record.keys);
            sum.add(record.tags);
            sum.add(record.body);
        }
        return sum.value();
    }

private:
    std::unique_ptr<Program> program_;
    event::Arena arena_;
    Scratch scratch_;
    std::vector<Record> records_;
};

inline ProgramDefinition pass_through() {
    ProgramDefinition source;
    source.topic = Field::constant("telemetry");
    return source;
}

// Half of the telemetry passes.
inline ProgramDefinition filter_key_tag() {
    ProgramDefinition source = pass_through();
    source.filter = json::parse_document(R"({"data":{"body":{"temperature":[{"numeric":[">",80]}]}}})")->root;
    source.keys = Field::jsonpath("$.data.body.id");
    source.tags = Field::jsonpath("$.data.body.kind");
    return source;
}

// The same half by a JSONPath.
inline ProgramDefinition filter_path_key_tag() {
    ProgramDefinition source = filter_key_tag();
    source.filter = json::Node::object();
    source.filter_path = "$.data[?@.temperature > 80]";
    return source;
}

// JSON out of seven variables, computed keys, and an object as properties.
inline ProgramDefinition templates() {
    ProgramDefinition source = pass_through();
    source.body = Field::of_template(
        R"({"machine":"${id}","t":${t},"at":"${topic} ${time}","site":${site},"note":"${none:-none}","ok":${ok}})",
        R"({"id":"$.data.body.id","t":"$.data.body.temperature","topic":"$.data.topic","time":"$.data.body.time",)"
        R"("site":"$.data.body.site","none":"$.data.body.none","ok":"$.data.body.ok"})");
    source.keys = Field::of_template("${kind}-${seq}", R"({"kind":"$.data.body.kind","seq":"$.data.body.seq"})");
    source.properties = Field::jsonpath("$.data.body.site");
    return source;
}

inline ProgramDefinition original() {
    ProgramDefinition source = pass_through();
    source.body = Field::original();
    return source;
}

inline std::vector<Workload> all() {
    auto telemetry = std::make_shared<Telemetry>(1'000);
    auto plain = std::make_shared<Batches>(pass_through());
    auto filtered = std::make_shared<Batches>(filter_key_tag());
    auto by_path = std::make_shared<Batches>(filter_path_key_tag());
    auto composed = std::make_shared<Batches>(templates());
    auto whole = std::make_shared<Batches>(original());
    return {
        {"program/pass_through_1000", 0x311EC286B7CF18AC, 1'000, telemetry->bytes(),
         [=] { return plain->run(*telemetry); }},
        {"program/filter_key_tag_1000", 0x84FB7778C3AE08DB, 1'000, telemetry->bytes(),
         [=] { return filtered->run(*telemetry); }},
        {"program/filter_path_1000", 0x84FB7778C3AE08DB, 1'000, telemetry->bytes(),
         [=] { return by_path->run(*telemetry); }},
        {"program/template_1000", 0x2B4CBADF619852B8, 1'000, telemetry->bytes(),
         [=] { return composed->run(*telemetry); }},
        {"program/original_1000", 0xCDD2094B93011F3A, 1'000, telemetry->bytes(),
         [=] { return whole->run(*telemetry); }},
    };
}

}  // namespace outflow::transform::workload
