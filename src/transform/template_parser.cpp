#include "transform/template_parser.h"

#include <algorithm>

#include "base/limits.h"

namespace outflow::transform {

using json::Kind;

namespace {

constexpr std::string_view escape_hint = "To write `${` as text, write `$${`.";

// Where the reference that begins at `start` has its closing brace: the first one that closes no other inside of it. A
// backslash takes a brace its meaning.
std::size_t end_of_reference(std::string_view text, std::size_t start) {
    std::size_t depth = 0;
    for (std::size_t at = start + 2; at < text.size(); ++at) {
        if (text[at] == '}' && depth == 0) return at;
        if (text[at] == '{') ++depth;
        if (text[at] == '}') --depth;
        if (text[at] == '\\') ++at;
    }
    return std::string_view::npos;
}

std::string without_escapes_of_braces(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_escape = text[at] == '\\' && at + 1 < text.size();
        const bool is_brace = is_escape && (text[at + 1] == '{' || text[at + 1] == '}');
        if (is_escape && !is_brace) plain += text[at];
        if (is_escape) ++at;
        plain += text[at];
    }
    return plain;
}

}  // namespace

TemplateParser::TemplateParser(std::span<const Variable> variables, std::vector<Diagnostic>& diagnostics,
                               std::vector<Diagnostic>& warnings)
    : variables_(variables), diagnostics_(diagnostics), warnings_(warnings), before_(diagnostics.size()) {
    constants_.resize(variables.size());
    for (std::size_t i = 0; i < variables.size(); ++i) {
        const Variable& variable = variables[i];
        places_.emplace(variable.name, i);
        bool is_text = variable.source.path.empty() && variable.kind == Kind::string;
        if (is_text) constants_[i] = scan(variable.text, variable_pointer(variable.name));
    }
}

void TemplateParser::report(std::string pointer, std::string message, std::string hint) {
    diagnostics_.push_back({"", std::move(pointer), std::move(message), std::move(hint), 0, 0});
}

void TemplateParser::warn(std::string pointer, std::string message, std::string hint) {
    warnings_.push_back({"", std::move(pointer), std::move(message), std::move(hint), 0, 0});
}

std::optional<Template> TemplateParser::parse(std::string_view text) {
    std::vector<Token> tokens = scan(text, "/template");
    if (diagnostics_.size() == before_) read_as_json(tokens);
    for (const Token& token : tokens) add(token, made_.is_json_);
    if (diagnostics_.size() > before_) return std::nullopt;
    warn_about_unused();
    return std::move(made_);
}

std::vector<TemplateToken> TemplateParser::scan(std::string_view text, const std::string& pointer) {
    std::vector<Token> tokens;
    auto append = [&tokens](std::string_view part) {
        if (part.empty()) return;
        if (tokens.empty() || tokens.back().kind != Token::Kind::literal) tokens.emplace_back();
        tokens.back().text += part;
    };
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t start = text.find("${", at);
        if (start == std::string_view::npos) break;
        append(text.substr(at, start - at));
        if (start > at && text[start - 1] == '$') {  // which stays, and this one does not
            append("{");
            at = start + 2;
            continue;
        }
        std::size_t end = end_of_reference(text, start);
        if (end == std::string_view::npos) {
            const bool has_brace = text.find('}', start) != std::string_view::npos;
            report(pointer, "`" + shown(text.substr(start)) + "` has no `}`.",
                   has_brace ? "In a default a brace without its partner is written `\\{` or `\\}`."
                             : std::string(escape_hint));
            return tokens;
        }
        if (!take_reference(text.substr(start + 2, end - start - 2), pointer, tokens)) {
            report(pointer, "`" + shown(text.substr(start, end + 1 - start)) + "` names no variable.",
                   "A name has letters, digits, `_`, `-` and `.`. " + std::string(escape_hint));
        }
        at = end + 1;
    }
    if (at < text.size()) append(text.substr(at));
    return tokens;
}

bool TemplateParser::take_reference(std::string_view inside, const std::string& pointer, std::vector<Token>& tokens) {
    const std::size_t colon = inside.find(':');
    const std::string_view sign = colon == std::string_view::npos ? "" : inside.substr(colon, 2);
    Token token;
    token.kind = Token::Kind::reference;
    token.has_default = sign == ":-" || sign == ":=";
    token.replaces_null = sign == ":=";
    token.name = token.has_default ? inside.substr(0, colon) : inside;
    if (token.has_default) token.text = without_escapes_of_braces(inside.substr(colon + sign.size()));
    if (token.has_default && token.text.find("${") != std::string::npos) {
        report(pointer, "The default of `" + shown(token.name) + "` names a variable.",
               "Defaults are texts; a constant variable may name others.");
    }
    bool good = is_variable_name(token.name);
    tokens.push_back(std::move(token));
    return good;
}

void TemplateParser::add(const Token& token, bool is_source) {
    switch (token.kind) {
    case Token::Kind::literal: return add_literal(token.text);
    case Token::Kind::reference: return add_reference(token, is_source);
    case Token::Kind::embedding: return add_embedding(token);
    }
}

// False, and an error the first time: the template gets too large.
bool TemplateParser::spend(std::size_t bytes) {
    bytes_ += bytes;
    bool is_over = bytes_ > limits::template_bytes_max || references_ > limits::template_parts_max;
    if (is_over && !is_over_) {
        is_over_ = true;
        report("/template", "The template grows to more than " + std::to_string(limits::template_parts_max) +
                                " variables or 1 MiB, once its constants stand in it.");
    }
    return !is_over;
}

void TemplateParser::add_literal(std::string_view text) {
    if (text.empty() || !spend(text.size())) return;
    std::vector<TemplatePart>& parts = made_.parts_;
    if (parts.empty() || parts.back().kind != TemplatePart::Kind::literal) parts.emplace_back();
    parts.back().text += text;
}

// `is_source`: the default stands in the template itself, so that inside of a JSON string it is spelled as JSON.
void TemplateParser::add_reference(const Token& token, bool is_source) {
    ++references_;
    if (!spend(0)) return;
    auto place = places_.find(token.name);
    if (place == places_.end()) return add_undeclared(token, is_source);
    used_.insert(place->second);
    const Variable& variable = variables_[place->second];
    if (variable.source.path.empty()) return add_constant(place->second, token.context);
    TemplatePart part;
    part.kind = TemplatePart::Kind::variable;
    part.context = token.context;
    part.need = need_of(variable);
    part.has_default = token.has_default;
    part.replaces_null = token.replaces_null;
    if (token.has_default) part.text = default_in(token.context, token.text, is_source);
    if (!token.has_default) made_.needs_[part.need].is_required = true;
    if (spend(part.text.size())) made_.parts_.push_back(std::move(part));
}

void TemplateParser::add_undeclared(const Token& token, bool is_source) {
    bool is_new = undeclared_.insert(token.name).second;
    if (token.has_default) {
        if (is_new) {
            warn("/template",
                 "The value has no variable `" + shown(token.name) + "`, so that its default always goes in.");
        }
        return add_literal(default_in(token.context, token.text, is_source));
    }
    if (!is_new || !is_variable_name(token.name)) return;
    std::string names;
    for (const Variable& variable : variables_) {
        if (names.size() > 200) break;
        names += (names.empty() ? "" : ", ") + variable.name;
    }
    report("/template", "The template's `${" + shown(token.name) + "}` is not among the variables of the value.",
           names.empty() ? "There are none: give it a path or a constant there." : "There are: " + names + ".");
}

std::string TemplateParser::default_in(Context context, const std::string& text, bool is_source) const {
    std::string out;
    switch (context) {
    case Context::text: return text;
    case Context::string:
        if (is_source) return text;
        append_inside_string(out, text);
        return out;
    case Context::json:
        if (json::parse_document(text)) return text;
        json::append_json_string(out, text);
        return out;
    }
    return out;
}

void TemplateParser::add_constant(std::size_t variable, Context context) {
    const Variable& constant = variables_[variable];
    if (constant.kind != Kind::string) return add_literal(constant.text);
    const std::string pointer = variable_pointer(constant.name);
    if (std::find(open_.begin(), open_.end(), variable) != open_.end()) {
        return report(pointer, "The variable `" + shown(constant.name) + "` stands for itself.");
    }
    if (open_.size() == limits::template_depth_max) {
        const std::string depth = std::to_string(limits::template_depth_max);
        return report(pointer, "Constants in constants are deeper than " + depth + " levels.");
    }
    open_.push_back(variable);
    if (context == Context::json) add_literal("\"");
    for (Token token : constants_[variable]) {
        token.context = context == Context::text ? Context::text : Context::string;
        if (token.kind == Token::Kind::literal && token.context == Context::string) {
            std::string escaped;
            append_inside_string(escaped, token.text);
            token.text = std::move(escaped);
        }
        add(token, false);
        if (is_over_) break;
    }
    if (context == Context::json) add_literal("\"");
    open_.pop_back();
}

void TemplateParser::add_embedding(const Token& token) {
    ++references_;
    auto place = places_.find(token.name);
    if (place == places_.end()) return add_undeclared(token, false);
    used_.insert(place->second);
    const Variable& variable = variables_[place->second];
    if (variable.source.path.empty()) {
        return report("/template", "`" + std::string(embedding_name) + "` needs an object; `" + shown(variable.name) +
                                       "` is a constant.");
    }
    TemplatePart part;
    part.kind = TemplatePart::Kind::members;
    part.need = need_of(variable);
    part.object = token.object;
    made_.parts_.push_back(std::move(part));
    if (!token.comma_follows) return;
    made_.parts_.emplace_back();
    made_.parts_.back().kind = TemplatePart::Kind::comma;
}

std::size_t TemplateParser::need_of(const Variable& variable) {
    std::size_t number = places_.at(variable.name);
    auto [place, is_new] = need_of_variable_.emplace(number, made_.needs_.size());
    if (is_new) made_.needs_.push_back({variable.name, variable.source, false});
    return place->second;
}

void TemplateParser::warn_about_unused() {
    for (std::size_t i = 0; i < variables_.size(); ++i) {
        if (used_.contains(i)) continue;
        const std::string& name = variables_[i].name;
        warn(variable_pointer(name), "The template does not use the variable `" + shown(name) + "`.");
    }
}

std::optional<Template> Template::parse(std::string_view text, std::span<const Variable> variables,
                                        std::vector<Diagnostic>& diagnostics, std::vector<Diagnostic>& warnings) {
    return TemplateParser(variables, diagnostics, warnings).parse(text);
}

}  // namespace outflow::transform
