// Every field that a file of tests may have, as data (task/fields.h).
#pragma once

#include <span>

#include "task/fields.h"

namespace outflow::cli {

std::span<const task::FieldRule> test_fields();

}  // namespace outflow::cli
