// The exact numbers of json/decimal.h under this folder's names.
#pragma once

#include "json/decimal.h"

namespace outflow::pattern {

using json::compare;
using json::Decimal;
using json::is_exact;
using json::is_in_double_range;
using json::parse_decimal;

}  // namespace outflow::pattern
