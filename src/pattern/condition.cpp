#include "pattern/condition.h"

#include <algorithm>

namespace outflow::pattern {

namespace {

bool is_ordered(std::strong_ordering order, Comparison comparison) {
    switch (comparison) {
    case Comparison::equal: return order == 0;
    case Comparison::not_equal: return order != 0;
    case Comparison::less: return order < 0;
    case Comparison::less_equal: return order <= 0;
    case Comparison::greater: return order > 0;
    case Comparison::greater_equal: return order >= 0;
    }
    return false;
}

bool comes_before(std::string_view left, std::string_view right) {
    return left.size() != right.size() ? left.size() < right.size() : left < right;
}

// Texts stay where they are from now on, so that numbers can be views of them.
void bind_numbers(Test& test) {
    if (test.kind == Test::Kind::number || test.kind == Test::Kind::numeric) test.number = parse_decimal(test.text);
    for (Test& alternative : test.alternatives) bind_numbers(alternative);
}

}  // namespace

bool holds(const Test& test, const Leaf& leaf) {
    bool is_string = leaf.kind == json::Kind::string;
    switch (test.kind) {
    case Test::Kind::text: return is_string && leaf.text == test.text;
    case Test::Kind::number: return leaf.kind == json::Kind::number && compare(leaf.number, test.number) == 0;
    case Test::Kind::literal:
        return (leaf.kind == json::Kind::null || leaf.kind == json::Kind::boolean) && leaf.text == test.text;
    case Test::Kind::prefix: return is_string && leaf.text.starts_with(test.text);
    case Test::Kind::suffix: return is_string && leaf.text.ends_with(test.text);
    case Test::Kind::contains: return is_string && leaf.text.find(test.text) != std::string_view::npos;
    case Test::Kind::numeric:
        return leaf.kind == json::Kind::number && is_ordered(compare(leaf.number, test.number), test.comparison);
    case Test::Kind::exists: return true;
    case Test::Kind::anything_but:
        return std::none_of(test.alternatives.begin(), test.alternatives.end(),
                            [&](const Test& excluded) { return holds(excluded, leaf); });
    case Test::Kind::never: return false;
    }
    return false;
}

void Conditions::add(std::vector<Test> tests) {
    if (tests.size() == 1 && tests[0].kind == Test::Kind::text) {
        texts_.push_back(std::move(tests[0].text));
    } else {
        others_.push_back(std::move(tests));
    }
}

void Conditions::seal() {
    std::sort(texts_.begin(), texts_.end(), comes_before);
    texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
    for (auto& tests : others_) {
        for (Test& test : tests) bind_numbers(test);
    }
}

bool Conditions::hold_for(const Leaf& leaf) const {
    if (leaf.kind == json::Kind::string && std::binary_search(texts_.begin(), texts_.end(), leaf.text, comes_before)) {
        return true;
    }
    return std::any_of(others_.begin(), others_.end(), [&](const std::vector<Test>& tests) {
        return std::all_of(tests.begin(), tests.end(), [&](const Test& test) { return holds(test, leaf); });
    });
}

}  // namespace outflow::pattern
