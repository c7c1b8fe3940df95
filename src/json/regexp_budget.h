// What the patterns of all queries together may cost that come in one text from a stranger.
#pragma once

#include <cstddef>

namespace outflow::json {

// While it lives the queries that its thread parses share it. One a thread at a time.
class RegexpBudget {
public:
    explicit RegexpBudget(std::size_t instructions);
    ~RegexpBudget();
    RegexpBudget(const RegexpBudget&) = delete;
    RegexpBudget& operator=(const RegexpBudget&) = delete;

    // Whether more may be compiled on this thread; true where there is no budget.
    static bool has_room();
    static void take(std::size_t instructions);

private:
    std::size_t left_;
};

}  // namespace outflow::json
