// One function an operator: what its value may be, and what it then tests.
#include <algorithm>

#include "base/limits.h"
#include "pattern/compiler.h"
#include "pattern/right_form.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using json::Node;

constexpr std::string_view operators[] = {"exactly", "prefix", "suffix", "contains", "anything-but",
                                          "numeric", "exists", "cidr",   "wildcard", "equals-ignore-case"};
// Of other engines, or of our own operators: no keys inside `$or`.
constexpr std::string_view reserved[] = {"=",
                                         "<",
                                         "<=",
                                         ">",
                                         ">=",
                                         "regex",
                                         "not-wildcard",
                                         "not-equals-ignore-case",
                                         "date-after",
                                         "date-on-or-after",
                                         "date-before",
                                         "date-on-or-before",
                                         "in-date-range",
                                         "ip-address-in-range",
                                         "ip-address-not-in-range"};
constexpr std::string_view ignore_case = "equals-ignore-case";

constexpr struct {
    std::string_view text;
    Comparison comparison;
} comparisons[] = {{"=", Comparison::equal},       {"!=", Comparison::not_equal}, {"<", Comparison::less},
                   {"<=", Comparison::less_equal}, {">", Comparison::greater},    {">=", Comparison::greater_equal}};

template <std::size_t n>
bool is_one_of(const std::string_view (&list)[n], std::string_view text) {
    return std::find(list, list + n, text) != list + n;
}

Test make_test(Test::Kind kind, std::string text = {}) {
    Test test;
    test.kind = kind;
    test.text = std::move(text);
    return test;
}

std::string below(const std::string& pointer, std::string_view name) {
    std::string place = pointer;
    json::append_pointer(place, name);
    return place;
}

std::string below(const std::string& pointer, std::size_t index) { return pointer + "/" + std::to_string(index); }

// Compiles one condition object; every operator in it must hold.
class OperatorCompiler {
public:
    OperatorCompiler(DiagnosticList& diagnostics, std::vector<Test>& tests)
        : diagnostics_(diagnostics), tests_(tests) {}

    bool wants_missing = false;  // exists: false

    void compile(const std::string& name, const Node& value, const std::string& pointer) {
        if (name == "exactly") return compile_text(Test::Kind::text, name, value, pointer);
        if (name == "equals-ignore-case") return compile_text(Test::Kind::equals_ignore_case, name, value, pointer);
        if (name == "prefix") return compile_affix(Test::Kind::prefix, name, value, pointer);
        if (name == "suffix") return compile_affix(Test::Kind::suffix, name, value, pointer);
        if (name == "contains") return compile_contains(value, pointer);
        if (name == "wildcard") return compile_wildcard(value, pointer, tests_);
        if (name == "cidr") return compile_cidr(value, pointer);
        if (name == "anything-but") return compile_anything_but(value, pointer);
        if (name == "numeric") return compile_numeric(value, pointer);
        if (name == "exists") return compile_exists(value, pointer);
        diagnostics_.add(value, pointer, "Unknown operator " + quoted_name(name) + ".",
                         suggest_operator(name, operators));
    }

    void add_value(const Node& value, const std::string& pointer, std::vector<Test>& tests) {
        switch (value.kind) {
        case Kind::string: tests.push_back(make_test(Test::Kind::text, value.text)); return;
        case Kind::number:
            if (!json::is_exact(json::parse_decimal(value.text))) {
                return diagnostics_.add(value, pointer, "The number's exponent is too large.");
            }
            tests.push_back(make_test(Test::Kind::number, value.text));
            return;
        case Kind::boolean: tests.push_back(make_test(Test::Kind::literal, value.text)); return;
        case Kind::null: tests.push_back(make_test(Test::Kind::literal, "null")); return;
        case Kind::missing:
        case Kind::object:
        case Kind::array: diagnostics_.add(value, pointer, "Expected a string, a number, true, false or null."); return;
        }
    }

private:
    void compile_text(Test::Kind kind, std::string_view name, const Node& value, const std::string& pointer) {
        if (!value.is(Kind::string)) {
            return diagnostics_.add(value, pointer, quoted_name(name) + " expects a string.",
                                    one_object_each(name, value));
        }
        tests_.push_back(make_test(kind, value.text));
    }

    void compile_affix(Test::Kind kind, std::string_view name, const Node& value, const std::string& pointer) {
        if (!value.is(Kind::object)) return compile_text(kind, name, value, pointer);
        const Node* folded = value.find(ignore_case);
        if (folded == nullptr || value.members.size() != 1) {
            return diagnostics_.add(value, pointer,
                                    quoted_name(name) + " expects a string or {\"equals-ignore-case\": string}.",
                                    value.members.size() == 1 ? suggest(value.members[0].name, {&ignore_case, 1}) : "");
        }
        bool is_front = kind == Test::Kind::prefix;
        compile_text(is_front ? Test::Kind::prefix_ignore_case : Test::Kind::suffix_ignore_case, ignore_case, *folded,
                     below(pointer, ignore_case));
    }

    void compile_contains(const Node& value, const std::string& pointer) {
        Test test = make_test(Test::Kind::contains);
        if (value.is(Kind::string)) {
            test.texts.push_back(value.text);
        } else if (!value.is(Kind::array) || value.items.empty()) {
            return diagnostics_.add(value, pointer, "`contains` expects a string or a list of strings.");
        } else {
            for (std::size_t i = 0; i < value.items.size(); ++i) {
                if (!value.items[i].is(Kind::string))
                    diagnostics_.add(value.items[i], below(pointer, i), "Expected a string.");
                test.texts.push_back(value.items[i].text);
            }
        }
        tests_.push_back(std::move(test));
    }

    void compile_wildcard(const Node& value, const std::string& pointer, std::vector<Test>& tests) {
        if (!value.is(Kind::string)) {
            return diagnostics_.add(value, pointer, "`wildcard` expects a string.", one_object_each("wildcard", value));
        }
        std::string reason;
        if (!Wildcard::parse(value.text, reason)) return diagnostics_.add(value, pointer, reason);
        tests.push_back(make_test(Test::Kind::wildcard, value.text));
    }

    void compile_cidr(const Node& value, const std::string& pointer) {
        if (!value.is(Kind::string) || !parse_network(value.text)) {
            constexpr const char* shape =
                "`cidr` expects a network such as \"10.0.0.0/24\" or \"2001:db8::/32\", or an address.";
            return diagnostics_.add(value, pointer, shape, one_object_each("cidr", value));
        }
        tests_.push_back(make_test(Test::Kind::cidr, value.text));
    }

    void compile_exists(const Node& value, const std::string& pointer) {
        if (!value.is(Kind::boolean)) return diagnostics_.add(value, pointer, "`exists` expects true or false.");
        if (value.text == "true") {
            tests_.push_back(make_test(Test::Kind::exists));
        } else {
            wants_missing = true;
        }
    }

    void compile_numeric(const Node& value, const std::string& pointer) {
        constexpr std::string_view shape =
            "`numeric` expects [operator, number] or [operator, number, operator, number], "
            "operators being = != < <= > >=.";
        bool has_shape = value.is(Kind::array) && (value.items.size() == 2 || value.items.size() == 4);
        if (!has_shape) return diagnostics_.add(value, pointer, std::string(shape));
        for (std::size_t i = 0; i < value.items.size(); i += 2) {
            const Node& name = value.items[i];
            const Node& bound = value.items[i + 1];
            auto known = std::find_if(std::begin(comparisons), std::end(comparisons), [&](const auto& entry) {
                return name.is(Kind::string) && name.text == entry.text;
            });
            if (known == std::end(comparisons)) {
                diagnostics_.add(name, below(pointer, i), std::string(shape));
                continue;
            }
            if (!check_bound(bound, below(pointer, i + 1))) continue;
            Test test = make_test(Test::Kind::numeric, bound.text);
            test.comparison = known->comparison;
            tests_.push_back(std::move(test));
        }
    }

    bool check_bound(const Node& node, const std::string& pointer) {
        if (!node.is(Kind::number)) {
            diagnostics_.add(node, pointer, "Expected a number.",
                             node.is(Kind::string) ? "Write it without quotes." : "");
            return false;
        }
        if (json::is_in_double_range(json::parse_decimal(node.text))) return true;
        diagnostics_.add(node, pointer, "The number is outside of the range of a double.");
        return false;
    }

    void compile_anything_but(const Node& value, const std::string& pointer) {
        const auto is_object = [](const Node& item) { return item.is(Kind::object); };
        std::vector<Test> excluded;
        if (value.is(Kind::object)) {
            compile_excluded(value, pointer, excluded);
        } else if (std::any_of(value.items.begin(), value.items.end(), is_object)) {
            constexpr const char* shape = "The list of `anything-but` has values, no operators.";
            diagnostics_.add(value, pointer, shape, exclusion_without_list(value));
        } else if (value.is(Kind::array)) {
            for (std::size_t i = 0; i < value.items.size(); ++i) add_value(value.items[i], below(pointer, i), excluded);
        } else {
            add_value(value, pointer, excluded);
        }
        auto conditions = std::make_shared<Conditions>();
        for (Test& each : excluded) conditions->add({std::move(each)});
        conditions->seal();
        Test test = make_test(Test::Kind::anything_but);
        test.excluded = std::move(conditions);
        tests_.push_back(std::move(test));
    }

    void compile_excluded(const Node& value, const std::string& pointer, std::vector<Test>& excluded) {
        constexpr std::string_view nested[] = {"prefix", "suffix", "wildcard", "equals-ignore-case"};
        constexpr std::string_view shape = "`anything-but` expects a value, a list of values, or an object with one of "
                                           "prefix, suffix, wildcard and equals-ignore-case.";
        if (value.members.size() != 1) return diagnostics_.add(value, pointer, std::string(shape));
        const auto& [name, operand] = value.members[0];
        std::string place = below(pointer, name);
        if (!is_one_of(nested, name)) {
            std::string form = exclusion(name, operand);
            if (form.empty()) form = suggest(name, nested);
            return diagnostics_.add(operand, place, std::string(shape), std::move(form));
        }
        if (!operand.is(Kind::array)) return add_excluded(name, operand, place, excluded);
        if (operand.items.empty()) diagnostics_.add(operand, place, "Expected at least one string.");
        for (std::size_t i = 0; i < operand.items.size(); ++i) {
            add_excluded(name, operand.items[i], below(place, i), excluded);
        }
    }

    void add_excluded(std::string_view name, const Node& operand, const std::string& pointer,
                      std::vector<Test>& excluded) {
        if (name == "wildcard") return compile_wildcard(operand, pointer, excluded);
        bool is_affix = name != ignore_case;
        if (!operand.is(Kind::string) || (is_affix && operand.text.empty())) {
            return diagnostics_.add(operand, pointer,
                                    is_affix ? "Expected a string that is not empty." : "Expected a string.");
        }
        auto kind = !is_affix          ? Test::Kind::equals_ignore_case
                    : name == "prefix" ? Test::Kind::prefix
                                       : Test::Kind::suffix;
        excluded.push_back(make_test(kind, operand.text));
    }

    DiagnosticList& diagnostics_;
    std::vector<Test>& tests_;
};

// How many texts have to be looked for one by one: exact values, affixes and ranges are sets.
std::size_t searches_of(const Node& alternative) {
    constexpr std::string_view searches[] = {"contains", "wildcard", "cidr", "equals-ignore-case"};
    std::size_t count = alternative.members.size() > 1 ? 1 : 0;
    for (const auto& [name, value] : alternative.members) {
        if (value.is(Kind::object)) {
            count += searches_of(value);
        } else if (is_one_of(searches, name)) {
            count += std::max<std::size_t>(1, value.items.size());
        }
    }
    return count;
}

void check_count(const Node& alternatives, const std::string& pointer, DiagnosticList& diagnostics) {
    std::size_t searches = 0;
    for (const Node& alternative : alternatives.items) searches += searches_of(alternative);
    if (searches <= limits::pattern_searches_max) return;
    diagnostics.add(alternatives, pointer,
                    "A field takes at most " + std::to_string(limits::pattern_searches_max) +
                        " alternatives of contains, wildcard, cidr, equals-ignore-case and of several operators.");
}

}  // namespace

bool is_operator_name(std::string_view name) { return is_one_of(operators, name) || is_one_of(reserved, name); }

void compile_conditions(const json::Node& alternatives, const std::string& pointer, Conditions& conditions,
                        DiagnosticList& diagnostics) {
    check_count(alternatives, pointer, diagnostics);
    for (std::size_t i = 0; i < alternatives.items.size(); ++i) {
        const Node& alternative = alternatives.items[i];
        std::string place = below(pointer, i);
        std::vector<Test> tests;
        OperatorCompiler compiler(diagnostics, tests);
        if (!alternative.is(Kind::object)) {
            compiler.add_value(alternative, place, tests);
            if (!tests.empty()) conditions.add(std::move(tests));
            continue;
        }
        if (alternative.members.empty())
            diagnostics.add(alternative, place, "Expected an operator, such as \"prefix\".");
        for (const auto& [name, value] : alternative.members) compiler.compile(name, value, below(place, name));
        // A missing field satisfies no other operator, so `exists: false` beside one can never hold.
        if (compiler.wants_missing && tests.empty()) conditions.allow_missing();
        if (!compiler.wants_missing && !tests.empty()) conditions.add(std::move(tests));
    }
    conditions.seal();
}

}  // namespace outflow::pattern
