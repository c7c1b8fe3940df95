// Reads what the names in a template stand for.
#include <algorithm>

#include "transform/template_parser.h"

namespace outflow::transform {

using json::Kind;
using json::Node;

namespace {

bool is_path(std::string_view text) { return text == "$" || text.starts_with("$.") || text.starts_with("$["); }

class VariableReader {
public:
    explicit VariableReader(std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics) {}

    std::vector<Variable> read(std::string_view text) {
        if (text.empty()) return {};
        const std::string expected = "The variables of a template are a JSON object of names with paths or constants.";
        auto document = json::parse_document(text);
        if (!document) {
            report("/value", expected + " " + document.error().context);
            return {};
        }
        if (!document->root.is(Kind::object)) {
            report("/value", expected);
            return {};
        }
        for (const std::string& pointer : document->repeated) {
            report("/value" + pointer, "The variable `" + shown(pointer.substr(1)) + "` is given twice.");
        }
        std::vector<Variable> variables;
        for (auto& [name, node] : document->root.members) variables.push_back(read_variable(name, node));
        return variables;
    }

private:
    void report(std::string pointer, std::string message, std::string hint = {}) {
        diagnostics_.push_back({"", std::move(pointer), std::move(message), std::move(hint), 0, 0});
    }

    Variable read_variable(const std::string& name, const Node& node) {
        if (!is_variable_name(name)) {
            report(variable_pointer(name), "`" + shown(name) + "` is no name of a variable.",
                   "A name has letters, digits, `_`, `-` and `.`, at most 128 bytes.");
        }
        Variable variable;
        variable.name = name;
        variable.kind = node.kind;
        variable.text = node.is(Kind::null) ? "null" : node.text;
        if (node.is(Kind::object) && node.find("path") != nullptr) {
            read_source(node, variable);
        } else if (node.is(Kind::object) || node.is(Kind::array)) {
            const std::string kind(json::to_string(node.kind));
            report(
                variable_pointer(name), "The variable `" + shown(name) + "` is a JSON " + kind + ".",
                "A variable is a path, { path, json, take }, a text, a number, true, false or null; write objects into "
                "the template.");
        } else if (node.is(Kind::string) && is_path(node.text)) {
            variable.source.path = node.text;
        }
        return variable;
    }

    // {"path": "$.data.body.payload", "json": "$.t", "take": "first"}
    void read_source(const Node& node, Variable& variable) {
        for (const auto& [name, value] : node.members) {
            std::string pointer = variable_pointer(variable.name);
            json::append_pointer(pointer, name);
            if (name == "take" && value.is(Kind::string) && value.text == "first") {
                variable.source.takes_first = true;
            } else if (name == "take") {
                report(pointer, "The only thing to take is `first`.", "Without `take` several values become an array.");
            } else if (name != "path" && name != "json") {
                report(pointer, "A variable has no `" + shown(name) + "`.", "It has `path`, `json` and `take`.");
            } else if (!value.is(Kind::string) || value.text.empty()) {
                report(pointer, "Expected a JSONPath, a text.");
            } else {
                (name == "path" ? variable.source.path : variable.source.json) = value.text;
            }
        }
    }

    std::vector<Diagnostic>& diagnostics_;
};

}  // namespace

std::vector<Variable> parse_variables(std::string_view text, std::vector<Diagnostic>& diagnostics) {
    return VariableReader(diagnostics).read(text);
}

bool is_variable_name(std::string_view text) {
    constexpr std::size_t name_bytes_max = 128;
    auto fits = [](char c) {
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
        return is_letter || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    };
    return !text.empty() && text.size() <= name_bytes_max && std::all_of(text.begin(), text.end(), fits);
}

std::string shown(std::string_view text) {
    constexpr std::size_t shown_bytes = 60;
    std::size_t size = std::min(text.size(), shown_bytes);
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) --size;
    return std::string(text.substr(0, size)) + (size < text.size() ? "..." : "");
}

std::string variable_pointer(std::string_view name) {
    std::string pointer = "/value";
    json::append_pointer(pointer, name);
    return pointer;
}

}  // namespace outflow::transform
