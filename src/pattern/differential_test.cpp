// The compiled matcher against a naive evaluator, written for clarity, on random patterns and events.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "pattern/pattern.h"

namespace outflow::pattern {
namespace {

using json::Kind;
using json::Node;

// All leaves at `names`, arrays being walked through; of a repeated name the first counts (a Node keeps one anyway).
void collect(const Node& value, const std::vector<std::string>& names, std::size_t at, std::vector<const Node*>& leaves) {
    if (value.is(Kind::array)) {
        for (const Node& item : value.items) collect(item, names, at, leaves);
    } else if (value.is(Kind::object)) {
        if (at == names.size()) return;
        for (const auto& [name, member] : value.members) {
            if (name == names[at]) collect(member, names, at + 1, leaves);
        }
    } else if (at == names.size()) {
        leaves.push_back(&value);
    }
}

double number_of(const Node& node) { return std::stod(node.text); }

bool equals(const Node& wanted, const Node& leaf) {
    if (wanted.kind != leaf.kind) return false;
    return wanted.is(Kind::number) ? number_of(wanted) == number_of(leaf) : wanted.text == leaf.text;
}

bool compares(const Node& terms, double value) {
    for (std::size_t i = 0; i < terms.items.size(); i += 2) {
        const std::string& name = terms.items[i].text;
        double bound = number_of(terms.items[i + 1]);
        bool good = name == "=" ? value == bound : name == "!=" ? value != bound : name == "<" ? value < bound
                    : name == "<=" ? value <= bound : name == ">" ? value > bound : value >= bound;
        if (!good) return false;
    }
    return true;
}

bool operator_holds(const std::string& name, const Node& value, const Node& leaf, std::map<std::string, int>& decided) {
    bool text = leaf.is(Kind::string);
    bool held = false;
    if (name == "prefix") held = text && leaf.text.substr(0, value.text.size()) == value.text;
    if (name == "suffix") {
        held = text && leaf.text.size() >= value.text.size() &&
               leaf.text.substr(leaf.text.size() - value.text.size()) == value.text;
    }
    if (name == "contains") held = text && leaf.text.find(value.text) != std::string::npos;
    if (name == "numeric") held = leaf.is(Kind::number) && compares(value, number_of(leaf));
    if (name == "exists") held = value.text == "true";
    if (name == "anything-but") {
        held = true;
        if (value.is(Kind::object)) {
            held = !operator_holds(value.members[0].name, value.members[0].value, leaf, decided);
        } else if (value.is(Kind::array)) {
            for (const Node& item : value.items) held = held && !equals(item, leaf);
        } else {
            held = !equals(value, leaf);
        }
    }
    if (held) ++decided[name];
    return held;
}

bool condition_holds(const Node& condition, const std::vector<const Node*>& leaves, std::map<std::string, int>& decided) {
    const Node* exists = condition.is(Kind::object) ? condition.find("exists") : nullptr;
    if (exists != nullptr && exists->text == "false") return leaves.empty() && condition.members.size() == 1;
    for (const Node* leaf : leaves) {
        bool held = true;
        if (condition.is(Kind::object)) {
            for (const auto& [name, value] : condition.members) held = held && operator_holds(name, value, *leaf, decided);
        } else {
            held = equals(condition, *leaf);
        }
        if (held) return true;
    }
    return false;
}

bool naive_match(const Node& pattern, const Node& event, std::vector<std::string>& names, std::map<std::string, int>& decided) {
    for (const auto& [name, value] : pattern.members) {
        names.push_back(name);
        bool held = false;
        if (value.is(Kind::object)) {
            held = naive_match(value, event, names, decided);
        } else {
            std::vector<const Node*> leaves;
            collect(event, names, 0, leaves);
            for (const Node& condition : value.items) held = held || condition_holds(condition, leaves, decided);
        }
        names.pop_back();
        if (!held) return false;
    }
    return true;
}

class Generator {
public:
    explicit Generator(std::uint32_t seed) : random_(seed) {}

    Node event(int depth, bool is_top = true) {
        std::size_t kind = is_top ? 9 : depth == 0 ? 0 : below(10);
        if (kind < 5) return leaf();
        if (kind < 7) {
            Node array = Node::array();
            for (std::size_t i = below(4); i > 0; --i) array.items.push_back(event(depth - 1, false));
            return array;
        }
        Node object = Node::object();
        for (const char* name : {"a", "b", "c"}) {
            if (below(8) != 0) object.members.emplace_back(name, event(depth - 1, false));
        }
        return object;
    }

    Node pattern(int depth) {
        Node object = Node::object();
        for (const char* name : {"c", "a", "b"}) {
            if (below(4) < 3 && !object.members.empty()) continue;
            if (below(3) == 0 && depth > 0) {
                object.members.emplace_back(name, pattern(depth - 1));
            } else {
                Node alternatives = Node::array();
                for (std::size_t i = 1 + below(4); i > 0; --i) alternatives.items.push_back(condition());
                object.members.emplace_back(name, std::move(alternatives));
            }
        }
        return object;
    }

private:
    std::size_t below(std::size_t end) { return random_() % end; }
    template <std::size_t n>
    std::string one_of(const char* const (&list)[n]) {
        return list[below(n)];
    }
    Node text() { return Node::string(one_of({"", "a", "ab", "b", "abc", "bc", "é", "80", "\"\\"})); }
    Node number() { return Node::number(one_of({"0", "-0.0", "1", "1.0", "10e-1", "2.5", "80", "8e1", "-3", "1e3"})); }
    Node leaf() {
        std::size_t kind = below(8);
        return kind < 4 ? text() : kind < 6 ? number() : kind == 6 ? Node::boolean(below(2) == 0) : Node();
    }
    Node terms() {
        Node list = Node::array();
        for (std::size_t i = 1 + below(2); i > 0; --i) {
            list.items.push_back(Node::string(one_of({"=", "!=", "<", "<=", ">", ">="})));
            list.items.push_back(number());
        }
        return list;
    }
    Node affix() {
        Node object = Node::object();
        object.members.emplace_back(one_of({"prefix", "suffix"}), Node::string(one_of({"a", "ab", "b", "bc"})));
        return object;
    }
    Node condition() {
        if (below(3) == 0) return leaf();
        Node object = Node::object();
        std::string name = one_of({"prefix", "suffix", "contains", "numeric", "exists", "anything-but"});
        if (name == "numeric") {
            object.members.emplace_back(name, terms());
        } else if (name == "exists") {
            object.members.emplace_back(name, Node::boolean(below(2) == 0));
        } else if (name == "anything-but") {
            Node list = Node::array();
            for (std::size_t i = below(3); i > 0; --i) list.items.push_back(leaf());
            object.members.emplace_back(name, below(3) == 0 ? affix() : below(2) == 0 ? leaf() : list);
        } else {
            object.members.emplace_back(name, text());
        }
        if (below(6) == 0 && object.find("prefix") == nullptr) object.members.emplace_back("prefix", text());
        return object;
    }

    std::mt19937 random_;
};

TEST(differential, compiled_and_naive_matching_agree) {
    const char* given = std::getenv("OUTFLOW_SEED");
    const std::uint32_t seed = given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : 31;
    std::printf("seed %u (OUTFLOW_SEED sets it)\n", seed);
    Generator generator(seed);
    std::map<std::string, int> decided;
    int matches = 0;
    constexpr int rounds = 60'000;
    json::Walker walker;
    event::EventContext context;
    for (int round = 0; round < rounds; ++round) {
        Node pattern = generator.pattern(2);
        Node body = generator.event(3);
        std::vector<std::string> names;
        bool expected = naive_match(pattern, body, names, decided);
        std::string payload;
        json::append_json(payload, body);
        std::string shown;
        json::append_json(shown, pattern);
        Node outer = Node::object();
        outer.members.emplace_back("data", Node::object());
        outer.members[0].value.members.emplace_back("body", std::move(pattern));
        std::vector<Fault> faults;
        auto compiled = Pattern::compile(outer, context, faults);
        ASSERT_TRUE(compiled.has_value()) << shown << faults[0].message;
        event::Event event;
        event.payload = payload;
        auto matched = match_event(*compiled, event, context, walker);
        ASSERT_TRUE(matched.has_value()) << payload << matched.error().context;
        ASSERT_EQ(*matched, expected) << "seed " << seed << " round " << round << "\n" << shown << "\n" << payload;
        matches += expected ? 1 : 0;
    }
    std::printf("%d of %d match\n", matches, rounds);
    EXPECT_GT(matches, rounds / 10);
    for (const char* name : {"prefix", "suffix", "contains", "numeric", "exists", "anything-but"}) {
        EXPECT_GT(decided[name], 300) << name;
    }
}

}  // namespace
}  // namespace outflow::pattern
