#include "cli/junit.h"

#include <algorithm>

#include "base/format.h"
#include "json/value.h"

namespace outflow::cli {

namespace {

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
    append_format(out, " {}=\"", name);
    append_xml(out, value);
    out += '"';
}

void append_counts(std::string& out, const std::vector<TestResult>& results) {
    append_format(out, " tests=\"{}\" failures=\"{}\" errors=\"0\"", results.size(),
                  std::count_if(results.begin(), results.end(), [](const auto& each) { return !each.is_passed(); }));
}

void append_case(std::string& out, const TestResult& result) {
    out += "    <testcase";
    append_attribute(out, "classname", result.test->task->name);
    append_attribute(out, "name", result.test->name);
    append_attribute(out, "file", result.file->path);
    append_format(out, " line=\"{}\"", result.test->line);
    if (result.is_passed()) {
        out += "/>\n";
        return;
    }
    out += ">\n      <failure";
    append_attribute(out, "message", result.differences.front());
    out += '>';
    for (const std::string& difference : result.differences) {
        append_xml(out, difference);
        out += '\n';
    }
    out += "</failure>\n    </testcase>\n";
}

}  // namespace

void append_xml(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::string_view before = text;
        const std::uint32_t character = json::take_character(text);
        const bool is_control = character < 0x20 && character != '\t' && character != '\n' && character != '\r';
        if (character == '&') out += "&amp;";
        else if (character == '<') out += "&lt;";
        else if (character == '>') out += "&gt;";
        else if (character == '"') out += "&quot;";
        else if (is_control || character == 0xFFFE || character == 0xFFFF) out += "\xEF\xBF\xBD";
        else if (character < 0x20) append_format(out, "&#{};", character);
        else out += before.substr(0, before.size() - text.size());
    }
}

std::string render_junit(const std::vector<TestResult>& results) {
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
    append_counts(out, results);
    out += ">\n";
    for (auto at = results.begin(); at != results.end();) {
        const auto end = std::find_if(at, results.end(), [at](const auto& each) { return each.file != at->file; });
        out += "  <testsuite";
        append_attribute(out, "name", at->file->path);
        append_counts(out, {at, end});
        out += ">\n";
        std::for_each(at, end, [&out](const TestResult& each) { append_case(out, each); });
        out += "  </testsuite>\n";
        at = end;
    }
    return out + "</testsuites>\n";
}

}  // namespace outflow::cli
