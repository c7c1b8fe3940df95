// A pattern on the payload by itself, matched as transform::Program does it: for programs that look at matching alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "event/event.h"
#include "event/memory.h"
#include "json/walker.h"
#include "pattern/pattern.h"

namespace outflow::bench {

class PayloadFilter {
public:
    // `body_pattern` is JSON, as it would stand below data.body. Nothing if it is no pattern; `diagnostic` then says
    // why.
    static std::optional<PayloadFilter> create(std::string_view body_pattern, std::string& diagnostic) {
        auto document = json::parse_document(R"({"data":{"body":)" + std::string(body_pattern) + "}}");
        if (!document) {
            diagnostic = document.error().context;
            return std::nullopt;
        }
        PayloadFilter filter;
        std::vector<pattern::Diagnostic> diagnostics;
        auto compiled = pattern::Pattern::compile(document->root, filter.context_, diagnostics);
        if (!compiled) {
            for (const pattern::Diagnostic& one : diagnostics) diagnostic += one.pointer + ": " + one.message + "\n";
            return std::nullopt;
        }
        filter.pattern_ = std::move(*compiled);
        filter.pattern_.add_paths(filter.paths_);
        return filter;
    }

    // limits::chunk_padding bytes behind the payload are readable. A payload that is no JSON does not match and is
    // counted as unfit.
    bool matches(std::string_view payload) {
        event_.payload = payload;
        if (!pattern_.matches_envelope(event_, context_, arena_, state_)) return false;
        if (!walker_.open(payload) || !walker_.walk(paths_, {}, pattern_.sink(state_))) {
            ++unfit_;
            return false;
        }
        return pattern_.matches_payload(state_);
    }
    std::size_t unfit() const { return unfit_; }

private:
    PayloadFilter() { event_.topic = "bench"; }

    event::EventContext context_;
    event::Event event_;
    pattern::Pattern pattern_;
    json::PathSet paths_;
    json::Walker walker_;
    pattern::MatchState state_;
    event::Arena arena_;
    std::size_t unfit_ = 0;
};

}  // namespace outflow::bench
