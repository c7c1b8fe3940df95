// What the tests of the Alibaba dialect share.
#pragma once

#include <string>

#include "base/limits.h"
#include "json/document.h"
#include "pattern/alibaba/pattern.h"

namespace outflow::pattern {

// match, nomatch, unfit, or invalid for a pattern that is none; valid for a good one without an event.
inline std::string alibaba_answer(const std::string& pattern, std::string event) {
    auto document = json::parse_document(pattern);
    if (!document) return "invalid";
    std::vector<Diagnostic> diagnostics;
    auto compiled = AlibabaPattern::compile(document->root, diagnostics);
    if (compiled.has_value() != diagnostics.empty()) return "errors and a pattern";
    if (!compiled) return "invalid";
    if (event.empty()) return "valid";
    const std::size_t size = event.size();
    event.append(limits::chunk_padding, '\0');
    AlibabaPattern::Scratch scratch;
    auto matched = compiled->matches(std::string_view(event).substr(0, size), scratch);
    if (!matched) return "unfit";
    return *matched ? "match" : "nomatch";
}

}  // namespace outflow::pattern
