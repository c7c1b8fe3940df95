#include "rocketmq/unique_keys.h"

#include <algorithm>

namespace outflow::rocketmq {

namespace {

void put_hex(char* out, std::uint32_t value, int digits) {
    static constexpr char alphabet[] = "0123456789ABCDEF";
    for (int i = digits; i-- > 0; value >>= 4) out[i] = alphabet[value & 15];
}

constexpr std::size_t random_at = 12;
constexpr std::size_t time_at = 20;
constexpr std::size_t counter_at = 28;

}  // namespace

UniqueKeys::UniqueKeys(std::uint32_t ipv4, std::uint32_t process_id, std::uint32_t random) : random_(random) {
    put_hex(key_.data(), ipv4, 8);
    put_hex(key_.data() + 8, process_id & 0xFFFF, 4);
}

void UniqueKeys::enter(std::int64_t millisecond) {
    millisecond_ = millisecond;
    if (millisecond < month_begin_ || millisecond >= month_end_) {
        using namespace std::chrono;
        auto day = floor<days>(sys_time<milliseconds>(milliseconds(millisecond)));
        year_month_day date(day);
        year_month month = date.year() / date.month();
        auto begin_of = [](year_month of) {
            return duration_cast<milliseconds>(sys_days(of / 1).time_since_epoch()).count();
        };
        month_begin_ = begin_of(month);
        month_end_ = begin_of(month + months(1));
        month_ = static_cast<std::uint32_t>(static_cast<int>(month.year()) * 12) + static_cast<unsigned>(month.month());
        put_hex(key_.data() + random_at, random_ + month_, 8);
    }
    put_hex(key_.data() + time_at, static_cast<std::uint32_t>(millisecond - month_begin_), 8);
}

std::string_view UniqueKeys::next(std::chrono::milliseconds now) {
    std::int64_t millisecond = std::max<std::int64_t>(now.count(), 0);
    if (millisecond > millisecond_) {
        enter(millisecond);
        counter_ = 0;
    } else if (++counter_ > 0xFFFF) {
        enter(millisecond_ + 1);
        counter_ = 0;
    }
    put_hex(key_.data() + counter_at, counter_, 4);
    return {key_.data(), key_.size()};
}

}  // namespace outflow::rocketmq
