// A payload through programs that read all over it; each field's text must stay within what the payload could give.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/limits.h"
#include "transform/program.h"

using namespace outflow;

namespace {

std::unique_ptr<transform::Program> make_program(const char* filter_path) {
    transform::ProgramDefinition source;
    source.filter = json::parse_document(R"({"data":{"body":{"a":[{"anything-but":"no"},{"exists":false}]}}})")->root;
    source.filter_path = filter_path;
    source.topic = transform::Field::from_text("$.data.body.t");
    source.body = transform::Field::from_text("$.data.body.b");
    source.properties = transform::Field::from_text("$.data.body.p");
    source.keys = transform::Field::of_paths({{"$.data.body.k", {}, false}, {"$.data.body.j", "$.k[*]", false}});
    source.tags = transform::Field::from_text("$.data.body.k[-1]");
    source.sharding_key = transform::Field::from_text("$.data.body");
    std::vector<transform::Diagnostic> diagnostics;
    return transform::Program::compile(std::move(source), diagnostics);
}

// The record's topic and body; empty: there is none.
std::string run(const transform::Program& program, std::string_view payload) {
    static transform::Scratch scratch;
    event::Event event;
    event.payload = payload;
    event::Arena arena;
    std::vector<transform::Record> records;
    transform::Outcome outcome = program.run(event, arena, scratch, records);
    if (records.size() != (outcome.verdict == transform::Verdict::records ? 1U : 0U)) std::abort();
    if ((outcome.verdict == transform::Verdict::undeliverable) == outcome.reason.empty()) std::abort();
    const std::size_t size = payload.size();
    for (const transform::Record& record : records) {
        if (record.body.empty() || record.destination.empty()) std::abort();
        std::size_t total = 0;
        for (const event::Property& property : record.properties) total += property.name.size() + property.value.size();
        if (total > size || record.keys.size() > size || record.body.size() > size) std::abort();
        return std::string(record.destination) + "\n" + std::string(record.body);
    }
    return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const std::unique_ptr<transform::Program> program = make_program("");
    static const std::unique_ptr<transform::Program> with_paths[] = {
        make_program("$.data[?@.a != @.b || match(@.t, '[a-z]+')].k[?length(@) > 0]"),
        make_program("$.data.body.k[-1]"), make_program("$.data.body[?@.k == $.data.body.k]..k")};
    std::string payload(reinterpret_cast<const char*>(bytes), size);
    payload.append(limits::chunk_padding, '\0');
    const std::string_view text = std::string_view(payload).substr(0, size);
    const std::string record = run(*program, text);
    for (const auto& each : with_paths) {
        const std::string passed = run(*each, text);  // a path filters, and changes nothing
        if (!passed.empty() && passed != record) std::abort();
    }
    return 0;
}
