#include "app/event_text.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "event/render.h"
#include "json/elements.h"

namespace outflow::app {

namespace {

std::string decoded(const json::Value& string) {
    std::string scratch;
    return std::string(json::string_text(string, scratch));
}

json::Node to_tree(const json::Value& value) {
    json::Node node;
    node.kind = value.kind;
    json::ElementReader elements(value);
    if (value.kind == json::Kind::array) {
        for (json::Value element; elements.next(element);) node.items.push_back(to_tree(element));
    } else if (value.kind == json::Kind::object) {
        std::set<std::string> names;
        for (json::Value name, member; elements.next(name, member);) {
            std::string text = decoded(name);
            if (names.insert(text).second) node.members.emplace_back(std::move(text), to_tree(member));
        }
    } else if (value.kind == json::Kind::string) {
        node.text = decoded(value);
    } else if (value.kind != json::Kind::null) {
        node.text = value.raw;
    }
    return node;
}

}  // namespace

PaddedText::PaddedText(std::string_view text) : bytes_(text), size_(text.size()) {
    bytes_.append(limits::chunk_padding, ' ');
}

std::string event_line(const event::Event& event, const event::EventContext& context, bool* fits) {
    json::Walker walker;
    std::string text;
    const event::Rendered rendered = event::render_event(event, context, walker, text);
    if (fits != nullptr) *fits = rendered.fits;
    std::string line;
    json::append_compact_json(line, {json::Kind::object, false, text});
    return line;
}

json::Node event_tree(std::string_view text) {
    const std::string array = fmt::format("[{}]", text);
    json::ElementReader elements({json::Kind::array, false, array});
    json::Value whole;
    return elements.next(whole) ? to_tree(whole) : json::Node{};
}

}  // namespace outflow::app
