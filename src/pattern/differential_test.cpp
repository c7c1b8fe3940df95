// Three ways to one verdict, on random patterns and events: the compiled matcher, explaining, and a naive evaluator.
// OUTFLOW_SEED and OUTFLOW_ROUNDS (patterns; sixteen events each) set other runs.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "base/limits.h"
#include "base/test_setting.h"
#include "pattern/explain/explain.h"
#include "pattern/pattern.h"
#include "pattern/pattern_generator.h"

namespace outflow::pattern {

std::optional<naive::Address> naive::parse_ip(const std::string& text) {
    unsigned char bytes[16];
    bool is_v6 = text.find(':') != std::string::npos;
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), bytes) != 1) return std::nullopt;
    std::bitset<128> bits;
    for (int i = 0; i < (is_v6 ? 16 : 4); ++i) bits = bits << 8 | std::bitset<128>(bytes[i]);
    return Address{is_v6, bits};
}

namespace {

using json::Kind;
using json::Node;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t rounds_default = 3'000;  // all is slower by a factor of ten or more
#else
constexpr std::size_t rounds_default = 62'500;
#endif
constexpr std::size_t events_each = 16;

struct Verdicts {
    bool compiles = false;
    bool naive = false, compiled = false, explained = false;
    std::string note;

    bool differ() const { return compiles && (!note.empty() || naive != compiled || naive != explained); }
};

// Whether the decisions of an explanation make sense.
class Decisions {
public:
    explicit Decisions(const Explanation& explanation) : explanation_(explanation) {
        for (const Decision& decision : explanation.decisions) by_pointer_[decision.pointer] = &decision;
    }

    // What is wrong; empty: nothing.
    std::string check(const Node& pattern) {
        if (by_pointer_.size() != explanation_.decisions.size()) return "a pointer twice";
        bool all_hold = hold(pattern, "");
        if (diagnostic_.empty() && all_hold != explanation_.matches)
            diagnostic_ = "the verdict does not follow from the decisions";
        return diagnostic_;
    }

private:
    // Whether all fields below hold and of each `$or` a branch.
    bool hold(const Node& object, const std::string& pointer) {
        bool all_hold = true;
        for (const auto& [name, value] : object.members) {
            std::string inner = pointer;
            json::append_pointer(inner, name);
            bool holds = name == "$or"            ? any_branch_holds(value, inner)
                         : value.is(Kind::object) ? hold(value, inner)
                                                  : field_holds(value, inner);
            all_hold = all_hold && holds;
        }
        return all_hold;
    }

    bool any_branch_holds(const Node& branches, const std::string& pointer) {
        bool any_holds = false;
        for (std::size_t i = 0; i < branches.items.size(); ++i) {
            std::string inner = pointer + "/" + std::to_string(i);
            bool is_said = decision(inner).holds;
            if (!hold(branches.items[i], inner) && is_said) diagnostic_ = "a branch holds and not what is in it";
            any_holds = any_holds || is_said;
        }
        return any_holds;
    }

    bool field_holds(const Node& alternatives, const std::string& pointer) {
        const Decision& said = decision(pointer);
        auto condition = json::parse_document(said.condition);
        auto value = json::parse_document(said.value);
        auto holds = [&](const Node& alternative) {
            return value ? naive::alternative_holds(alternative, value->root) : naive::wants_missing(alternative);
        };
        if (said.reason.empty() || !condition) {
            diagnostic_ = "a decision without reason or condition";
        } else if (said.holds && !holds(condition->root)) {
            diagnostic_ = "what is said to hold does not hold for the value";
        } else if (!said.holds && value && std::any_of(alternatives.items.begin(), alternatives.items.end(), holds)) {
            diagnostic_ = "a value that satisfies an alternative is said to satisfy none";
        }
        return said.holds;
    }

    const Decision& decision(const std::string& pointer) {
        static const Decision none;
        auto found = by_pointer_.find(pointer);
        if (found == by_pointer_.end()) diagnostic_ = "no decision on " + pointer;
        return found == by_pointer_.end() ? none : *found->second;
    }

    const Explanation& explanation_;
    std::map<std::string, const Decision*> by_pointer_;
    std::string diagnostic_;
};

// One pattern, compiled once, for several events.
class Subject {
public:
    explicit Subject(const Node& pattern) : pattern_(pattern) {
        std::vector<Diagnostic> diagnostics;
        compiled_ = Pattern::compile_for_text(pattern, diagnostics);
        if (!diagnostics.empty()) diagnostic_ = diagnostics[0].pointer + ": " + diagnostics[0].message;
        if (!compiled_) return;
        compiled_->add_paths(paths_);
        explainer_.emplace(pattern);
    }
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;

    const std::string& diagnostic() const { return diagnostic_; }

    // `text`: the event as JSON. `in_full`: what takes longer is compared too.
    Verdicts ask(const Node& event, std::string& text, json::Walker& walker, bool in_full) {
        Verdicts verdicts;
        if (!compiled_) return verdicts;
        verdicts.compiles = true;
        held_.clear();
        leaves_.clear();
        naive::collect(event, "", {}, leaves_);
        verdicts.naive = naive::search({{"", &pattern_, false}}, {}, leaves_, held_);
        const std::size_t size = text.size();
        text.append(limits::chunk_padding, ' ');
        std::string_view given = std::string_view(text).substr(0, size);
        match(given, walker, verdicts);
        verdicts.explained = explainer_->matches(event);
        if (!in_full || verdicts.differ()) return verdicts;
        auto matched = match_text(*compiled_, given, walker);
        if (!matched || *matched != verdicts.compiled) verdicts.note = "match_text disagrees with its steps";
        Explanation explanation = explainer_->explain(event);
        if (explanation.matches != verdicts.explained) verdicts.note = "explain disagrees with Explainer::matches";
        if (verdicts.note.empty()) verdicts.note = Decisions(explanation).check(pattern_);
        return verdicts;
    }
    // After a match: the alternatives that held.
    const std::vector<std::pair<std::string, const Node*>>& held() const { return held_; }

private:
    // As a task does it, with the state of the events before.
    void match(std::string_view text, json::Walker& walker, Verdicts& verdicts) {
        event::Event event;
        event.payload = text;
        verdicts.compiled = compiled_->matches_envelope(event, {}, arena_, state_);
        if (!verdicts.compiled || !compiled_->walks_payload()) return;
        Status walked = walker.open(text);
        if (walked) walked = walker.walk(paths_, {}, compiled_->sink(state_));
        if (!walked) verdicts.note = walked.error().context;
        verdicts.compiled = walked.has_value() && compiled_->matches_payload(state_);
    }

    const Node& pattern_;
    std::optional<Explainer> explainer_;
    std::optional<Pattern> compiled_;
    json::PathSet paths_;
    MatchState state_;
    event::Arena arena_;
    std::string diagnostic_;
    std::vector<naive::Leaf> leaves_;
    std::vector<std::pair<std::string, const Node*>> held_;
};

std::string compact(const Node& node) {
    std::string text;
    json::append_json(text, node);
    return text;
}

// Makes a pair that differs smaller as long as it still differs.
class Simplifier {
public:
    Simplifier(Node pattern, Node event) : pattern_(std::move(pattern)), event_(std::move(event)) {}

    std::string run() {
        while (shrink(pattern_) || shrink(event_)) {}
        Verdicts verdicts = ask();
        return "pattern " + compact(pattern_) + "\nevent   " + compact(event_) + "\nnaive " + show(verdicts.naive) +
               ", compiled " + show(verdicts.compiled) + ", explained " + show(verdicts.explained) + ". " +
               verdicts.note;
    }

private:
    static std::string show(bool matches) { return matches ? "match" : "no match"; }
    Verdicts ask() {
        std::string text = compact(event_);
        return Subject(pattern_).ask(event_, text, walker_, true);
    }

    // Removes something from `root`, which is one of the two.
    bool shrink(Node& root) {
        for (std::size_t attempt = 0;; ++attempt) {
            Node before = root;
            std::size_t left = attempt;
            if (!remove(root, left)) return false;
            if (ask().differ()) return true;
            root = std::move(before);
        }
    }

    // The item, member or character with that number in the tree; false: there are fewer.
    static bool remove(Node& node, std::size_t& number) {
        if (take(node.items, number) || take(node.members, number)) return true;
        if (node.is(Kind::string) && number < node.text.size()) {
            node.text.erase(number, 1);
            if (!json::is_utf8(node.text)) node.text.clear();
            return true;
        }
        if (node.is(Kind::string)) number -= node.text.size();
        return std::any_of(node.items.begin(), node.items.end(), [&](Node& item) { return remove(item, number); }) ||
               std::any_of(node.members.begin(), node.members.end(),
                           [&](json::Member& member) { return remove(member.value, number); });
    }

    template <class List>
    static bool take(List& list, std::size_t& number) {
        if (number >= list.size()) {
            number -= list.size();
            return false;
        }
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(number));
        return true;
    }

    Node pattern_, event_;
    json::Walker walker_;
};

// Under which name an operator is counted.
std::string counted_name(const std::string& name, const Node& value) {
    if (value.is(Kind::object)) return name + " " + value.members[0].name;
    if (name == "cidr") return value.text.find(':') != std::string::npos ? "cidr IPv6" : "cidr IPv4";
    if (name == "exists") return name + " " + value.text;
    bool is_list = value.is(Kind::array) && (name == "anything-but" || name == "contains");
    return name == "anything-but" && !is_list ? "anything-but value" : is_list ? name + " list" : name;
}

void count(const Node& alternative, std::map<std::string, std::size_t>& decided) {
    bool is_literal = alternative.is(Kind::null) || alternative.is(Kind::boolean);
    if (!alternative.is(Kind::object)) ++decided[is_literal ? "literal" : std::string(to_string(alternative.kind))];
    for (const auto& [name, value] : alternative.members) ++decided[counted_name(name, value)];
}

TEST(differential, compiled_explained_and_naive_verdicts_agree) {
    const TestSeed seed(31);
    const std::size_t rounds = test_rounds(rounds_default);
    std::printf("seed %u, %zu patterns (OUTFLOW_SEED and OUTFLOW_ROUNDS set others)\n", seed.value, rounds);
    generated::Generator generator(seed.value);
    json::Walker walker;
    std::map<std::string, std::size_t> decided;
    std::size_t matches = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
        const Node pattern = generator.pattern();
        Subject subject(pattern);
        ASSERT_EQ(subject.diagnostic(), "") << compact(pattern);
        bool has_or = compact(pattern).find("\"$or\"") != std::string::npos;
        for (std::size_t i = 0; i < events_each; ++i) {
            const Node event = generator.event(pattern);
            std::string text = generator.text(event);
            Verdicts verdicts = subject.ask(event, text, walker, i == 0);
            ASSERT_FALSE(verdicts.differ()) << "round " << round << "\n"
                                            << Simplifier(pattern, event).run() << "\nas it was:\n"
                                            << compact(pattern) << "\n"
                                            << text.substr(0, text.size() - limits::chunk_padding);
            if (!verdicts.naive) continue;
            ++matches;
            if (has_or) ++decided["$or"];
            for (const auto& held : subject.held()) count(*held.second, decided);
        }
    }
    const std::size_t pairs = rounds * events_each;
    std::printf("%zu of %zu pairs match; alternatives that held:\n", matches, pairs);
    for (const auto& [name, times] : decided) std::printf("%9zu %s\n", times, name.c_str());
    if (rounds < rounds_default) return;
    EXPECT_GE(matches, pairs / 5);
    for (const char* name : {"string",
                             "number",
                             "literal",
                             "exactly",
                             "prefix",
                             "prefix equals-ignore-case",
                             "suffix",
                             "suffix equals-ignore-case",
                             "contains",
                             "contains list",
                             "equals-ignore-case",
                             "wildcard",
                             "numeric",
                             "cidr IPv4",
                             "cidr IPv6",
                             "exists true",
                             "exists false",
                             "anything-but value",
                             "anything-but list",
                             "anything-but prefix",
                             "anything-but suffix",
                             "anything-but wildcard",
                             "anything-but equals-ignore-case",
                             "$or"}) {
        EXPECT_GE(decided[name], pairs / 100) << name;
    }
}

}  // namespace
}  // namespace outflow::pattern
