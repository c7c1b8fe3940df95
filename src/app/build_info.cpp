#include "app/build_info.h"

#include <fmt/format.h>

#if defined(__has_feature)
#define OUTFLOW_HAS_FEATURE(name) __has_feature(name)
#else
#define OUTFLOW_HAS_FEATURE(name) 0
#endif

namespace outflow::app {

std::string_view commit() {
#ifdef OUTFLOW_COMMIT
    return OUTFLOW_COMMIT;
#else
    return {};
#endif
}

std::string compiler() {
#if defined(__clang__)
    return fmt::format("clang++ {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
    return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

std::string_view build_type() {
#if defined(OUTFLOW_BUILD_TYPE)
    return OUTFLOW_BUILD_TYPE;
#elif defined(__OPTIMIZE__)
    return "optimised";
#else
    return "not optimised";
#endif
}

std::string sanitizers() {
    std::string found;
#if defined(OUTFLOW_SANITIZERS)
    found = OUTFLOW_SANITIZERS;
#else
#if defined(__SANITIZE_ADDRESS__) || OUTFLOW_HAS_FEATURE(address_sanitizer)
    found = "address";
#endif
#if defined(__SANITIZE_THREAD__) || OUTFLOW_HAS_FEATURE(thread_sanitizer)
    found = "thread";
#endif
#endif
    return found.empty() ? "none" : found;
}

}  // namespace outflow::app
