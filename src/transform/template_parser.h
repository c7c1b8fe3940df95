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
    bool comma_follows = false;      // embedding: other members do
    std::vector<std::string> names;  // embedding: of the other members, sorted
};

class TemplateParser {
public:
    TemplateParser(std::span<const Variable> variables, std::vector<Fault>& faults, std::vector<Fault>& advice);

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
    void advise_unused();
    void fault(std::string pointer, std::string message, std::string hint = {});
    void advise(std::string pointer, std::string message, std::string hint = {});

    // template_json.cpp: is it JSON, and where do objects go in
    void read_as_json(std::vector<Token>& tokens);
    std::optional<std::string> probe(std::vector<Token>& tokens) const;
    void find_embeddings(std::vector<Token>& tokens, const json::Node& root);
    bool cut_embedding(std::vector<Token>& tokens, std::size_t place);

    std::span<const Variable> variables_;
    std::vector<Fault>& faults_;
    std::vector<Fault>& advice_;
    std::size_t before_;  // faults of others
    std::map<std::string_view, std::size_t> places_;      // of variables_, by name
    std::vector<std::vector<Token>> constants_;           // of variables_, scanned
    std::map<std::size_t, std::size_t> need_of_variable_;
    std::set<std::size_t> used_;                          // of variables_
    std::set<std::string> undeclared_;                    // already told
    std::vector<std::size_t> open_;                       // constants that are being put in, outermost first
    std::size_t references_ = 0;
    std::size_t bytes_ = 0;
    bool is_over_ = false;
    Template made_;
};

}  // namespace outflow::transform
