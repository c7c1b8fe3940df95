#include "pattern/explain/filter_path.h"

#include <string>
#include <vector>

#include "base/spelling.h"
#include "json/elements.h"
#include "pattern/explain/text.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using Miss = json::Evaluator::Miss;

std::string quoted(std::string_view path) {
    constexpr std::size_t bytes_max = 200;
    return path.size() <= bytes_max ? "`" + std::string(path) + "`" : "the path";
}

std::string count_of(std::size_t count) { return count == 1 ? "1 value" : std::to_string(count) + " values"; }

std::string found_text(std::span<const json::Value> nodes, const std::string& location) {
    std::string text = nodes.size() == 1 ? "found " : "found " + count_of(nodes.size()) + ", the first is ";
    return text + shown_text(nodes[0]) + " (" + location + ")";
}

// The member of the object that `.name` was probably meant for.
std::string meant_member(const json::Value& object, std::string_view segment) {
    if (object.kind != Kind::object || !segment.starts_with('.') || segment.starts_with("..")) return {};
    std::vector<std::string> names;
    json::ElementReader members(object);
    std::string scratch;
    for (json::Value name, member; members.next(name, member);) names.emplace_back(json::string_text(name, scratch));
    const std::vector<std::string_view> words(names.begin(), names.end());
    return std::string(nearest_word(segment.substr(1), words));
}

std::string missed_text(const json::Query& path, const Miss& miss) {
    const std::string before = miss.segments == 0 ? "the event" : quoted(path.text(miss.segments));
    const std::string segment(path.text(miss.segments + 1).substr(path.text(miss.segments).size()));
    if (!path.is_filter(miss.segments)) {
        const bool is_leaf = json::is_leaf(miss.node.kind);
        if (is_leaf) return "but " + before + " is " + shown_text(miss.node) + ", with nothing in it";
        const std::string meant = meant_member(miss.node, segment);
        const std::string hint = meant.empty() ? "" : "; there is " + quoted(meant);
        return "but " + before + " has nothing at " + quoted(segment) + hint;
    }
    std::string text = "but of " + count_of(miss.candidates) + " in " + before + " none meets " + quoted(segment);
    if (miss.candidates > 0 && !miss.seen.empty()) text += ": in the first " + miss.seen;
    if (!miss.holds_for_node || miss.segments == 0) return text;
    // People write the filter behind the object that they mean, and it is asked of what is in the object.
    const std::string meant = std::string(path.text(miss.segments - 1)) + segment;
    return text + "; " + before + " itself meets it: write " + quoted(meant);
}

}  // namespace

Result<Decision> explain_path(const json::Query& path, std::string_view event, json::Evaluator& evaluator) {
    Status opened = evaluator.open(event);
    if (!opened) return failed(std::move(opened).error());
    TRY(const std::span<const json::Value> nodes, evaluator.select(path));
    Decision decision;
    decision.path = "filter_path";
    decision.holds = !nodes.empty();
    const std::string_view text = path.text(path.segments());
    json::append_json_string(decision.condition, text);
    decision.reason = "Expected something at " + quoted(text) + ", ";
    if (decision.holds) {
        json::append_compact_json(decision.value, nodes[0]);
        decision.reason += found_text(nodes, evaluator.location(0)) + ".";
        return decision;
    }
    TRY(const Miss miss, evaluator.find_miss(path));
    decision.reason += missed_text(path, miss) + ".";
    return decision;
}

}  // namespace outflow::pattern
