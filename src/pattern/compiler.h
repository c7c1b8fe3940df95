// Builds the conditions of one field from the array in the pattern. Internal to this folder.
#pragma once

#include <string>
#include <vector>

#include "json/document.h"
#include "pattern/condition.h"
#include "pattern/pattern.h"

namespace outflow::pattern {

// Collects faults, each with its place.
class FaultList {
public:
    explicit FaultList(std::vector<Fault>& faults) : faults_(faults), before_(faults.size()) {}

    // At most limits::pattern_faults_max are kept.
    void add(const json::Node& node, const std::string& pointer, std::string message, std::string hint = {});
    bool any() const { return faults_.size() > before_; }

private:
    std::vector<Fault>& faults_;
    std::size_t before_;
};

// `alternatives` is the field's array, not empty.
void compile_conditions(const json::Node& alternatives, const std::string& pointer, Conditions& conditions,
                        FaultList& faults);

// "Did you mean ...", or empty: the candidate within an edit distance of 2 (1 for short words).
std::string suggest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace outflow::pattern
