#include "event/parse.h"

namespace outflow::event {

namespace {

// Takes times apart from the front; a failure is for good.
class TimeReader {
public:
    explicit TimeReader(std::string_view text) : rest_(text) {}

    std::int64_t digits(std::size_t count, std::int64_t least, std::int64_t most) {
        std::int64_t value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            char c = next();
            good_ &= c >= '0' && c <= '9';
            value = value * 10 + (c - '0');
        }
        good_ &= value >= least && value <= most;
        return value;
    }
    void one_of(std::string_view letters) { good_ &= letters.find(next()) != std::string_view::npos; }
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    // Milliseconds of the digits behind a dot; one at least.
    std::int64_t fraction() {
        std::int64_t ms = 0;
        std::size_t count = 0;
        for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++count) {
            char c = next();
            if (count < 3) ms = ms * 10 + (c - '0');
        }
        good_ &= count > 0;
        for (; count < 3; ++count) ms *= 10;
        return ms;
    }
    bool is_done() const { return good_ && rest_.empty(); }

private:
    char next() {
        if (rest_.empty()) return good_ = false, '\0';
        char c = rest_[0];
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
    bool good_ = true;
};

bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
    constexpr std::int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

// Since 1970-01-01.
std::int64_t days_until(std::int64_t year, std::int64_t month, std::int64_t day) {
    constexpr std::int64_t days_until_1970 = 719'528;  // from 0000-01-01
    std::int64_t before = year > 0 ? year - 1 : 0;     // whole years behind year 0, which is a leap year
    std::int64_t days = year * 365 + (year > 0 ? 1 + before / 4 - before / 100 + before / 400 : 0);
    for (std::int64_t each = 1; each < month; ++each) days += days_in_month(year, each);
    return days + day - 1 - days_until_1970;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
    TimeReader reader(text);
    std::int64_t year = reader.digits(4, 0, 9999);
    reader.one_of("-");
    std::int64_t month = reader.digits(2, 1, 12);
    reader.one_of("-");
    std::int64_t day = reader.digits(2, 1, 31);
    reader.one_of("Tt ");
    std::int64_t seconds = reader.digits(2, 0, 23) * 3600;
    reader.one_of(":");
    seconds += reader.digits(2, 0, 59) * 60;
    reader.one_of(":");
    seconds += reader.digits(2, 0, 60);  // a leap second is the next one
    std::int64_t ms = reader.take('.') ? reader.fraction() : 0;
    if (!reader.take('Z') && !reader.take('z')) {
        std::int64_t direction = reader.take('-') ? 1 : -1;  // back to UTC
        if (direction < 0) reader.one_of("+");
        seconds += direction * reader.digits(2, 0, 23) * 3600;
        reader.one_of(":");
        seconds += direction * reader.digits(2, 0, 59) * 60;
    }
    if (!reader.is_done() || day > days_in_month(year, month)) return std::nullopt;
    return (days_until(year, month, day) * 86'400 + seconds) * 1000 + ms;
}

}  // namespace outflow::event
