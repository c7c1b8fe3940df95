// A pattern of the command line, in either dialect, and what it says of events. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "json/document.h"
#include "json/walker.h"
#include "pattern/alibaba.h"
#include "pattern/dialect.h"
#include "pattern/explain.h"
#include "pattern/pattern.h"

namespace outflow::cli {

struct PatternVerdict {
    bool matches = false;
    std::vector<pattern::Decision> decisions;  // none in the dialect of Alibaba
};

// One thread.
class GivenPattern {
public:
    // For whole events as JSON text, with any names below `data`; with a context for events of that.
    GivenPattern(std::string_view text, pattern::Dialect dialect, const event::EventContext* context = nullptr);
    GivenPattern(const GivenPattern&) = delete;
    GivenPattern& operator=(const GivenPattern&) = delete;

    bool is_valid() const { return faults_.empty(); }
    const std::vector<pattern::Fault>& faults() const { return faults_; }
    // What it says and hardly means.
    std::vector<pattern::Fault> advice() const;

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

    pattern::Dialect dialect_;
    event::EventContext context_;  // of events that are no text
    json::Document document_;
    std::vector<pattern::Fault> faults_;
    std::optional<pattern::Pattern> pattern_;
    std::optional<pattern::AlibabaPattern> alibaba_;
    std::unique_ptr<pattern::Explainer> explainer_;
    json::Walker walker_;
    pattern::AlibabaPattern::Scratch alibaba_scratch_;
};

// Field by field, what decides about a whole event, a JSON text.
std::vector<pattern::Decision> explain_event(const pattern::Explainer& explainer, std::string_view event);

}  // namespace outflow::cli
