#include "task/report.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/sentence.h"
#include "task/load.h"

namespace outflow::task {
namespace {

// Escapes what would move the cursor or forge a line. Bytes above 0x7f pass: they were checked as UTF-8.
void append_clean(std::string& out, std::string_view text) {
    unsigned char before = 0;
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool second_controls = before == 0xC2 && byte <= 0x9F;  // U+0080 to U+009F
        if (second_controls) out.pop_back();
        if (byte < 0x20 || byte == 0x7F || second_controls) out += fmt::format("\\x{:02x}", byte);
        else out += c;
        before = byte;
    }
}

std::string count_of(std::size_t count, std::string_view one, std::string_view several) {
    return fmt::format("{} {}", count, count == 1 ? one : several);
}

}  // namespace

void Report::add(Severity severity, Position place, std::string path, std::string sentence, std::string hint) {
    // Errors make room for themselves: a file is never good because of too many warnings.
    if (entries_.size() >= file_limits::diagnostics_max) {
        ++dropped_;
        if (severity == Severity::warning) return;
        const auto spare = std::find_if(entries_.begin(), entries_.end(), [](const Entry& entry) {
            return entry.diagnostic.severity == Severity::warning;
        });
        if (spare == entries_.end()) return;
        entries_.erase(spare);
    }
    if (sentence.ends_with('.')) sentence.pop_back();  // the place stands before it, the hint behind
    Diagnostic diagnostic;
    diagnostic.severity = severity;
    diagnostic.file = file_;
    diagnostic.line = place.line;
    diagnostic.column = place.column;
    diagnostic.path = std::move(path);
    diagnostic.sentence = std::move(sentence);
    diagnostic.hint = std::move(hint);
    entries_.push_back({number_, std::move(diagnostic)});
}

std::vector<Diagnostic> Report::take() {
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.number, a.diagnostic.line, a.diagnostic.column) <
               std::tie(b.number, b.diagnostic.line, b.diagnostic.column);
    });
    std::vector<Diagnostic> diagnostics;
    for (Entry& entry : entries_) diagnostics.push_back(std::move(entry.diagnostic));
    if (dropped_ > 0) {
        Diagnostic rest;
        rest.severity = count_errors(diagnostics) > 0 ? Severity::error : Severity::warning;
        rest.file = diagnostics.back().file;
        rest.sentence = fmt::format("{} not shown", count_of(dropped_, "more error is", "more errors are"));
        diagnostics.push_back(std::move(rest));
    }
    entries_.clear();
    dropped_ = 0;
    return diagnostics;
}

std::string render_diagnostic(const Diagnostic& diagnostic) {
    std::string out;
    append_clean(out, diagnostic.file);
    if (diagnostic.line != 0) out += fmt::format(":{}:{}", diagnostic.line, diagnostic.column);
    out += diagnostic.severity == Severity::error ? ": error: " : ": warning: ";
    if (!diagnostic.path.empty()) {
        append_clean(out, diagnostic.path);
        out += ": ";
    }
    append_clean(out, with_hint(diagnostic.sentence, diagnostic.hint));
    return out;
}

std::string render_summary(std::span<const Diagnostic> diagnostics, std::size_t files) {
    const std::size_t errors = count_errors(diagnostics);
    const std::size_t warnings = diagnostics.size() - errors;
    std::string out;
    if (errors > 0) out = count_of(errors, "error", "errors");
    if (warnings > 0) out += (out.empty() ? "" : ", ") + count_of(warnings, "warning", "warnings");
    if (out.empty()) out = "no problems";
    return out + " in " + count_of(files, "file", "files");
}

std::size_t count_errors(std::span<const Diagnostic> diagnostics) {
    return static_cast<std::size_t>(
        std::count_if(diagnostics.begin(), diagnostics.end(),
                      [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; }));
}

}  // namespace outflow::task
