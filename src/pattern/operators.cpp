#include <algorithm>

#include "base/limits.h"
#include "pattern/compiler.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using json::Node;

constexpr std::string_view operators[] = {"exactly", "prefix",  "suffix", "contains", "anything-but",
                                          "numeric", "exists", "cidr",   "wildcard", "equals-ignore-case"};
constexpr std::string_view unsupported[] = {"cidr", "wildcard", "equals-ignore-case"};
constexpr std::string_view not_yet = "not supported yet in this version";

constexpr struct {
    std::string_view text;
    Comparison comparison;
} comparisons[] = {{"=", Comparison::equal},       {"!=", Comparison::not_equal},
                   {"<", Comparison::less},        {"<=", Comparison::less_equal},
                   {">", Comparison::greater},     {">=", Comparison::greater_equal}};

bool contains(std::span<const std::string_view> list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

Test make_test(Test::Kind kind, std::string text = {}) {
    Test test;
    test.kind = kind;
    test.text = std::move(text);
    return test;
}

// Compiles one condition object; every operator in it must hold.
class OperatorCompiler {
public:
    OperatorCompiler(FaultList& faults, std::vector<Test>& tests) : faults_(faults), tests_(tests) {}

    bool wants_missing = false;  // exists: false

    void compile(const std::string& name, const Node& value, const std::string& pointer) {
        if (contains(unsupported, name)) return faults_.add(value, pointer, quoted(name) + " is " + std::string(not_yet) + ".");
        if (name == "exactly") return compile_text(Test::Kind::text, name, value, pointer);
        if (name == "prefix") return compile_text(Test::Kind::prefix, name, value, pointer);
        if (name == "suffix") return compile_text(Test::Kind::suffix, name, value, pointer);
        if (name == "contains") return compile_text(Test::Kind::contains, name, value, pointer);
        if (name == "anything-but") return compile_anything_but(value, pointer);
        if (name == "numeric") return compile_numeric(value, pointer);
        if (name == "exists") return compile_exists(value, pointer);
        faults_.add(value, pointer, "Unknown operator " + quoted(name) + ".", suggest(name, operators));
    }

private:
    static std::string quoted(std::string_view name) { return "`" + std::string(name.substr(0, 100)) + "`"; }

    void compile_text(Test::Kind kind, std::string_view name, const Node& value, const std::string& pointer) {
        if (value.is(Kind::object) && value.find("equals-ignore-case") != nullptr) {
            faults_.add(value, pointer, "`equals-ignore-case` is " + std::string(not_yet) + ".");
        } else if (!value.is(Kind::string)) {
            faults_.add(value, pointer, quoted(name) + " expects a string.");
        } else {
            tests_.push_back(make_test(kind, value.text));
        }
    }

    void compile_exists(const Node& value, const std::string& pointer) {
        if (!value.is(Kind::boolean)) return faults_.add(value, pointer, "`exists` expects true or false.");
        if (value.text == "true") {
            tests_.push_back(make_test(Test::Kind::exists));
        } else {
            wants_missing = true;
        }
    }

    void compile_numeric(const Node& value, const std::string& pointer) {
        constexpr std::string_view shape = "`numeric` expects [operator, number] or [operator, number, operator, number], "
                                           "operators being = != < <= > >=.";
        bool has_shape = value.is(Kind::array) && (value.items.size() == 2 || value.items.size() == 4);
        if (!has_shape) return faults_.add(value, pointer, std::string(shape));
        for (std::size_t i = 0; i < value.items.size(); i += 2) {
            const Node& name = value.items[i];
            const Node& bound = value.items[i + 1];
            auto known = std::find_if(std::begin(comparisons), std::end(comparisons),
                                      [&](const auto& entry) { return name.is(Kind::string) && name.text == entry.text; });
            if (known == std::end(comparisons)) {
                faults_.add(name, pointer + "/" + std::to_string(i), std::string(shape));
                continue;
            }
            if (!check_bound(bound, pointer + "/" + std::to_string(i + 1))) continue;
            Test test = make_test(Test::Kind::numeric, bound.text);
            test.comparison = known->comparison;
            tests_.push_back(std::move(test));
        }
    }

    bool check_bound(const Node& node, const std::string& pointer) {
        if (!node.is(Kind::number)) {
            faults_.add(node, pointer, "Expected a number.", node.is(Kind::string) ? "Write it without quotes." : "");
            return false;
        }
        if (is_in_double_range(parse_decimal(node.text))) return true;
        faults_.add(node, pointer, "The number is outside of the range of a double.");
        return false;
    }

    void compile_anything_but(const Node& value, const std::string& pointer) {
        Test test = make_test(Test::Kind::anything_but);
        if (value.is(Kind::object)) {
            compile_excluded_affix(value, pointer, test);
        } else if (value.is(Kind::array)) {
            for (std::size_t i = 0; i < value.items.size(); ++i) {
                add_value(value.items[i], pointer + "/" + std::to_string(i), test.alternatives);
            }
        } else {
            add_value(value, pointer, test.alternatives);
        }
        tests_.push_back(std::move(test));
    }

    void compile_excluded_affix(const Node& value, const std::string& pointer, Test& test) {
        constexpr std::string_view shape = "`anything-but` expects a value, a list of values, or one of "
                                           "{\"prefix\": ...} and {\"suffix\": ...}.";
        if (value.members.size() != 1) return faults_.add(value, pointer, std::string(shape));
        const auto& [name, affix] = value.members[0];
        std::string place = pointer;
        json::append_pointer(place, name);
        if (contains(unsupported, name)) return faults_.add(affix, place, quoted(name) + " is " + std::string(not_yet) + ".");
        if (name != "prefix" && name != "suffix") {
            constexpr std::string_view nested[] = {"prefix", "suffix"};
            return faults_.add(affix, place, std::string(shape), suggest(name, nested));
        }
        Test::Kind kind = name == "prefix" ? Test::Kind::prefix : Test::Kind::suffix;
        if (!affix.is(Kind::array)) return add_affix(affix, place, kind, test);
        if (affix.items.empty()) faults_.add(affix, place, "Expected at least one string.");
        for (std::size_t i = 0; i < affix.items.size(); ++i) {
            add_affix(affix.items[i], place + "/" + std::to_string(i), kind, test);
        }
    }

    void add_affix(const Node& affix, const std::string& pointer, Test::Kind kind, Test& test) {
        if (!affix.is(Kind::string) || affix.text.empty()) {
            return faults_.add(affix, pointer, "Expected a string that is not empty.");
        }
        test.alternatives.push_back(make_test(kind, affix.text));
    }

public:
    void add_value(const Node& value, const std::string& pointer, std::vector<Test>& tests) {
        switch (value.kind) {
        case Kind::string: tests.push_back(make_test(Test::Kind::text, value.text)); return;
        case Kind::number:
            if (!is_exact(parse_decimal(value.text))) return faults_.add(value, pointer, "The number's exponent is too large.");
            tests.push_back(make_test(Test::Kind::number, value.text));
            return;
        case Kind::boolean: tests.push_back(make_test(Test::Kind::literal, value.text)); return;
        case Kind::null: tests.push_back(make_test(Test::Kind::literal, "null")); return;
        case Kind::missing:
        case Kind::object:
        case Kind::array: faults_.add(value, pointer, "Expected a string, a number, true, false or null."); return;
        }
    }

private:
    FaultList& faults_;
    std::vector<Test>& tests_;
};

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t i = 0; i <= right.size(); ++i) row[i] = i;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[right.size()];
}

}  // namespace

void FaultList::add(const json::Node& node, const std::string& pointer, std::string message, std::string hint) {
    if (faults_.size() - before_ >= limits::pattern_faults_max) return;
    faults_.push_back({pointer, std::move(message), std::move(hint), node.line, node.column});
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t word_bytes_max = 40;
    if (word.size() > word_bytes_max) return {};
    std::string normal(word);
    for (char& c : normal) c = c == '_' || c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string_view best;
    std::size_t best_distance = word.size() <= 4 ? 2 : 3;
    for (std::string_view candidate : candidates) {
        std::size_t distance = edit_distance(normal, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best.empty() ? std::string() : "Did you mean `" + std::string(best) + "`?";
}

void compile_conditions(const json::Node& alternatives, const std::string& pointer, Conditions& conditions,
                        FaultList& faults) {
    for (std::size_t i = 0; i < alternatives.items.size(); ++i) {
        const Node& alternative = alternatives.items[i];
        std::string place = pointer + "/" + std::to_string(i);
        std::vector<Test> tests;
        OperatorCompiler compiler(faults, tests);
        if (!alternative.is(Kind::object)) {
            compiler.add_value(alternative, place, tests);
            if (!tests.empty()) conditions.add(std::move(tests));
            continue;
        }
        if (alternative.members.empty()) faults.add(alternative, place, "Expected an operator, such as \"prefix\".");
        for (const auto& [name, value] : alternative.members) {
            std::string operator_place = place;
            json::append_pointer(operator_place, name);
            compiler.compile(name, value, operator_place);
        }
        // A missing field satisfies no other operator, so `exists: false` beside one can never hold.
        if (compiler.wants_missing && tests.empty()) conditions.allow_missing();
        if (!compiler.wants_missing && !tests.empty()) conditions.add(std::move(tests));
    }
    conditions.seal();
}

}  // namespace outflow::pattern
