#include "cli/problem_text.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/sentence.h"
#include "cli/remote.h"
#include "cli/table.h"

namespace outflow::cli {

namespace {

std::string render_fault(const json::Node& fault) {
    const std::string pointer = text_at(fault, "pointer");
    std::string line = text_at(fault, "severity") == "warning" ? "warning: " : "error: ";
    if (!pointer.empty()) line += pointer + ": ";
    return visible(line + with_hint(text_at(fault, "detail"), text_at(fault, "hint")));
}

// "~1" is a slash, "~0" a tilde.
std::string unescaped(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool is_escape = name[i] == '~' && i + 1 < name.size();
        out += !is_escape ? name[i] : name[++i] == '1' ? '/' : '~';
    }
    return out;
}

const json::Node* step(const json::Node& node, std::string_view name) {
    if (node.is(json::Kind::object)) return node.find(unescaped(name));
    if (!node.is(json::Kind::array)) return nullptr;
    for (const json::Node& item : node.items)
        if (text_at(item, "name") == unescaped(name)) return &item;
    std::size_t place = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), place);
    const bool is_there = error == std::errc() && end == name.data() + name.size() && place < node.items.size();
    return is_there ? &node.items[place] : nullptr;
}

}  // namespace

std::string render_problem(unsigned status, const json::Node& problem) {
    std::string text = text_at(problem, "detail");
    if (text.empty()) text = text_at(problem, "title");
    text = text.empty() ? fmt::format("The server answered with status {}.", status) : to_sentence(visible(text));
    if (const json::Node* faults = problem.is(json::Kind::object) ? problem.find("faults") : nullptr;
        faults != nullptr) {
        const std::string lines = render_faults(*faults);
        if (!lines.empty()) text += "\n" + lines.substr(0, lines.size() - 1);
    }
    return text;
}

std::string render_faults(const json::Node& faults, const PlaceOf& place_of) {
    std::string text;
    for (const json::Node& fault : faults.items)
        text += (place_of ? place_of(text_at(fault, "pointer")) : "  ") + render_fault(fault) + "\n";
    return text;
}

std::string place_in(std::string_view file, const json::Node& value) {
    if (value.line == 0) return fmt::format("{}: ", file);
    return fmt::format("{}:{}:{}: ", file, value.line, value.column);
}

const json::Node& nearest_at(const json::Node& root, std::string_view pointer) {
    const json::Node* at = &root;
    while (pointer.starts_with('/')) {
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        const json::Node* next = step(*at, pointer.substr(0, end));
        if (next == nullptr) break;
        at = next;
        pointer.remove_prefix(end);
    }
    return *at;
}

}  // namespace outflow::cli
