// Nanoseconds an event for a filter on one body field and key and tag from the payload, 256-byte telemetry.
// Run by hand: build/test/program_bench. Prints a checksum, so that no work can be left out.
#include <cstdio>
#include <ctime>

#include "transform/program.h"

using namespace outflow;

int main() {
    transform::ProgramSource source;
    source.filter = json::parse_document(R"({"data":{"body":{"temperature":[{"numeric":[">",80]}]}}})")->root;
    source.topic = transform::Field::constant("telemetry");
    source.keys = transform::Field::from_text("$.data.body.id");
    source.tags = transform::Field::from_text("$.data.body.kind");
    std::vector<transform::Fault> faults;
    auto program = transform::Program::compile(source, faults);
    std::string payload = R"({"id":"press-000123","kind":"press","temperature":81.5,"pressure":[1.25,2.5,3.75],"site":{"plant":"hz-1",)"
                          R"("line":7,"cell":"c-12"},"ok":true,"note":"a note that makes the message as long as it should be, with )"
                          R"(words","seq":1234567,"time":"2026-11-24T00:00:00Z"})";
    event::Event event;
    event.topic = "factory/line1/press7";
    event.payload = payload;
    event::Arena arena;
    transform::Scratch scratch;
    std::vector<transform::Record> records;
    constexpr int rounds = 2'000'000;
    for (int pass = 0; pass < 5; ++pass) {
        std::size_t checksum = 0;
        std::clock_t start = std::clock();  // processor time: the machine may be busy
        for (int i = 0; i < rounds; ++i) {
            records.clear();
            program->run(event, arena, scratch, records);
            checksum += records[0].keys.size() + records[0].tags.size() + records[0].body.size();
        }
        double ns = static_cast<double>(std::clock() - start) * 1e9 / CLOCKS_PER_SEC;
        std::printf("%zu bytes: %.1f ns an event, checksum %zu\n", payload.size(), ns / rounds, checksum);
    }
}
