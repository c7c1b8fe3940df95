// A pattern, a zero byte, a payload: both from outside. What compiles must match or not, and never do worse.
#include <cstdint>

#include "pattern/pattern.h"

using namespace outflow;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    std::size_t end = std::min(text.find('\0'), text.size());
    auto document = json::parse_document(text.substr(0, end));
    if (!document) return 0;
    json::Node outer = json::Node::object();
    outer.members.emplace_back("data", json::Node::object());
    outer.members[0].value.members.emplace_back("body", document->root);
    std::vector<pattern::Fault> faults;
    event::EventContext context;
    static json::Walker walker;
    for (const json::Node* root : {&document->root, &outer}) {
        auto compiled = pattern::Pattern::compile(*root, context, faults);
        if (!compiled) continue;
        event::Event event;
        event.topic = "a/b";
        if (end < text.size()) event.payload = text.substr(end + 1);
        (void)pattern::match_event(*compiled, event, context, walker);
    }
    return 0;
}
