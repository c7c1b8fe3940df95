#include "json/regexp_budget.h"

#include <algorithm>

#include "base/assert.h"

namespace outflow::json {

namespace {
thread_local std::size_t* left_of_thread = nullptr;
}  // namespace

RegexpBudget::RegexpBudget(std::size_t instructions) : left_(instructions) {
    OUTFLOW_ASSERT(left_of_thread == nullptr);
    left_of_thread = &left_;
}

RegexpBudget::~RegexpBudget() { left_of_thread = nullptr; }

bool RegexpBudget::has_room() { return left_of_thread == nullptr || *left_of_thread > 0; }

void RegexpBudget::take(std::size_t instructions) {
    if (left_of_thread != nullptr) *left_of_thread -= std::min(*left_of_thread, instructions);
}

}  // namespace outflow::json
