// What the open-source EventBridge makes of forms: rows of a public suite (docs/conformance.md). The event of a row is
// our payload, so that its paths start at `$.data.body`.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>

#include "json/conformance_rig.h"
#include "transform/program.h"

namespace outflow::transform {
namespace {

using json::Node;

std::string moved(const std::string& path) {
    bool is_path = path == "$" || path.starts_with("$.") || path.starts_with("$[");
    return is_path ? "$.data.body" + path.substr(1) : path;
}

std::string moved_variables(const std::string& text) {
    auto document = json::parse_document(text);
    if (!document) return text;
    for (auto& [name, value] : document->root.members) {
        if (value.is(json::Kind::string)) value.text = moved(value.text);
    }
    std::string out;
    json::append_json(out, document->root);
    return out;
}

struct Answer {
    enum class Kind { text, nothing, refused, unfit } kind = Kind::text;
    std::string text;
};

Answer answer(const Node& row) {
    std::optional<Form> form = form_of(row.find("form")->text);
    if (!form) return {Answer::Kind::refused, ""};
    Field field = Field::of_form(*form, row.find("value")->text, row.find("template")->text);
    for (ValuePath& path : field.paths) path.path = moved(path.path);
    if (field.form == Form::template_text) field.value = moved_variables(field.value);
    ProgramDefinition source;
    source.topic = Field::constant("t");
    source.body = field;
    std::vector<Diagnostic> diagnostics;
    auto program = Program::compile(std::move(source), diagnostics);
    // A body may not be empty; that the value is empty is what the row asks about.
    bool is_empty = !program && diagnostics.size() == 1 && diagnostics[0].message == "RocketMQ takes no empty body.";
    if (!program) return {is_empty ? Answer::Kind::text : Answer::Kind::refused, ""};
    std::string payload = row.find("event")->text;
    std::size_t size = payload.size();
    payload.append(limits::chunk_padding, ' ');
    event::Event event;
    event.payload = std::string_view(payload).substr(0, size);
    event::Arena arena;
    Scratch scratch;
    std::vector<Record> records;
    Outcome outcome = program->run(event, arena, scratch, records);
    if (outcome.verdict == Verdict::records) {
        std::string body(records[0].body);
        if (field.form != Form::original) return {Answer::Kind::text, body};
        auto whole = json::parse_document(body);  // ours, with the row's as the message
        std::string message;
        if (whole) json::append_json(message, *whole->root.find("data")->find("body"));
        return {Answer::Kind::text, message};
    }
    if (outcome.reason.starts_with("The body is missing")) return {Answer::Kind::nothing, ""};
    return {outcome.reason.starts_with("The body is empty") ? Answer::Kind::text : Answer::Kind::unfit, ""};
}

// A form that its console refuses, or that throws there, is agreed with by refusing it.
bool agrees(const Node& row, const Answer& given) {
    bool is_refused = row.find("throws") != nullptr || row.find("validator_accepts")->text == "false";
    if (is_refused) return given.kind == Answer::Kind::refused;
    const Node* output = row.find("output");
    if (output->is(json::Kind::null)) return given.kind == Answer::Kind::nothing;
    return given.kind == Answer::Kind::text && given.text == output->text;
}

// docs/transform.md says why.
const std::set<std::string> deviating = {
    "tr-009", "tr-010", "tr-079", "tr-082",            // a variable that nothing is known of, or that is missing
    "tr-014", "tr-016",                                // members that are null stay
    "tr-022", "tr-023", "tr-025", "tr-026",            // numbers keep their spelling
    "tr-031", "tr-032", "tr-033", "tr-037", "tr-038",  // paths to several places are paths, not their own text
    "tr-039", "tr-057", "tr-083", "tr-084", "tr-062", "tr-074",  // what is no path is refused
    "tr-078",                                                    // quotes are escaped inside of JSON strings
    "tr-087",                                                    // an object is embedded where it stands
    "tr-091", "tr-092", "tr-093",                                // forms that the product does not have
};

TEST(cases, the_open_source_forms_and_ours_agree) {
    const json::ConformanceFile file(json::cases_folder(OUTFLOW_SOURCE_DIR), "rocketmq_eventbridge_transforms.jsonl");
    if (file.is_missing()) GTEST_SKIP() << file.reason();
    const std::set<std::string> found =
        file.run(96, [](const Node& row) { return agrees(row, answer(row)) ? std::string() : row.find("id")->text; });
    std::string names;
    for (const std::string& id : found) names += " " + id;
    std::printf("  deviating:%s\n", names.c_str());
    EXPECT_EQ(found, deviating);
}

}  // namespace
}  // namespace outflow::transform
