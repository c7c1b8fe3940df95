#include "transform/event_filter.h"

#include <utility>

#include "pattern/alibaba/pattern.h"

namespace outflow::transform {

namespace {

class AlibabaFilter final : public EventFilter {
public:
    explicit AlibabaFilter(pattern::AlibabaPattern pattern) : pattern_(std::move(pattern)) {}

    Result<bool> matches(std::string_view event_json, std::unique_ptr<State>& state) const override {
        if (dynamic_cast<Buffers*>(state.get()) == nullptr) state = std::make_unique<Buffers>();
        return pattern_.matches(event_json, static_cast<Buffers&>(*state).scratch);
    }

private:
    struct Buffers final : State {
        pattern::AlibabaPattern::Scratch scratch;
    };
    const pattern::AlibabaPattern pattern_;
};

}  // namespace

std::unique_ptr<const EventFilter> EventFilter::compile(pattern::Dialect dialect, const json::Node& pattern,
                                                        std::vector<pattern::Diagnostic>& diagnostics) {
    switch (dialect) {
    case pattern::Dialect::outflow: break;
    case pattern::Dialect::alibaba:
        auto compiled = pattern::AlibabaPattern::compile(pattern, diagnostics);
        if (compiled && !compiled->matches_everything()) return std::make_unique<AlibabaFilter>(std::move(*compiled));
        break;
    }
    return nullptr;
}

}  // namespace outflow::transform
