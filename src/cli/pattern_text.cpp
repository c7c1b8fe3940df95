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

std::string render_pattern_diagnostics(const app::GivenPattern& pattern, std::string_view name) {
    std::string out;
    for (const pattern::Diagnostic& diagnostic : pattern.diagnostics())
        append_diagnostic_text(out, name, task::Severity::error, diagnostic);
    for (const pattern::Diagnostic& each : pattern.warnings()) {
        append_diagnostic_text(out, name, task::Severity::warning, each);
    }
    return out;
}

}  // namespace outflow::cli
