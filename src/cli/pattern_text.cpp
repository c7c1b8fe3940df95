#include "cli/pattern_text.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/format.h"
#include "cli/message_text.h"
#include "json/value.h"
#include "task/fault.h"

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

void append_fault_text(std::string& out, std::string_view name, task::Severity severity, const pattern::Fault& fault) {
    task::Fault shown;
    shown.severity = severity;
    shown.file = name;
    shown.line = fault.line;
    shown.column = fault.column;
    shown.path = fault.pointer;
    shown.sentence = fault.message;
    shown.hint = fault.hint;
    out += task::render_fault(shown) + '\n';
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

std::string render_pattern_faults(const GivenPattern& pattern, std::string_view name) {
    std::string out;
    for (const pattern::Fault& fault : pattern.faults()) append_fault_text(out, name, task::Severity::error, fault);
    for (const pattern::Fault& each : pattern.advice()) {
        append_fault_text(out, name, task::Severity::advice, each);
    }
    return out;
}

void append_faults_json(std::string& out, const std::vector<pattern::Fault>& faults) {
    out += '[';
    for (const pattern::Fault& fault : faults) {
        out += out.back() == '[' ? "{" : ",{";
        append_named(out, "pointer", fault.pointer);
        append_named(out, "message", fault.message);
        if (!fault.hint.empty()) append_named(out, "hint", fault.hint);
        if (fault.line != 0) {
            append_format(out, ",\"line\":{},\"column\":{}", fault.line, fault.column);
        }
        out += '}';
    }
    out += ']';
}

}  // namespace outflow::cli
