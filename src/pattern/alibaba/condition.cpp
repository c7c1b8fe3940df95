#include "pattern/alibaba/condition.h"

#include <algorithm>
#include <cmath>

#include "pattern/alibaba/number.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using json::Node;

constexpr std::string_view operators[] = {"prefix", "suffix", "contains", "anything-but", "numeric", "cidr", "exists"};

constexpr struct {
    std::string_view text;
    bool less, equal, greater;
} comparisons[] = {{"=", false, true, false}, {"!=", true, false, true}, {"<", true, false, false},
                   {"<=", true, true, false}, {">", false, false, true}, {">=", false, true, true}};

std::string below(const std::string& pointer, std::string_view name) {
    std::string place = pointer;
    json::append_pointer(place, name);
    return place;
}

std::string below(const std::string& pointer, std::size_t index) { return pointer + "/" + std::to_string(index); }

bool is_scalar(const Node& node) { return !node.is(Kind::object) && !node.is(Kind::array); }

}  // namespace

// Reads one field's alternatives.
class AlibabaConditionReader {
public:
    AlibabaConditionReader(AlibabaConditions& conditions, DiagnosticList& diagnostics)
        : conditions_(conditions), diagnostics_(diagnostics) {}

    void read_alternative(const Node& node, const std::string& pointer) {
        if (node.is(Kind::array)) {
            return diagnostics_.add(node, pointer,
                                    "An alternative is a value or an object with one operator, not a list.");
        }
        if (!node.is(Kind::object)) return add_value(node, conditions_.values_);
        if (node.members.size() != 1) {
            return diagnostics_.add(node, pointer, "Expected an object with exactly one operator.",
                                    suggest_operator("", operators));
        }
        const auto& [name, value] = node.members[0];
        read_operator(name, value, below(pointer, name));
    }

private:
    using Affix = AlibabaConditions::Affix;

    static void add_value(const Node& node, AlibabaConditions::Values& values) {
        if (node.is(Kind::null)) {
            values.has_null = true;
        } else {
            values.texts.push_back(node.text);
        }
    }

    void add(AlibabaConditions::Test test) { conditions_.tests_.push_back(std::move(test)); }

    void read_operator(const std::string& name, const Node& value, const std::string& pointer) {
        if (name == "prefix" || name == "suffix") return read_affix(name, value, pointer);
        if (name == "contains") return read_contains(value, pointer);
        if (name == "anything-but") return read_anything_but(value, pointer);
        if (name == "numeric") return read_numeric(value, pointer);
        if (name == "cidr") return read_cidr(value, pointer);
        if (name == "exists") return read_exists(value, pointer);
        diagnostics_.add(value, pointer, "The Alibaba dialect has no operator " + quoted_name(name) + ".",
                         suggest_operator(name, operators));
    }

    bool make_affix(std::string_view name, const Node& value, const std::string& pointer, Affix& affix) {
        affix.kind = name == "prefix" ? Affix::Kind::prefix : Affix::Kind::suffix;
        affix.text = value.text;
        if (value.is(Kind::string) && !value.text.empty()) return true;
        diagnostics_.add(value, pointer, quoted_name(name) + " expects a string that is not empty.");
        return false;
    }

    void read_affix(std::string_view name, const Node& value, const std::string& pointer) {
        Affix affix;
        if (make_affix(name, value, pointer, affix)) add(std::move(affix));
    }

    // Of the hosted product only, so with the meaning that it has in docs/pattern.md.
    void read_contains(const Node& value, const std::string& pointer) {
        const bool is_list = value.is(Kind::array) && !value.items.empty();
        if (!is_list && !value.is(Kind::string)) {
            return diagnostics_.add(value, pointer, "`contains` expects a string or a list of strings.");
        }
        if (!is_list) return add(Affix{Affix::Kind::contains, value.text});
        for (std::size_t i = 0; i < value.items.size(); ++i) {
            const Node& item = value.items[i];
            if (!item.is(Kind::string)) diagnostics_.add(item, below(pointer, i), "Expected a string.");
            add(Affix{Affix::Kind::contains, item.text});
        }
    }

    void read_anything_but(const Node& value, const std::string& pointer) {
        if (value.is(Kind::object)) return read_anything_but_affix(value, pointer);
        AlibabaConditions::Values values;
        if (is_scalar(value)) add_value(value, values);
        for (std::size_t i = 0; i < value.items.size(); ++i) {
            const Node& item = value.items[i];
            if (!is_scalar(item)) {
                diagnostics_.add(item, below(pointer, i), "Expected a string, a number, true, false or null.");
            } else {
                add_value(item, values);
            }
        }
        std::sort(values.texts.begin(), values.texts.end());
        add(AlibabaConditions::AnythingBut{std::move(values)});
    }

    void read_anything_but_affix(const Node& value, const std::string& pointer) {
        const bool is_one = value.members.size() == 1;
        const bool is_known = is_one && (value.members[0].name == "prefix" || value.members[0].name == "suffix");
        if (!is_known) {
            return diagnostics_.add(value, pointer,
                                    "`anything-but` expects a value, a list of values, {\"prefix\": string} or "
                                    "{\"suffix\": string}.");
        }
        const auto& [name, text] = value.members[0];
        Affix affix;
        if (make_affix(name, text, below(pointer, name), affix)) add(AlibabaConditions::AnythingBut{std::move(affix)});
    }

    void read_numeric(const Node& value, const std::string& pointer) {
        constexpr std::string_view shape =
            "`numeric` expects [operator, number] or [operator, number, operator, number], operators being "
            "= != < <= > >=.";
        const bool has_shape = value.is(Kind::array) && (value.items.size() == 2 || value.items.size() == 4);
        if (!has_shape) return diagnostics_.add(value, pointer, std::string(shape));
        AlibabaConditions::Numeric numeric;
        for (std::size_t i = 0; i < value.items.size(); i += 2) {
            const Node& name = value.items[i];
            const Node& bound = value.items[i + 1];
            const auto* comparison = std::find_if(std::begin(comparisons), std::end(comparisons),
                                                  [&](const auto& one) { return name.text == one.text; });
            if (!name.is(Kind::string) || comparison == std::end(comparisons)) {
                diagnostics_.add(name, below(pointer, i), std::string(shape));
                continue;
            }
            constexpr double most = 1e9;
            const double number = bound.is(Kind::number) ? nearest_double(bound.text) : 0;
            if (!bound.is(Kind::number) || number > most || number < -most) {
                diagnostics_.add(bound, below(pointer, i + 1), "Expected a number from -1000000000 to 1000000000.");
                continue;
            }
            numeric.bounds.push_back({comparison->less, comparison->equal, comparison->greater, number});
        }
        add(std::move(numeric));
    }

    void read_cidr(const Node& value, const std::string& pointer) {
        if (value.is(Kind::string) && value.text.find('/') != std::string::npos) {
            if (const auto network = parse_alibaba_network(value.text)) return add(*network);
        } else if (value.is(Kind::string) && !value.text.empty()) {
            if (const auto address = parse_alibaba_address(value.text)) return add(*address);
        }
        diagnostics_.add(value, pointer,
                         "`cidr` expects an IPv4 network such as \"10.0.0.0/24\", or one IPv4 or IPv6 address.",
                         "In this dialect an IPv6 network is none, and host names are not looked up.");
    }

    void read_exists(const Node& value, const std::string& pointer) {
        if (!value.is(Kind::boolean)) return diagnostics_.add(value, pointer, "`exists` expects true or false.");
        (value.text == "true" ? conditions_.takes_any_ : conditions_.takes_missing_) = true;
    }

    AlibabaConditions& conditions_;
    DiagnosticList& diagnostics_;
};

void AlibabaConditions::compile(const Node& alternatives, const std::string& pointer, DiagnosticList& diagnostics) {
    if (!alternatives.is(Kind::array) || alternatives.items.empty()) {
        return diagnostics.add(alternatives, pointer,
                               "Expected a list of one or more alternatives, such as [\"a\", \"b\"].");
    }
    AlibabaConditionReader reader(*this, diagnostics);
    for (std::size_t i = 0; i < alternatives.items.size(); ++i) {
        reader.read_alternative(alternatives.items[i], below(pointer, i));
    }
    std::sort(values_.texts.begin(), values_.texts.end());
}

bool AlibabaConditions::Values::contain(const AlibabaLeaf& leaf) const {
    if (leaf.kind == Kind::null) return has_null;
    return std::binary_search(texts.begin(), texts.end(), leaf.text, std::less<>());
}

bool AlibabaConditions::Affix::holds(const AlibabaLeaf& leaf) const {
    if (leaf.kind != json::Kind::string) return false;
    if (kind == Kind::contains) return leaf.text.find(text) != std::string_view::npos;
    return kind == Kind::prefix ? leaf.text.starts_with(text) : leaf.text.ends_with(text);
}

// Numbers closer than this are equal, whatever the operator is.
bool AlibabaConditions::Numeric::holds(const AlibabaLeaf& leaf) const {
    if (leaf.kind != Kind::number) return false;
    return std::all_of(bounds.begin(), bounds.end(), [&leaf](const Bound& bound) {
        constexpr double threshold = 1e-7;
        if (std::abs(leaf.number - bound.number) <= threshold) return bound.equal;
        return leaf.number < bound.number ? bound.less : bound.greater;
    });
}

bool AlibabaConditions::holds(const Test& test, const AlibabaLeaf& leaf) {
    if (const auto* affix = std::get_if<Affix>(&test)) return affix->holds(leaf);
    if (const auto* numeric = std::get_if<Numeric>(&test)) return numeric->holds(leaf);
    if (const auto* but = std::get_if<AnythingBut>(&test)) {
        const auto* values = std::get_if<Values>(&but->excluded);
        return values != nullptr ? !values->contain(leaf) : !std::get<Affix>(but->excluded).holds(leaf);
    }
    if (leaf.kind != Kind::string) return false;
    if (const auto* network = std::get_if<AlibabaNetwork>(&test)) return network->contains(leaf.text);
    return parse_alibaba_address(leaf.text) == std::get<AlibabaAddress>(test);
}

bool AlibabaConditions::hold_for(const AlibabaLeaf& leaf) const {
    if (takes_any_ || values_.contain(leaf)) return true;
    return std::any_of(tests_.begin(), tests_.end(), [&leaf](const Test& test) { return holds(test, leaf); });
}

}  // namespace outflow::pattern
