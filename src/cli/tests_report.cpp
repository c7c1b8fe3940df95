#include "cli/tests_report.h"

#include <algorithm>

#include "app/preview_json.h"
#include "base/format.h"
#include "cli/message_text.h"
#include "json/value.h"

namespace outflow::cli {

std::size_t count_failed(const std::vector<TestResult>& results) {
    return static_cast<std::size_t>(
        std::count_if(results.begin(), results.end(), [](const TestResult& each) { return !each.is_passed(); }));
}

std::string render_tests_text(const std::vector<TestResult>& results) {
    std::string out;
    for (const TestResult& result : results) {
        out += result.is_passed() ? "ok      " : "FAILED  ";
        append_visible(out, result.test->name);
        if (!result.is_passed()) {
            out += " (";
            append_visible(out, result.file->path);
            append_format(out, ":{})", result.test->line);
        }
        out += '\n';
        for (const std::string& difference : result.differences) {
            out += "        ";
            append_visible(out, difference);
            out += '\n';
        }
    }
    const std::size_t failed = count_failed(results);
    append_format(out, "{} passed, {} failed\n", results.size() - failed, failed);
    return out;
}

std::string render_tests_json(const std::vector<TestResult>& results) {
    const std::size_t failed = count_failed(results);
    std::string out;
    append_format(out, "{{\"passed\":{},\"failed\":{},\"tests\":[", results.size() - failed, failed);
    for (const TestResult& result : results) {
        if (out.back() != '[') out += ',';
        append_format(out, "{{\"line\":{}", result.test->line);
        app::append_json_member(out, "file", result.file->path);
        app::append_json_member(out, "name", result.test->name);
        app::append_json_member(out, "task", result.test->task->name);
        append_format(out, ",\"passed\":{},\"differences\":[", result.is_passed());
        for (const std::string& difference : result.differences) {
            if (out.back() != '[') out += ',';
            json::append_json_string(out, difference);
        }
        out += "]}";
    }
    return out + "]}\n";
}

}  // namespace outflow::cli
