#include "cli/pattern_text.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/format.h"
#include "cli/message_text.h"
#include "json/value.h"
#include "task/diagnostic.h"

namespace outflow::cli {

namespace {

void append_named(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() == '{') {
        json::append_json_string(out, name);
        out += ':';
        json::append_json_string(out, value);
    } else {
        append_json_member(out, name, value);
    }
}

void append_diagnostic_text(std::string& out, std::string_view name, task::Severity severity,
                            const pattern::Diagnostic& diagnostic) {
    task::Diagnostic shown;
    shown.severity = severity;
    shown.file = name;
    shown.line = diagnostic.line;
    shown.column = diagnostic.column;
    shown.path = diagnostic.pointer;
    shown.sentence = diagnostic.message;
    shown.hint = diagnostic.hint;
    out += task::render_diagnostic(shown) + '\n';
}

}  // namespace

std::string_view outcome_name(bool matches) { return matches ? "match" : "nomatch"; }

void append_decisions_text(std::string& out, const std::vector<pattern::Decision>& decisions) {
    for (const pattern::Decision& decision : decisions) {
        std::string line = decision.holds ? "  yes " : "  no  ";
        line += decision.path;
        if (!decision.value.empty()) line += " = " + decision.value;
        line += ": " + decision.condition;
        append_visible(out, line);
        out += '\n';
        if (decision.holds && !decision.is_surprising) continue;
        out += "      ";
        append_visible(out, decision.reason);
        out += '\n';
    }
}

void append_decisions_json(std::string& out, const std::vector<pattern::Decision>& decisions) {
    out += '[';
    for (const pattern::Decision& decision : decisions) {
        out += out.back() == '[' ? "{" : ",{";
        append_named(out, "pointer", decision.pointer);
        append_named(out, "path", decision.path);
        out += decision.holds ? ",\"holds\":true" : ",\"holds\":false";
        out += ",\"condition\":" + decision.condition;
        if (!decision.value.empty()) out += ",\"value\":" + decision.value;
        append_named(out, "reason", decision.reason);
        out += '}';
    }
    out += ']';
}

std::string render_pattern_diagnostics(const GivenPattern& pattern, std::string_view name) {
    std::string out;
    for (const pattern::Diagnostic& diagnostic : pattern.diagnostics())
        append_diagnostic_text(out, name, task::Severity::error, diagnostic);
    for (const pattern::Diagnostic& each : pattern.warnings()) {
        append_diagnostic_text(out, name, task::Severity::warning, each);
    }
    return out;
}

void append_diagnostics_json(std::string& out, const std::vector<pattern::Diagnostic>& diagnostics) {
    out += '[';
    for (const pattern::Diagnostic& diagnostic : diagnostics) {
        out += out.back() == '[' ? "{" : ",{";
        append_named(out, "pointer", diagnostic.pointer);
        append_named(out, "message", diagnostic.message);
        if (!diagnostic.hint.empty()) append_named(out, "hint", diagnostic.hint);
        if (diagnostic.line != 0) {
            append_format(out, ",\"line\":{},\"column\":{}", diagnostic.line, diagnostic.column);
        }
        out += '}';
    }
    out += ']';
}

}  // namespace outflow::cli
