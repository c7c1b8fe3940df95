#include "app/environment.h"

#include <cstdlib>

namespace outflow::app {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

}  // namespace outflow::app
