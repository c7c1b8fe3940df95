#include "pattern/condition.h"

#include <algorithm>

namespace outflow::pattern {

namespace {

// What satisfies one comparison; nothing for `!=`.
std::optional<Interval> interval_of(const Test& test) {
    switch (test.comparison) {
    case Comparison::equal: return Interval{{test.text, true}, {test.text, true}};
    case Comparison::less: return Interval{{}, {test.text, false}};
    case Comparison::less_equal: return Interval{{}, {test.text, true}};
    case Comparison::greater: return Interval{{test.text, false}, {}};
    case Comparison::greater_equal: return Interval{{test.text, true}, {}};
    case Comparison::not_equal: return std::nullopt;
    }
    return std::nullopt;
}

// The narrower of two bounds on one side.
Bound narrower(const Bound& left, const Bound& right, bool is_low) {
    if (left.spelling.empty()) return right;
    if (right.spelling.empty()) return left;
    auto order = json::compare(json::parse_decimal(left.spelling), json::parse_decimal(right.spelling));
    if (order == 0) return left.is_inclusive ? right : left;
    return (order > 0) == is_low ? left : right;
}

}  // namespace

void Conditions::add(std::vector<Test> tests) {
    if (add_numeric(tests)) return;
    if (tests.size() == 1 && add_alone(tests[0])) return;
    std::vector<Conditions> all;
    for (Test& test : tests) {
        Conditions one;
        one.add({std::move(test)});
        one.seal();
        all.push_back(std::move(one));
    }
    ands_.push_back(std::move(all));
}

// Comparisons alone make an interval.
bool Conditions::add_numeric(const std::vector<Test>& tests) {
    Interval all;
    for (const Test& test : tests) {
        if (test.kind != Test::Kind::numeric) return false;
        auto one = interval_of(test);
        if (!one && tests.size() > 1) return false;
        if (!one) {
            numbers_.add({{}, {test.text, false}});
            numbers_.add({{test.text, false}, {}});
            return true;
        }
        all = {narrower(all.low, one->low, true), narrower(all.high, one->high, false)};
    }
    numbers_.add(std::move(all));
    return true;
}

bool Conditions::add_alone(Test& test) {
    using Place = FoldedText::Place;
    std::string reason;
    switch (test.kind) {
    case Test::Kind::text: texts_.add(std::move(test.text)); break;
    case Test::Kind::number: numbers_.add({{test.text, true}, {test.text, true}}); break;
    case Test::Kind::literal: (test.text == "null" ? null_ : test.text == "true" ? true_ : false_) = true; break;
    case Test::Kind::prefix: prefixes_.add(std::move(test.text)); break;
    case Test::Kind::suffix: suffixes_.add(std::move(test.text)); break;
    case Test::Kind::contains:
        for (std::string& part : test.texts) parts_.push_back(std::move(part));
        break;
    case Test::Kind::equals_ignore_case: folded_.emplace_back(test.text, Place::whole); break;
    case Test::Kind::prefix_ignore_case: folded_.emplace_back(test.text, Place::front); break;
    case Test::Kind::suffix_ignore_case: folded_.emplace_back(test.text, Place::back); break;
    case Test::Kind::wildcard: wildcards_.push_back(*Wildcard::parse(test.text, reason)); break;
    case Test::Kind::cidr: networks_.push_back(*parse_network(test.text)); break;
    case Test::Kind::exists: exists_ = true; break;
    case Test::Kind::anything_but: excluded_.push_back(std::move(test.excluded)); break;
    case Test::Kind::numeric: return false;  // made an interval
    }
    return true;
}

void Conditions::seal() {
    texts_.seal();
    prefixes_.seal();
    suffixes_.seal();
    numbers_.seal();
    has_searches_ = !parts_.empty() || !folded_.empty() || !wildcards_.empty() || !networks_.empty();
    has_more_than_sets_ = exists_ || !excluded_.empty() || !ands_.empty();
}

bool Conditions::may_hold_for(json::Kind kind) const {
    const auto may_all = [kind](const std::vector<Conditions>& all) {
        return std::all_of(all.begin(), all.end(), [kind](const Conditions& one) { return one.may_hold_for(kind); });
    };
    if (exists_ || !excluded_.empty() || std::any_of(ands_.begin(), ands_.end(), may_all)) return true;
    if (kind == json::Kind::string) return !texts_.empty() || !prefixes_.empty() || !suffixes_.empty() || has_searches_;
    if (kind == json::Kind::number) return !numbers_.empty();
    return kind == json::Kind::null ? null_ : kind == json::Kind::boolean && (true_ || false_);
}

bool Conditions::hold_otherwise(const Leaf& leaf) const {
    if (!json::is_leaf(leaf.kind())) return false;
    if (exists_) return true;
    for (const auto& excluded : excluded_) {
        if (!excluded->hold_for(leaf)) return true;
    }
    return std::any_of(ands_.begin(), ands_.end(), [&](const std::vector<Conditions>& all) {
        return std::all_of(all.begin(), all.end(), [&](const Conditions& one) { return one.hold_for(leaf); });
    });
}

bool Conditions::finds(const Leaf& leaf) const {
    const std::string_view text = leaf.text();
    for (const std::string& part : parts_) {
        if (find_part(text, part) != std::string_view::npos) return true;
    }
    for (const FoldedText& folded : folded_) {
        if (folded.hold_for(text)) return true;
    }
    for (const Wildcard& wildcard : wildcards_) {
        if (wildcard.matches(text)) return true;
    }
    if (networks_.empty()) return false;
    const Address* address = leaf.address();
    return address != nullptr && std::any_of(networks_.begin(), networks_.end(),
                                             [&](const Network& network) { return network.contains(*address); });
}

}  // namespace outflow::pattern
