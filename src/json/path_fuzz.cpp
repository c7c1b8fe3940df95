// The first line is a query, the rest a payload.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/evaluate.h"
#include "json/walker.h"

using namespace outflow::json;

namespace {

void expect(bool holds) {
    if (!holds) std::abort();
}

bool is_same(const Value& left, const Value& right) {
    return left.kind == right.kind && left.raw.data() == right.raw.data();
}

// The one value that a walk finds; false if the payload is damaged where it goes.
bool walk(Walker& walker, std::string_view text, const Path& path, Value& value) {
    PathSet paths;
    paths.add_value(path);
    return walker.open(text).has_value() && walker.walk(paths, {&value, 1}, {}).has_value();
}

// Every node stands where its location says.
void check_places(const Evaluator& evaluator, std::string_view text, std::span<const Value> nodes) {
    constexpr std::size_t looked_at_max = 20;
    Walker walker;
    for (std::size_t at = 0; at < nodes.size() && at < looked_at_max; ++at) {
        auto path = parse_path(evaluator.location(at));
        expect(path.has_value());
        expect(render_path(*path) == evaluator.location(at));
        Value value;
        expect(walk(walker, text, *path, value));
        expect(is_same(value, nodes[at]));
    }
}

void check_definite(const Query& query, std::string_view text, std::span<const Value> nodes) {
    Walker walker;
    Value value;
    expect(walk(walker, text, *query.definite_path(), value));
    expect(nodes.size() == (value.kind == Kind::missing ? 0U : 1U));
    expect(nodes.empty() || is_same(value, nodes[0]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(bytes), size);
    const std::size_t line_end = std::min(input.find('\n'), input.size());
    auto query = parse_query(input.substr(0, line_end));
    if (!query) return 0;
    if (const Path* path = query->definite_path()) {
        auto again = parse_path(render_path(*path));
        expect(again.has_value() && *again == *path);
    }
    std::string_view text = input.substr(std::min(line_end + 1, input.size()));
    static Evaluator evaluator({.values_max = 10'000, .nodes_max = 10'000, .steps_max = 200'000});
    if (!evaluator.open(text)) return 0;
    auto nodes = evaluator.select(*query);
    if (!nodes) return 0;
    check_places(evaluator, text, *nodes);
    const bool is_empty = nodes->empty();
    if (query->definite_path() != nullptr) check_definite(*query, text, *nodes);
    const auto found = evaluator.finds(*query);
    expect(found && *found == !is_empty);
    const auto miss = evaluator.find_miss(*query);
    expect(!miss || (miss->segments == query->segments()) == !is_empty);
    return 0;
}
