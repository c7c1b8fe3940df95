// Makes the parts of a template. Internal to this folder.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "transform/template.h"

namespace outflow::transform {

// A text cut at its references.
struct TemplateToken {
    enum class Kind : std::uint8_t { literal, reference, embedding };
    Kind kind = Kind::literal;
    TemplatePart::Context context = TemplatePart::Context::text;
    std::string text;  // of a literal, `$${` being `${`; a reference's default
    std::string name;
    bool has_default = false;
    bool replaces_null = false;  // the default does
    bool comma_follows = false;  // embedding: other members do
    std::size_t object = 0;      // of a JSON template: the innermost that it stands in, among its objects
};

// An object of a JSON template: its names in the order of the text, each a row of literals, with their escapes decoded,
// and references.
struct TemplateNames {
    std::vector<std::vector<TemplateToken>> names;
    bool is_embedded_in = false;
};

bool is_variable_name(std::string_view text);

// For a message: cut if it is long.
std::string shown(std::string_view text);

class TemplateParser {
public:
    TemplateParser(std::span<const Variable> variables, std::vector<Diagnostic>& diagnostics,
                   std::vector<Diagnostic>& warnings);

    std::optional<Template> parse(std::string_view text);

private:
    using Token = TemplateToken;
    using Context = TemplatePart::Context;

    // template_parser.cpp: from text to parts
    std::vector<Token> scan(std::string_view text, const std::string& pointer);
    bool take_reference(std::string_view inside, const std::string& pointer, std::vector<Token>& tokens);
    void add(const Token& token, bool is_source);
    void add_literal(std::string_view text);
    void add_reference(const Token& token, bool is_source);
    void add_constant(std::size_t variable, Context context);
    void add_embedding(const Token& token);
    void add_undeclared(const Token& token, bool is_source);
    std::string default_in(Context context, const std::string& text, bool is_source) const;
    std::size_t need_of(const Variable& variable);
    bool spend(std::size_t bytes);
    void warn_about_unused();
    void report(std::string pointer, std::string message, std::string hint = {});
    void warn(std::string pointer, std::string message, std::string hint = {});

    // template_json.cpp: is it JSON, and where do objects go in
    void read_as_json(std::vector<Token>& tokens);
    std::optional<std::string> probe(std::vector<Token>& tokens) const;
    void find_embeddings(std::vector<Token>& tokens, std::vector<TemplateNames>& objects);
    bool cut_embedding(std::vector<Token>& tokens, std::size_t place);

    // template_names.cpp: the names of its objects
    void read_names(std::vector<Token>& tokens);
    TemplateObject resolve_names(const TemplateNames& object);
    std::vector<TemplatePart> parts_of(const std::vector<Token>& name);
    std::string spelled(const std::vector<TemplatePart>& name) const;

    std::span<const Variable> variables_;
    std::vector<Diagnostic>& diagnostics_;
    std::vector<Diagnostic>& warnings_;
    std::size_t before_;                              // errors of others
    std::map<std::string_view, std::size_t> places_;  // of variables_, by name
    std::vector<std::vector<Token>> constants_;       // of variables_, scanned
    std::map<std::size_t, std::size_t> need_of_variable_;
    std::set<std::size_t> used_;        // of variables_
    std::set<std::string> undeclared_;  // already told
    std::vector<std::size_t> open_;     // constants that are being put in, outermost first
    std::size_t references_ = 0;
    std::size_t bytes_ = 0;
    bool is_over_ = false;
    Template made_;
};

// Of `tokens`, which make JSON: the objects in the order of their beginnings, and in each token that it stands in.
std::vector<TemplateNames> scan_names(std::vector<TemplateToken>& tokens);

}  // namespace outflow::transform
