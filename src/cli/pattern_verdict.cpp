#include "cli/pattern_verdict.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "cli/event_input.h"
#include "event/render.h"
#include "pattern/explain/advice.h"
#include "pattern/explain/filter_path.h"

namespace outflow::cli {

namespace {

// The place that the parser tells in its sentence becomes the fault's.
pattern::Fault to_fault(const Error& error) {
    pattern::Fault fault;
    fault.message = error.context;
    int text_start = 0;
    if (std::sscanf(error.context.c_str(), "Line %u, column %u: %n", &fault.line, &fault.column, &text_start) == 2) {
        fault.message = "N" + error.context.substr(static_cast<std::size_t>(text_start) + 1);
    }
    return fault;
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
    std::vector<pattern::Fault> faults;  // none, as it compiled before
    const bool is_own = dialect == pattern::Dialect::outflow;
    if (!is_own) {
        alibaba_ = pattern::AlibabaPattern::compile(document_.root, faults);
    } else {
        pattern_ = context == nullptr ? pattern::Pattern::compile_for_text(document_.root, faults)
                                      : pattern::Pattern::compile(document_.root, *context, faults);
    }
    if (!filter_path.empty()) path_.emplace(std::move(*transform::parse_source(filter_path)));
    explainer_ = std::make_unique<FilterExplainer>(is_own ? &document_.root : nullptr, filter_path);
}

// As the filter of a task, so that the same is said of it. Events that are given whole may have any names below `data`,
// so that there a filter_path which leads nowhere in a task is no fault.
void GivenPattern::compile(pattern::Dialect dialect, const event::EventContext* context, std::string_view filter_path) {
    transform::ProgramSource source;
    source.filter = document_.root;
    source.dialect = dialect;
    source.filter_path = filter_path;
    source.topic = source.body = transform::Field::constant("x");
    source.properties = source.keys = source.tags = transform::Field::constant("");
    if (context != nullptr) source.context = *context;
    advice_ = pattern::advise_on_repeated(document_.repeated);
    std::vector<transform::Fault> faults;
    std::vector<transform::Fault> advice;
    program_ = transform::Program::compile(std::move(source), faults, &advice);
    const auto take = [](transform::Fault& fault, std::vector<pattern::Fault>& to) {
        if (fault.field == "filter_path") fault.pointer = fault.field;
        to.push_back({std::move(fault.pointer), std::move(fault.message), std::move(fault.hint), fault.line,
                      fault.column});
    };
    for (transform::Fault& each : advice) take(each, advice_);
    const bool is_path_valid = filter_path.empty() || transform::parse_source(filter_path).has_value();
    for (transform::Fault& each : faults) {
        take(each, each.field == "filter_path" && is_path_valid && context == nullptr ? advice_ : faults_);
    }
}

void GivenPattern::parse(std::string_view text) {
    if (text.size() > limits::pattern_bytes_max) {
        pattern::Fault fault;
        fault.message = fmt::format("The pattern has {} bytes, more than the {} that it may have.", text.size(),
                                    limits::pattern_bytes_max);
        faults_.push_back(std::move(fault));
        return;
    }
    auto document = json::parse_document(text);
    if (document) document_ = std::move(*document);
    else faults_.push_back(to_fault(document.error()));
}

Result<bool> GivenPattern::matches(std::string_view event) {
    const auto document = json::parse_document(event);  // tells line and column
    if (!document) return failed(document.error());
    const PaddedText padded(event);
    TRY(const bool is_match, pattern_ ? pattern::match_text(*pattern_, padded.view(), walker_)
                                      : alibaba_->matches(padded.view(), alibaba_scratch_));
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

}  // namespace outflow::cli
