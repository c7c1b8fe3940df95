#include "cli/preview_text.h"

#include <algorithm>

#include "cli/message_text.h"
#include "cli/pattern_text.h"
#include "cli/rocketmq_options.h"
#include "json/value.h"
#include "platform/log.h"

namespace outflow::cli {

namespace {

void append_record_text(std::string& out, const app::PreviewedRecord& record) {
    out += "record: topic=";
    platform::LogValue(record.topic).append_to(out);
    append_record_line(out, record.properties);
    append_property_line(out, record.properties);
    append_body_line(out, record.body);
    if (record.is_compressed) out += "  stored compressed\n";
}

}  // namespace

std::string render_preview_text(const app::TaskPreview& preview, const task::TaskDefinition& task) {
    std::string out = "event:\n";
    append_indented_json(out, preview.event, "  ");
    const bool is_filtered = preview.verdict == app::TaskPreview::Verdict::filtered;
    const bool was_judged = is_filtered || !preview.records.empty() || !preview.decisions.empty();
    const bool is_match = !is_filtered || preview.has_passed_filter;
    if (was_judged) out += is_match ? "filter: match\n" : "filter: no match\n";
    append_decisions_text(out, preview.decisions);
    const bool is_undeliverable = preview.verdict == app::TaskPreview::Verdict::undeliverable;
    if (!preview.reason.empty() && !is_undeliverable) out += "  " + preview.reason + "\n";
    if (is_filtered) out += "It is acknowledged and counted, nothing is sent.\n";
    for (const app::PreviewedRecord& record : preview.records) append_record_text(out, record);
    if (!is_undeliverable) return out;
    out += "undeliverable: ";
    append_visible(out, to_sentence(preview.reason));
    const auto& letters = task.property.dead_letter;
    out += letters ? "\nIt goes to the dead letters in " : "\nThe task has no dead letters: it stops at this event";
    if (letters) append_visible(out, task::place_of(*letters));
    return out + ".\n";
}

void append_indented_json(std::string& out, std::string_view json, std::string_view margin) {
    std::string text;
    std::size_t depth = 0;
    const auto break_line = [&] {
        text += '\n';
        text += margin;
        text.append(depth * 2, ' ');
    };
    text += margin;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (c == '"') {
            const std::size_t start = at;
            for (++at; at < json.size() && json[at] != '"'; ++at) at += json[at] == '\\' ? 1 : 0;
            append_visible(text, json.substr(start, at - start + 1));
            continue;
        }
        const bool opens = c == '{' || c == '[';
        const bool closes = c == '}' || c == ']';
        const bool is_empty = opens && at + 1 < json.size() && (json[at + 1] == '}' || json[at + 1] == ']');
        if (closes) {
            depth -= std::min<std::size_t>(depth, 1);
            break_line();
        }
        text += c;
        if (is_empty) text += json[++at];
        else if (opens) ++depth;
        if ((opens && !is_empty) || c == ',') break_line();
        if (c == ':') text += ' ';
    }
    out += text + '\n';
}

}  // namespace outflow::cli
