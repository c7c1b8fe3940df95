// A filter that somebody tries, its pattern in either dialect, and what it says of events. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "json/document.h"
#include "json/evaluate.h"
#include "json/walker.h"
#include "pattern/dialect.h"
#include "pattern/explain/explain.h"
#include "pattern/pattern.h"
#include "transform/event_filter.h"
#include "transform/program.h"

namespace outflow::app {

struct PatternVerdict {
    bool matches = false;
    std::vector<pattern::Decision> decisions;  // none in another dialect
};

// What decides about events, field by field: of a pattern of our dialect, and of a filter_path.
class FilterExplainer {
public:
    // Without a pattern, which then is one of another dialect, there is nothing to tell of it. The pattern
    // outlives the explainer; the path is valid, or empty.
    FilterExplainer(const json::Node* pattern, std::string_view filter_path);

    // Of a whole event, a JSON text. Errors: payload_unfit: the filter_path was given up on it.
    Result<std::vector<pattern::Decision>> explain(std::string_view event);

private:
    std::unique_ptr<pattern::Explainer> pattern_;
    std::optional<json::Query> path_;
    json::Evaluator evaluator_;
};

// A pattern and a filter_path, either of which may be left out. One thread.
class GivenPattern {
public:
    // For whole events as JSON text, with any names below `data`; with a context for events of that.
    GivenPattern(std::string_view text, pattern::Dialect dialect, const event::EventContext* context = nullptr,
                 std::string_view filter_path = {});
    GivenPattern(const GivenPattern&) = delete;
    GivenPattern& operator=(const GivenPattern&) = delete;

    bool is_valid() const { return diagnostics_.empty(); }
    // Of the filter_path with that word for a pointer.
    const std::vector<pattern::Diagnostic>& diagnostics() const { return diagnostics_; }
    // What it says and hardly means.
    const std::vector<pattern::Diagnostic>& warnings() const { return warnings_; }

    // Whether a whole event matches, a JSON object. Only of a valid pattern.
    // Errors: json_malformed with line and column, payload_unfit, json_too_deep.
    Result<bool> matches(std::string_view event);
    // The same with the reasons.
    Result<PatternVerdict> judge(std::string_view event);
    // Of an event of the context. Errors: payload_unfit, json_too_deep: the pattern reads a payload that does not fit
    // its format (a task judges no more of a payload than it has to read).
    Result<PatternVerdict> judge(const event::Event& event, const event::EventContext& context);

private:
    void parse(std::string_view text);
    Result<bool> finds(std::string_view event);
    void compile(pattern::Dialect dialect, const event::EventContext* context, std::string_view filter_path);

    json::Document document_;
    std::vector<pattern::Diagnostic> diagnostics_;
    std::vector<pattern::Diagnostic> warnings_;
    std::unique_ptr<transform::Program> program_;  // with nothing but the filter
    std::optional<pattern::Pattern> pattern_;
    std::unique_ptr<const transform::EventFilter> other_;  // a pattern of another dialect; null: every event matches it
    std::optional<json::Query> path_;
    std::unique_ptr<FilterExplainer> explainer_;
    json::Walker walker_;
    transform::Scratch scratch_;
};

}  // namespace outflow::app
