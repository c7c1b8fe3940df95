#include "platform/clock.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace outflow::platform {
namespace {

// Writes `value` as `digits` decimal digits, zeros in front.
void put_digits(char* place, unsigned value, int digits) {
    for (int i = digits - 1; i >= 0; --i) {
        place[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

}  // namespace

void append_rfc3339(std::string& out, std::int64_t unix_ms) {
    constexpr std::int64_t year_0 = -62'167'219'200'000;
    constexpr std::int64_t end_of_9999 = 253'402'300'799'999;
    using std::chrono::milliseconds;
    const std::chrono::sys_time<milliseconds> time{milliseconds(std::clamp(unix_ms, year_0, end_of_9999))};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto of_day = static_cast<unsigned>((time - day).count());

    std::array<char, 24> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                              '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
    put_digits(&text[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put_digits(&text[5], static_cast<unsigned>(date.month()), 2);
    put_digits(&text[8], static_cast<unsigned>(date.day()), 2);
    put_digits(&text[11], of_day / 3'600'000, 2);
    put_digits(&text[14], of_day / 60'000 % 60, 2);
    put_digits(&text[17], of_day / 1'000 % 60, 2);
    put_digits(&text[20], of_day % 1'000, 3);
    out.append(text.data(), text.size());
}

std::string format_rfc3339(std::int64_t unix_ms) {
    std::string out;
    append_rfc3339(out, unix_ms);
    return out;
}

}  // namespace outflow::platform
