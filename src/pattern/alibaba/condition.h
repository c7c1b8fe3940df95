// What the Alibaba dialect asks of one value: conditions by text, without types.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "json/document.h"
#include "json/value.h"
#include "pattern/alibaba/address.h"
#include "pattern/compiler.h"

namespace outflow::pattern {

// A null, boolean, number or string of an event as the conditions see it.
struct AlibabaLeaf {
    json::Kind kind = json::Kind::missing;
    std::string_view text;  // string: decoded; number: as the engine spells it; of null nothing
    double number = 0;      // of a number
};

// The alternatives of one field; one of them has to hold.
class AlibabaConditions {
public:
    // `alternatives` is the field's value in the pattern.
    void compile(const json::Node& alternatives, const std::string& pointer, DiagnosticList& diagnostics);

    bool hold_for(const AlibabaLeaf& leaf) const;
    bool hold_for_missing() const { return takes_missing_; }

private:
    // Null, or a text that true, false, numbers and strings are compared with.
    struct Values {
        std::vector<std::string> texts;  // sorted once complete
        bool has_null = false;
        bool contain(const AlibabaLeaf& leaf) const;
    };
    struct Affix {
        enum class Kind : std::uint8_t { prefix, suffix, contains } kind;
        std::string text;
        bool holds(const AlibabaLeaf& leaf) const;
    };
    struct AnythingBut {
        std::variant<Values, Affix> excluded;
    };
    // -1, 0 and 1 of a comparison that hold, for each operator with its bound.
    struct Bound {
        bool less, equal, greater;
        double number;
    };
    struct Numeric {
        std::vector<Bound> bounds;
        bool holds(const AlibabaLeaf& leaf) const;
    };
    using Test = std::variant<Affix, AnythingBut, Numeric, AlibabaNetwork, AlibabaAddress>;
    friend class AlibabaConditionReader;

    static bool holds(const Test& test, const AlibabaLeaf& leaf);

    Values values_;
    std::vector<Test> tests_;
    bool takes_any_ = false;      // exists: true
    bool takes_missing_ = false;  // exists: false
};

}  // namespace outflow::pattern
