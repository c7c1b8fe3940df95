#include "app/pattern_verdict.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "app/event_text.h"
#include "event/render.h"
#include "pattern/explain/filter_path.h"
#include "pattern/explain/warning.h"

namespace outflow::app {

namespace {

// The place that the parser tells in its sentence becomes the error's.
pattern::Diagnostic to_diagnostic(const Error& error) {
    pattern::Diagnostic diagnostic;
    diagnostic.message = error.context;
    int text_start = 0;
    if (std::sscanf(error.context.c_str(), "Line %u, column %u: %n", &diagnostic.line, &diagnostic.column,
                    &text_start) == 2) {
        diagnostic.message = "N" + error.context.substr(static_cast<std::size_t>(text_start) + 1);
    }
    return diagnostic;
}

}  // namespace

FilterExplainer::FilterExplainer(const json::Node* pattern, std::string_view filter_path) {
    if (pattern != nullptr) pattern_ = std::make_unique<pattern::Explainer>(*pattern);
    if (filter_path.empty()) return;
    if (auto query = transform::parse_source(filter_path)) path_.emplace(std::move(*query));
}

Result<std::vector<pattern::Decision>> FilterExplainer::explain(std::string_view event) {
    std::vector<pattern::Decision> decisions;
    if (pattern_) decisions = pattern_->explain(event_tree(event)).decisions;
    if (!path_) return decisions;
    TRY(pattern::Decision decision, pattern::explain_path(*path_, event, evaluator_));
    decisions.push_back(std::move(decision));
    return decisions;
}

GivenPattern::GivenPattern(std::string_view text, pattern::Dialect dialect, const event::EventContext* context,
                           std::string_view filter_path) {
    parse(text);
    if (!is_valid()) return;
    compile(dialect, context, filter_path);
    if (!is_valid()) return;
    std::vector<pattern::Diagnostic> diagnostics;  // none, as it compiled before
    const bool is_own = dialect == pattern::Dialect::outflow;
    if (!is_own) {
        other_ = transform::EventFilter::compile(dialect, document_.root, diagnostics);
    } else {
        pattern_ = context == nullptr ? pattern::Pattern::compile_for_text(document_.root, diagnostics)
                                      : pattern::Pattern::compile(document_.root, *context, diagnostics);
    }
    if (!filter_path.empty()) path_.emplace(std::move(*transform::parse_source(filter_path)));
    explainer_ = std::make_unique<FilterExplainer>(is_own ? &document_.root : nullptr, filter_path);
}

// As the filter of a task, so that the same is said of it. Events that are given whole may have any names below `data`,
// so that there a filter_path which leads nowhere in a task is no error.
void GivenPattern::compile(pattern::Dialect dialect, const event::EventContext* context, std::string_view filter_path) {
    transform::ProgramDefinition source;
    source.filter = document_.root;
    source.dialect = dialect;
    source.filter_path = filter_path;
    source.topic = source.body = transform::Field::constant("x");
    source.properties = source.keys = source.tags = transform::Field::constant("");
    if (context != nullptr) source.context = *context;
    warnings_ = pattern::warn_about_repeated(document_.repeated);
    std::vector<transform::Diagnostic> diagnostics;
    std::vector<transform::Diagnostic> warnings;
    program_ = transform::Program::compile(std::move(source), diagnostics, &warnings);
    const auto take = [](transform::Diagnostic& diagnostic, std::vector<pattern::Diagnostic>& to) {
        if (diagnostic.field == "filter_path") diagnostic.pointer = diagnostic.field;
        to.push_back({std::move(diagnostic.pointer), std::move(diagnostic.message), std::move(diagnostic.hint),
                      diagnostic.line, diagnostic.column});
    };
    for (transform::Diagnostic& each : warnings) take(each, warnings_);
    const bool is_path_valid = filter_path.empty() || transform::parse_source(filter_path).has_value();
    for (transform::Diagnostic& each : diagnostics) {
        take(each, each.field == "filter_path" && is_path_valid && context == nullptr ? warnings_ : diagnostics_);
    }
}

void GivenPattern::parse(std::string_view text) {
    if (text.size() > limits::pattern_bytes_max) {
        pattern::Diagnostic diagnostic;
        diagnostic.message = fmt::format("The pattern has {} bytes, more than the {} that it may have.", text.size(),
                                         limits::pattern_bytes_max);
        diagnostics_.push_back(std::move(diagnostic));
        return;
    }
    auto document = json::parse_document(text);
    if (document) document_ = std::move(*document);
    else diagnostics_.push_back(to_diagnostic(document.error()));
}

Result<bool> GivenPattern::matches(std::string_view event) {
    const auto document = json::parse_document(event);  // tells line and column
    if (!document) return failed(document.error());
    const PaddedText padded(event);
    Result<bool> judged = true;
    if (pattern_) judged = pattern::match_text(*pattern_, padded.view(), walker_);
    else if (other_) judged = other_->matches(padded.view(), scratch_.event_filter);
    TRY(const bool is_match, judged);
    if (!path_ || !is_match) return is_match;
    TRY(const bool is_found, finds(event));
    return is_found;
}

Result<bool> GivenPattern::finds(std::string_view event) {
    if (Status opened = scratch_.evaluator.open(event); !opened) return failed(std::move(opened).error());
    return scratch_.evaluator.finds(*path_);
}

Result<PatternVerdict> GivenPattern::judge(std::string_view event) {
    PatternVerdict verdict;
    TRY(verdict.matches, matches(event));
    TRY(verdict.decisions, explainer_->explain(event));
    return verdict;
}

Result<PatternVerdict> GivenPattern::judge(const event::Event& event, const event::EventContext& context) {
    if (!event.poison.empty()) return failed(ErrorCode::payload_unfit, std::string(event.poison));
    std::string text;
    const bool fits = event::render_event(event, context, walker_, text).fits;
    if (!fits && program_->reads_payload()) return failed(event::check_payload(event, context, walker_).error());
    event::Arena arena;
    std::vector<transform::Record> records;
    const transform::Outcome outcome = program_->run(event, arena, scratch_, records);
    if (outcome.verdict == transform::Verdict::undeliverable) {
        return failed(ErrorCode::payload_unfit, std::string(outcome.reason));
    }
    PatternVerdict verdict;
    verdict.matches = outcome.verdict == transform::Verdict::records;
    TRY(verdict.decisions, explainer_->explain(text));
    return verdict;
}

}  // namespace outflow::app
