// Variables of the environment that say how commands behave.
#pragma once

#include <string>

namespace outflow::app {

// Empty when it is not set.
std::string environment(const char* name);

}  // namespace outflow::app
