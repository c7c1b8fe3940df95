// What this program is and how it was built; no path of the machine that built it.
#pragma once

#include <string>
#include <string_view>

namespace outflow::app {

inline constexpr std::string_view version = "0.1.0";  // as in CMakeLists.txt; a test compares

std::string_view commit();      // git describe; empty when the build did not say
std::string compiler();         // "g++ 12.2.0"
std::string_view build_type();  // "Release"
std::string sanitizers();       // "address,undefined" or "none"

}  // namespace outflow::app
