#include "platform/clock.h"

namespace outflow::platform {

Clock::time_point Clock::now() noexcept { return std::chrono::steady_clock::now(); }

std::int64_t unix_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace outflow::platform
