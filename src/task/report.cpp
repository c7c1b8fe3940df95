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

void Report::add(Severity severity, Place place, std::string path, std::string sentence, std::string hint) {
    // Errors make room for themselves: a file is never good because of too much advice.
    if (entries_.size() >= file_limits::faults_max) {
        ++dropped_;
        if (severity == Severity::advice) return;
        const auto spare = std::find_if(entries_.begin(), entries_.end(), [](const Entry& entry) {
            return entry.fault.severity == Severity::advice;
        });
        if (spare == entries_.end()) return;
        entries_.erase(spare);
    }
    if (sentence.ends_with('.')) sentence.pop_back();  // the place stands before it, the hint behind
    Fault fault;
    fault.severity = severity;
    fault.file = file_;
    fault.line = place.line;
    fault.column = place.column;
    fault.path = std::move(path);
    fault.sentence = std::move(sentence);
    fault.hint = std::move(hint);
    entries_.push_back({number_, std::move(fault)});
}

std::vector<Fault> Report::take() {
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.number, a.fault.line, a.fault.column) < std::tie(b.number, b.fault.line, b.fault.column);
    });
    std::vector<Fault> faults;
    for (Entry& entry : entries_) faults.push_back(std::move(entry.fault));
    if (dropped_ > 0) {
        Fault rest;
        rest.severity = count_errors(faults) > 0 ? Severity::error : Severity::advice;
        rest.file = faults.back().file;
        rest.sentence = fmt::format("{} not shown", count_of(dropped_, "more fault is", "more faults are"));
        faults.push_back(std::move(rest));
    }
    entries_.clear();
    dropped_ = 0;
    return faults;
}

std::string render_fault(const Fault& fault) {
    std::string out;
    append_clean(out, fault.file);
    if (fault.line != 0) out += fmt::format(":{}:{}", fault.line, fault.column);
    out += fault.severity == Severity::error ? ": error: " : ": advice: ";
    if (!fault.path.empty()) {
        append_clean(out, fault.path);
        out += ": ";
    }
    append_clean(out, with_hint(fault.sentence, fault.hint));
    return out;
}

std::string render_summary(std::span<const Fault> faults, std::size_t files) {
    const std::size_t errors = count_errors(faults);
    const std::size_t advice = faults.size() - errors;
    std::string out;
    if (errors > 0) out = count_of(errors, "error", "errors");
    if (advice > 0) out += (out.empty() ? "" : ", ") + count_of(advice, "piece of advice", "pieces of advice");
    if (out.empty()) out = "no faults";
    return out + " in " + count_of(files, "file", "files");
}

std::size_t count_errors(std::span<const Fault> faults) {
    return static_cast<std::size_t>(std::count_if(faults.begin(), faults.end(), [](const Fault& fault) {
        return fault.severity == Severity::error;
    }));
}

}  // namespace outflow::task
