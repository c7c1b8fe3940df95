// Builds the conditions of one field from the array in the pattern. Internal to this folder.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "json/document.h"
#include "pattern/condition.h"
#include "pattern/pattern.h"

namespace outflow::pattern {

// Collects errors, each with its place.
class DiagnosticList {
public:
    explicit DiagnosticList(std::vector<Diagnostic>& diagnostics)
        : diagnostics_(diagnostics), before_(diagnostics.size()) {}

    // At most limits::pattern_diagnostics_max are kept.
    void add(const json::Node& node, const std::string& pointer, std::string message, std::string hint = {});
    bool any() const { return diagnostics_.size() > before_; }

private:
    std::vector<Diagnostic>& diagnostics_;
    std::size_t before_;
};

// The names that stand at the top of an event, and so of a pattern.
std::span<const std::string_view> top_level_names();

// Whether `$or` may not have a key of that name: an operator of ours or of other engines.
bool is_operator_name(std::string_view name);

// `alternatives` is the field's array, not empty.
void compile_conditions(const json::Node& alternatives, const std::string& pointer, Conditions& conditions,
                        DiagnosticList& diagnostics);

// "Did you mean ...", or empty if no candidate is near.
std::string suggest(std::string_view word, std::span<const std::string_view> candidates);
// For an unknown operator: the one that was probably meant, also by a name that other engines have, and all there are.
std::string suggest_operator(std::string_view word, std::span<const std::string_view> operators);

// The name in backquotes, cut after 100 bytes.
std::string quoted_name(std::string_view name);

}  // namespace outflow::pattern
