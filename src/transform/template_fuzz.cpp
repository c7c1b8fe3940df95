// A template, its variables and the payload that they are read from, out of one input: three texts with NUL between. A
// JSON template gives JSON, whatever the payload holds.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/limits.h"
#include "json/document.h"
#include "transform/program.h"

using namespace outflow;

namespace {

std::string_view take_part(std::string_view& rest) {
    std::size_t end = std::min(rest.find('\0'), rest.size());
    std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

bool is_json_template(const transform::Field& field) {
    std::vector<transform::Diagnostic> diagnostics;
    std::vector<transform::Diagnostic> warnings;
    auto variables = transform::parse_variables(field.value, diagnostics);
    auto made = transform::Template::parse(field.template_text, variables, diagnostics, warnings);
    return made && made->is_json();
}

void check_records(const std::vector<transform::Record>& records, const transform::Field& field) {
    if (records.empty()) return;
    if (records[0].body.empty()) std::abort();
    if (!is_json_template(field)) return;
    auto document = json::parse_document(records[0].body);
    if (!document && document.error().code != ErrorCode::json_too_deep) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(bytes), size);
    transform::Field field;
    field.form = transform::Form::template_text;
    field.template_text = take_part(rest);
    field.value = take_part(rest);
    std::string payload(rest);
    payload.append(limits::chunk_padding, '\0');

    static transform::Scratch scratch;
    event::Event event;
    event.topic = "factory/\"line1\"\xff";
    event.payload = std::string_view(payload).substr(0, rest.size());
    for (event::DataFormat format : {event::DataFormat::json, event::DataFormat::text}) {
        transform::ProgramDefinition source;
        source.topic = transform::Field::constant("t");
        source.body = field;
        source.keys = field;
        source.context.format = format;
        std::vector<transform::Diagnostic> diagnostics;
        auto program = transform::Program::compile(std::move(source), diagnostics);
        if ((program == nullptr) == diagnostics.empty()) std::abort();
        if (program == nullptr) continue;
        event::Arena arena;
        std::vector<transform::Record> records;
        transform::Outcome outcome = program->run(event, arena, scratch, records);
        if ((outcome.verdict == transform::Verdict::undeliverable) == outcome.reason.empty()) std::abort();
        check_records(records, field);
    }
    return 0;
}
