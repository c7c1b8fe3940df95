// A pattern, a zero byte, and a payload, which is taken as an event too: all from outside. What compiles must match or
// not, and never do worse; and explaining must come to the same verdict.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "base/limits.h"
#include "pattern/explain/explain.h"
#include "pattern/pattern.h"

using namespace outflow;
using json::Node;

namespace {

// Some object has a name and another that begins with it and a dot: which of them counts depends on the way of reading.
bool spells_twice(const Node& node) {
    std::set<std::string> names;
    for (const auto& member : node.members) names.insert(member.name);
    for (const std::string& name : names) {
        for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
            if (names.count(name.substr(0, dot)) > 0) return true;
        }
    }
    return std::any_of(node.items.begin(), node.items.end(), spells_twice) ||
           std::any_of(node.members.begin(), node.members.end(),
                       [](const json::Member& member) { return spells_twice(member.value); });
}

void compare_verdicts(const Node& pattern, std::string event_text, json::Walker& walker) {
    std::vector<pattern::Diagnostic> diagnostics;
    auto compiled = pattern::Pattern::compile_for_text(pattern, diagnostics);
    if (!compiled) return;
    const std::size_t size = event_text.size();
    event_text.append(limits::chunk_padding, ' ');
    auto matched = pattern::match_text(*compiled, std::string_view(event_text).substr(0, size), walker);
    auto event = json::parse_document(event_text);
    if (!event || !event->repeated.empty() || spells_twice(event->root)) return;
    auto explanation = pattern::explain(pattern, event->root);
    if (!matched || *matched == explanation.matches) return;
    std::fprintf(stderr, "compiled %d, explained %d\n", *matched, explanation.matches);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    std::size_t end = std::min(text.find('\0'), text.size());
    auto document = json::parse_document(text.substr(0, end));
    if (!document) return 0;
    const std::string payload(end < size ? text.substr(end + 1) : "");
    const std::string padded = payload + std::string(limits::chunk_padding, ' ');
    Node outer = Node::object();
    outer.members.emplace_back("data", Node::object());
    outer.members[0].value.members.emplace_back("body", document->root);
    static json::Walker walker;
    compare_verdicts(document->root, payload, walker);
    compare_verdicts(outer, R"({"data":{"body":)" + payload + "}}", walker);
    std::vector<pattern::Diagnostic> diagnostics;
    event::EventContext context;
    for (const Node* root : {&document->root, &outer}) {
        auto compiled = pattern::Pattern::compile(*root, context, diagnostics);
        if (!compiled) continue;
        event::Event event;
        event.topic = "a/b";
        event.payload = std::string_view(padded).substr(0, payload.size());
        (void)pattern::match_event(*compiled, event, context, walker);
    }
    return 0;
}
