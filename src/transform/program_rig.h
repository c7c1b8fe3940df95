// What the tests of a Program share: a message with properties and a JSON payload, and a task's fields to be changed.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "transform/program.h"

namespace outflow::transform {

class ProgramRig : public testing::Test {
protected:
    ProgramRig() {
        source.topic = Field::constant("telemetry");
        message.topic = "factory/press7";
        message.payload = R"({"t":81.50,"s":"a\"b","k":["x","",null,7,{"o":1},"y\u00e9"],"o":{"n":1e3,"s":"\u0041",)"
                          R"("z":null,"l":[1, 2],"n":2,"b":true},)"
                          R"("null":null,"empty":"","f":false,"big":12345678901234567890})";
        message.properties = &properties;
    }

    // A line for each: "field/pointer: message hint".
    static std::string reported(const std::vector<Diagnostic>& list) {
        std::string text;
        for (const Diagnostic& diagnostic : list) {
            text += diagnostic.field + diagnostic.pointer + ": " + diagnostic.message;
            text += (diagnostic.hint.empty() ? "" : " " + diagnostic.hint) + "\n";
        }
        return text;
    }

    // Compiles and runs; "topic|keys|tags|sharding key|name=value,...|body", or the verdict.
    std::string run() {
        std::vector<Diagnostic> diagnostics;
        std::vector<Diagnostic> hints;
        compiled = Program::compile(source, diagnostics, &hints);
        warnings = reported(hints);
        if (!compiled) return reported(diagnostics);
        pad_payload();
        arena.reset();
        std::vector<Record> records;
        Outcome outcome = compiled->run(message, arena, scratch, records);
        if (outcome.verdict == Verdict::filtered) return "filtered";
        if (outcome.verdict == Verdict::undeliverable) return "undeliverable: " + std::string(outcome.reason);
        EXPECT_EQ(records.size(), 1U);
        const Record& record = records[0];
        body = record.body;
        std::string shown;
        for (std::string_view part : {record.destination, record.keys, record.tags, record.order_key}) {
            shown += std::string(part) + "|";
        }
        for (const event::Property& property : record.properties) {
            shown += std::string(property.name) + "=" + std::string(property.value) + ",";
        }
        return shown + "|" + std::string(record.body);
    }

    // Puts limits::chunk_padding readable bytes behind the payload, as a source does.
    void pad_payload() {
        if (message.payload.data() == padded.data()) return;
        std::string copy(message.payload);
        padded = copy + std::string(limits::chunk_padding, ' ');
        message.payload = std::string_view(padded).substr(0, copy.size());
    }

    // Topic to sharding key, with their names.
    std::vector<std::pair<std::string_view, Field*>> fields() {
        return {{"topic", &source.topic}, {"body", &source.body}, {"properties", &source.properties},
                {"keys", &source.keys},   {"tags", &source.tags}, {"sharding_key", &source.sharding_key}};
    }

    void filter(std::string_view text) { source.filter = json::parse_document(text)->root; }

    ProgramDefinition source;
    std::unique_ptr<Program> compiled;
    event::Arena arena;
    Scratch scratch;
    const event::Property user[4] = {{"plant", "hz-1"}, {"KEYS", "k1 k2"}, {"TAGS", "t"}, {"plant", "hz-2"}};
    event::MessageProperties properties{{}, {}, {}, {}, {}, user, {}};
    event::Event message;
    std::string padded;
    std::string_view body;
    std::string warnings;
};

}  // namespace outflow::transform
