#include "pattern/right_form.h"

#include <algorithm>
#include <optional>

#include "pattern/compiler.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using json::Node;

constexpr std::string_view opposites[][2] = {{"=", "!="}, {"!=", "="}, {"<", ">="},
                                             {">=", "<"}, {">", "<="}, {"<=", ">"}};

bool is_sign(std::string_view name) {
    const auto is_named = [name](const auto& pair) { return pair[0] == name; };
    return std::any_of(std::begin(opposites), std::end(opposites), is_named);
}

std::string shown(std::string_view lead, const Node& form) {
    constexpr std::size_t bytes_max = 120;
    std::string json;
    json::append_json(json, form);
    return json.size() <= bytes_max ? std::string(lead) + json + "." : "";
}

Node object_of(std::string_view name, Node value) {
    Node object = Node::object();
    object.members.emplace_back(std::string(name), std::move(value));
    return object;
}

bool are_all(const Node& list, Kind kind) {
    const auto is_one = [kind](const Node& item) { return item.is(kind); };
    return !list.items.empty() && std::all_of(list.items.begin(), list.items.end(), is_one);
}

// `>` and a number as `numeric`.
Node operator_object(std::string_view name, const Node& operand) {
    if (!is_sign(name)) return object_of(name, operand);
    Node terms = Node::array();
    terms.items.push_back(Node::string(std::string(name)));
    terms.items.push_back(operand);
    return object_of("numeric", std::move(terms));
}

bool compiles(const Node& alternatives) {
    std::vector<Diagnostic> diagnostics;
    DiagnosticList list(diagnostics);
    Conditions conditions;
    compile_conditions(alternatives, "", conditions, list);
    return diagnostics.empty();
}

// The field's array that was meant.
std::optional<Node> meant_alternatives(std::string_view name, const Node& operand) {
    Node alternatives = Node::array();
    alternatives.items.push_back(operator_object(name, operand));
    if (compiles(alternatives)) return alternatives;
    alternatives.items.clear();
    for (const Node& item : operand.items) alternatives.items.push_back(operator_object(name, item));
    if (!alternatives.items.empty() && compiles(alternatives)) return alternatives;
    return std::nullopt;
}

// `*text*`, its own stars and backslashes escaped.
Node containing(const Node& text) {
    std::string wildcard = "*";
    for (char c : text.text) {
        if (c == '*' || c == '\\') wildcard += '\\';
        wildcard += c;
    }
    return Node::string(wildcard == "*" ? wildcard : wildcard + "*");
}

std::string without_numeric(const Node& terms) {
    if (terms.items.size() != 2 && terms.items.size() != 4) return {};
    Node alternatives = Node::array();
    for (std::size_t i = 0; i < terms.items.size(); i += 2) {
        for (const auto& [sign, opposite] : opposites) {
            if (terms.items[i].text != sign) continue;
            alternatives.items.push_back(operator_object(opposite, terms.items[i + 1]));
        }
    }
    const bool is_one = alternatives.items.size() == 1;
    return compiles(alternatives) ? shown("The opposite is ", is_one ? alternatives.items[0] : alternatives) : "";
}

// A network of whole bytes is told by its first digits.
std::string without_network(const Node& network) {
    const std::optional<Network> parsed = network.is(Kind::string) ? parse_network(network.text) : std::nullopt;
    const bool is_v4 = parsed && !parsed->base.is_v6;
    if (!is_v4 || parsed->bits % 8 != 0 || parsed->bits == 0 || parsed->bits == 32) {
        return "A network of whole bytes can be told by a prefix: {\"anything-but\":{\"prefix\":\"10.0.\"}}.";
    }
    std::string prefix;
    for (std::size_t i = 0; i < parsed->bits / 8; ++i) prefix += std::to_string(parsed->base.bytes[i]) + ".";
    return shown("Write ", object_of("anything-but", object_of("prefix", Node::string(prefix))));
}

}  // namespace

std::string operator_in_array(std::string_view field, std::string_view name, const Node& operand) {
    std::optional<Node> alternatives = meant_alternatives(name, operand);
    if (!alternatives) return {};
    std::string lead = "The operator stands in the array of its field: ";
    json::append_json_string(lead, field);
    return shown(lead + ": ", *alternatives);
}

std::string one_object_each(std::string_view name, const Node& operands) {
    if (!are_all(operands, Kind::string)) return {};
    Node alternatives = Node::array();
    for (const Node& operand : operands.items) alternatives.items.push_back(object_of(name, operand));
    return shown("Several alternatives are several objects: ", alternatives);
}

std::string exclusion(std::string_view name, const Node& operand) {
    if (name == "numeric") return without_numeric(operand);
    if (name == "cidr") return without_network(operand);
    if (name == "exactly") return shown("Write ", object_of("anything-but", operand));
    if (name != "contains" || !(operand.is(Kind::string) || are_all(operand, Kind::string))) return {};
    Node wildcards = Node::array();
    for (const Node& item : operand.items) wildcards.items.push_back(containing(item));
    if (operand.is(Kind::string)) wildcards = containing(operand);
    return shown("Write ", object_of("anything-but", object_of("wildcard", std::move(wildcards))));
}

std::string exclusion_without_list(const Node& list) {
    if (!are_all(list, Kind::object)) return {};
    Node operands = Node::array();
    for (const Node& item : list.items) {
        const bool is_same = item.members.size() == 1 && item.members[0].name == list.items[0].members[0].name;
        if (!is_same || !item.members[0].value.is(Kind::string)) return {};
        operands.items.push_back(item.members[0].value);
    }
    if (operands.items.size() == 1) operands = Node(operands.items[0]);
    return shown("Write ", object_of("anything-but", object_of(list.items[0].members[0].name, std::move(operands))));
}

std::string topic_wildcard(std::string_view filter) {
    std::string text;
    for (char c : filter) {
        const bool is_wildcard = c == '+' || c == '#';
        if (!is_wildcard) text += c;
        if (is_wildcard && !text.ends_with('*')) text += '*';
    }
    return shown("A * stands for one level or several: ", object_of("wildcard", Node::string(text)));
}

std::string logic_hint(std::string_view name) {
    if (name == "$and") return "All keys of an object hold together: write the fields side by side.";
    return name == "$not" || name == "$nor" ? "Write `anything-but` in the array of the field." : "";
}

}  // namespace outflow::pattern
