#include "cli/pattern_rows.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "app/preview_json.h"
#include "cli/pattern_text.h"
#include "app/pattern_verdict.h"
#include "json/document.h"

namespace outflow::cli {

namespace {

using json::Kind;
using json::Node;

constexpr std::string_view no_event = "valid";
constexpr std::string_view no_pattern = "invalid";

struct Row {
    std::string id;  // as JSON
    std::vector<std::string> patterns;
    std::string filter_path;  // empty: none
    std::optional<std::string> event;
    std::string expected;  // match, nomatch, invalid or valid; empty: nothing is
};

tl::unexpected<Error> wrong(std::string sentence) { return failed(ErrorCode::invalid_argument, std::move(sentence)); }

// JSON as text, or JSON itself.
std::string text_of(const Node& node) {
    if (node.is(Kind::string)) return node.text;
    std::string text;
    json::append_json(text, node);
    return text;
}

// What a column's value expects; a boolean is about the event if there is one.
Result<std::string> to_outcome(const Node& value, std::string_view column, bool has_event) {
    if (value.is(Kind::boolean)) {
        const bool is_good = value.text == "true";
        if (column == "valid" || !has_event) return std::string(is_good ? no_event : no_pattern);
        return std::string(app::outcome_name(is_good));
    }
    if (value.is(Kind::string)) {
        if (value.text == "error") return std::string(no_pattern);
        for (const std::string_view known : {app::outcome_name(true), app::outcome_name(false), no_event, no_pattern}) {
            if (value.text == known) return value.text;
        }
    }
    return wrong(fmt::format("\"{}\" is true, false, match, nomatch, valid, invalid or error", column));
}

Result<std::string> read_expected(const Node& row, const std::string& column, bool has_event) {
    if (!column.empty()) {
        const Node* value = row.find(column);
        if (value == nullptr) return wrong(fmt::format("there is no \"{}\"", column));
        return to_outcome(*value, column, has_event);
    }
    for (const std::string_view known : {"expected", "outcome", "valid"}) {
        const Node* value = row.find(known);
        if (value != nullptr) return to_outcome(*value, known, has_event);
    }
    return std::string();
}

Result<Row> read_row(std::string_view line, const RowsOptions& options, std::uint64_t number) {
    TRY(const json::Document document, json::parse_document(line));
    const Node& object = document.root;
    if (!object.is(Kind::object)) return wrong("a row is a JSON object");
    Row row;
    const Node* id = object.find("id");
    if (id != nullptr) json::append_json(row.id, *id);
    else row.id = std::to_string(number);
    const Node* pattern = object.find("pattern");
    const Node* patterns = object.find("patterns");
    if (pattern != nullptr) row.patterns.push_back(text_of(*pattern));
    if (patterns != nullptr) {
        if (!patterns->is(Kind::array)) return wrong("\"patterns\" is an array");
        for (const Node& each : patterns->items) row.patterns.push_back(text_of(each));
    }
    const Node* path = object.find("filter_path");
    if (path != nullptr) row.filter_path = text_of(*path);
    if (row.patterns.empty() && path != nullptr) row.patterns.emplace_back("{}");
    if (row.patterns.empty()) return wrong("a row has a \"pattern\", \"patterns\" or a \"filter_path\"");
    const Node* event = object.find("event");
    if (event != nullptr) row.event = text_of(*event);
    TRY(row.expected, read_expected(object, options.column, row.event.has_value()));
    return row;
}

// Nothing if it is no JSON object: in its wrapping it would be something else.
std::optional<std::string> wrap(const std::string& text, bool wraps) {
    const auto document = json::parse_document(text);
    if (!document || !document->root.is(Kind::object)) return std::nullopt;
    return wraps ? fmt::format("{{\"data\":{}}}", json::without_byte_order_mark(text)) : text;
}

std::string_view judge(const Row& row, const RowsOptions& options) {
    std::optional<std::string> event;
    if (row.event) {
        event = wrap(*row.event, options.wrap_data);
        if (!event) return no_pattern;
    }
    bool any_matches = false;
    for (const std::string& text : row.patterns) {
        const auto wrapped = wrap(text, options.wrap_data);
        if (!wrapped) return no_pattern;
        app::GivenPattern pattern(*wrapped, options.dialect, nullptr, row.filter_path);
        if (!pattern.is_valid()) return no_pattern;
        if (!event || any_matches) continue;  // the others must be valid all the same
        const auto matches = pattern.matches(*event);
        if (!matches) return no_pattern;
        any_matches = *matches;
    }
    return event ? app::outcome_name(any_matches) : no_event;
}

// With an event `valid` says only that the pattern is.
bool agrees(std::string_view outcome, std::string_view expected) {
    return outcome == expected || (expected == no_event && outcome != no_pattern);
}

}  // namespace

Result<RowsReport> run_rows(std::string_view text, const RowsOptions& options,
                            const std::function<void(std::string_view line)>& show) {
    RowsReport report;
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const auto row = read_row(line, options, number);
        if (!row) return failed(row.error().code, fmt::format("Row in line {}: {}", number, row.error().context));
        const std::string_view outcome = judge(*row, options);
        std::string out = fmt::format("{{\"id\":{},\"outcome\":\"{}\"", row->id, outcome);
        ++report.rows;
        if (row->expected.empty() || agrees(outcome, row->expected)) {
            report.agree += row->expected.empty() ? 0 : 1;
        } else {
            ++report.differ;
            out += fmt::format(",\"expected\":\"{}\"", row->expected);
        }
        show(out + "}\n");
    }
    if (report.rows == 0) return wrong("The file has no rows.");
    return report;
}

}  // namespace outflow::cli
