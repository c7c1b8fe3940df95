// A payload through programs that read all over it; each field's text must stay within what the payload could give.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/limits.h"
#include "transform/program.h"

using namespace outflow;

namespace {

std::unique_ptr<transform::Program> make_program() {
    transform::ProgramSource source;
    source.filter = json::parse_document(R"({"data":{"body":{"a":[{"anything-but":"no"},{"exists":false}]}}})")->root;
    source.topic = transform::Field::from_text("$.data.body.t");
    source.body = transform::Field::from_text("$.data.body.b");
    source.properties = transform::Field::from_text("$.data.body.p");
    source.keys = transform::Field::of_paths({{"$.data.body.k", {}, false}, {"$.data.body.j", "$.k[*]", false}});
    source.tags = transform::Field::from_text("$.data.body.k[-1]");
    source.sharding_key = transform::Field::from_text("$.data.body");
    std::vector<transform::Fault> faults;
    return transform::Program::compile(std::move(source), faults);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const std::unique_ptr<transform::Program> program = make_program();
    static transform::Scratch scratch;
    std::string payload(reinterpret_cast<const char*>(bytes), size);
    payload.append(limits::chunk_padding, '\0');
    event::Event event;
    event.payload = std::string_view(payload).substr(0, size);
    event::Arena arena;
    std::vector<transform::Record> records;
    transform::Outcome outcome = program->run(event, arena, scratch, records);
    if (records.size() != (outcome.verdict == transform::Verdict::records ? 1U : 0U)) std::abort();
    if ((outcome.verdict == transform::Verdict::unfit) == outcome.reason.empty()) std::abort();
    for (const transform::Record& record : records) {
        if (record.body.empty() || record.topic.empty()) std::abort();
        std::size_t total = 0;
        for (const event::Property& property : record.properties) total += property.name.size() + property.value.size();
        if (total > size || record.keys.size() > size || record.body.size() > size) std::abort();
    }
    return 0;
}
