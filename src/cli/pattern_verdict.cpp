#include "cli/pattern_verdict.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "cli/event_input.h"
#include "event/render.h"
#include "pattern/advice.h"

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

GivenPattern::GivenPattern(std::string_view text, pattern::Dialect dialect, const event::EventContext* context)
    : dialect_(dialect) {
    if (context != nullptr) context_ = *context;
    parse(text);
    if (!is_valid()) return;
    if (dialect == pattern::Dialect::alibaba) {
        alibaba_ = pattern::AlibabaPattern::compile(document_.root, faults_);
        return;
    }
    pattern_ = context == nullptr ? pattern::Pattern::compile_for_text(document_.root, faults_)
                                  : pattern::Pattern::compile(document_.root, *context, faults_);
    if (pattern_) explainer_ = std::make_unique<pattern::Explainer>(document_.root);
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

std::vector<pattern::Fault> GivenPattern::advice() const {
    std::vector<pattern::Fault> all = pattern::advise_on_repeated(document_.repeated);
    for (pattern::Fault& each : pattern::advise(document_.root, dialect_, context_, faults_)) all.push_back(std::move(each));
    return all;
}

Result<bool> GivenPattern::matches(std::string_view event) {
    const auto document = json::parse_document(event);  // tells line and column
    if (!document) return failed(document.error());
    const PaddedText padded(event);
    if (pattern_) return pattern::match_text(*pattern_, padded.view(), walker_);
    return alibaba_->matches(padded.view(), alibaba_scratch_);
}

Result<PatternVerdict> GivenPattern::judge(std::string_view event) {
    TRY(const bool is_match, matches(event));
    PatternVerdict verdict;
    verdict.matches = is_match;
    if (explainer_) verdict.decisions = explain_event(*explainer_, event);
    return verdict;
}

Result<PatternVerdict> GivenPattern::judge(const event::Event& event, const event::EventContext& context) {
    if (!event.poison.empty()) return failed(ErrorCode::payload_unfit, std::string(event.poison));
    std::string text;
    const bool fits = event::render_event(event, context, walker_, text).fits;
    const bool reads_payload = !pattern_ || pattern_->reads_payload();
    if (!fits && reads_payload) return failed(event::check_payload(event, context, walker_).error());
    if (alibaba_) return judge(text);
    PatternVerdict verdict;
    TRY(verdict.matches, pattern::match_event(*pattern_, event, context, walker_));
    verdict.decisions = explain_event(*explainer_, text);
    return verdict;
}

std::vector<pattern::Decision> explain_event(const pattern::Explainer& explainer, std::string_view event) {
    return explainer.explain(event_tree(event)).decisions;
}

}  // namespace outflow::cli
