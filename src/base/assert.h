// Checks for programmer errors, on in every build. Never for bytes from outside.
#pragma once

namespace outflow {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

#define OUTFLOW_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::outflow::assertion_failed(#condition, __FILE__, __LINE__))
