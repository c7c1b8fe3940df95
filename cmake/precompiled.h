// What most files include: parsing these is most of what a small file costs. No header of ours: the compiler cache
// gives a precompiled header also when only a comment differs, and then `#pragma once` takes the changed file for
// another one.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <tl/expected.hpp>
