#include "cli/pattern_text.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/format.h"
#include "cli/message_text.h"
#include "json/value.h"
#include "task/fault.h"

namespace outflow::cli {

namespace {

constexpr std::string_view names_below_data[] = {"topic", "body", "props", "userProperties", "systemProperties"};

void append_named(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() == '{') {
        json::append_json_string(out, name);
        out += ':';
        json::append_json_string(out, value);
    } else {
        append_json_member(out, name, value);
    }
}

// Of what has a fault of its own, nothing else is said.
bool has_fault(const std::vector<pattern::Fault>& faults, const std::string& pointer) {
    return std::any_of(faults.begin(), faults.end(), [&pointer](const pattern::Fault& fault) {
        return fault.pointer == pointer || fault.pointer.starts_with(pointer + "/");
    });
}

void advise_about_data(const json::Node& data, const std::vector<pattern::Fault>& faults,
                       std::vector<pattern::Fault>& advice) {
    for (const json::Member& member : data.members) {
        const std::string_view first = std::string_view(member.name).substr(0, member.name.find('.'));
        if (first == "$or" || std::count(std::begin(names_below_data), std::end(names_below_data), first) > 0) continue;
        pattern::Fault fault;
        fault.pointer = "/data";
        json::append_pointer(fault.pointer, member.name);
        if (has_fault(faults, fault.pointer)) continue;
        fault.message = "No event of a task has this.";
        fault.hint = "What the message says is below data.body.";
        fault.line = member.value.line;
        fault.column = member.value.column;
        advice.push_back(std::move(fault));
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
    if (shown.sentence.ends_with('.')) shown.sentence.pop_back();  // the place stands before it, the hint behind
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
    for (const pattern::Fault& each : pattern_advice(pattern)) {
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

std::vector<pattern::Fault> pattern_advice(const GivenPattern& pattern) {
    std::vector<pattern::Fault> advice;
    for (const std::string& pointer : pattern.repeated()) {
        pattern::Fault fault;
        fault.pointer = pointer;
        fault.message = "This is given twice in one object, the last one counts.";
        fault.hint = "Keep one of them.";
        advice.push_back(std::move(fault));
    }
    if (!pattern.tree().is(json::Kind::object)) return advice;
    const json::Node* data = pattern.tree().find("data");
    if (data != nullptr && data->is(json::Kind::object)) advise_about_data(*data, pattern.faults(), advice);
    return advice;
}

}  // namespace outflow::cli
