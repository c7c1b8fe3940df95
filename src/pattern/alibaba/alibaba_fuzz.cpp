// A pattern of the Alibaba dialect, a zero byte, a whole event: both from outside. What compiles must match or not, and
// answer the same the next time.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/limits.h"
#include "pattern/alibaba/pattern.h"

using namespace outflow;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const std::size_t end = std::min(text.find('\0'), text.size());
    auto document = json::parse_document(text.substr(0, end));
    if (!document) return 0;
    json::Node outer = json::Node::object();
    outer.members.emplace_back("data", document->root);
    std::string event(text.substr(std::min(end + 1, size)));
    const std::size_t event_size = event.size();
    event.append(limits::chunk_padding, '\0');
    const std::string_view event_text = std::string_view(event).substr(0, event_size);
    static pattern::AlibabaPattern::Scratch scratch;
    for (const json::Node* root : {&document->root, &outer}) {
        std::vector<pattern::Diagnostic> diagnostics;
        auto compiled = pattern::AlibabaPattern::compile(*root, diagnostics);
        if (compiled.has_value() != diagnostics.empty()) std::abort();
        if (!compiled) continue;
        auto first = compiled->matches(event_text, scratch);
        auto second = compiled->matches(event_text, scratch);
        if (first.has_value() != second.has_value() || (first && *first != *second)) std::abort();
    }
    return 0;
}
