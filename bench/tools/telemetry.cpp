#include "telemetry.h"

#include <charconv>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

#include "base/assert.h"

namespace outflow::bench {
namespace {

void put_digits(char* at, std::size_t digits, std::uint64_t value) {
    for (std::size_t i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

char* put(char* at, std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

}  // namespace

Telemetry::Telemetry(unsigned publisher, std::string_view run, std::size_t bytes) {
    OUTFLOW_ASSERT(publisher < 10'000 && run.size() <= run_name_bytes_max);
    OUTFLOW_ASSERT(bytes >= telemetry_bytes_min && bytes <= telemetry_bytes_max);
    std::string name = fmt::format("p{}-", publisher);
    text_ = "{\"id\":\"";
    id_at_ = text_.size();
    id_bytes_ = name.size() + 9;
    seq_at_ = id_at_ + name.size();
    text_ += fmt::format("{}000000000\",\"run\":\"{}\",\"machine\":\"press-{}\",\"at\":", name, run, publisher % 10);
    at_at_ = text_.size();
    text_ += "0000000000000000,\"temperature\":";
    temperature_at_ = text_.size();
    text_ += "00.0,\"seq\":";
    tail_at_ = text_.size();
    text_.resize(bytes);
}

std::string_view Telemetry::message(std::uint64_t seq, Microseconds at) {
    char* text = text_.data();
    put_digits(text + seq_at_, 9, seq);
    put_digits(text + at_at_, 16, static_cast<std::uint64_t>(at));
    std::uint64_t step = seq / 2 % 300;
    std::uint64_t tenths = passes(seq) ? 650 + step : 200 + step;  // 65.0 to 94.9 and 20.0 to 49.9
    alarm_ = !passes(seq) ? "none" : tenths < 800 ? "warm" : "hot";
    put_digits(text + temperature_at_, 2, tenths / 10);
    text[temperature_at_ + 3] = static_cast<char>('0' + tenths % 10);
    char* tail = std::to_chars(text + tail_at_, text + tail_at_ + 20, seq).ptr;
    tail = put(put(put(tail, ",\"alarm\":\""), alarm_), "\",\"pad\":\"");
    char* end = text + text_.size() - 2;
    std::memset(tail, 'x', static_cast<std::size_t>(end - tail));
    put(end, "\"}");
    return text_;
}

std::string default_run_name() {
    return fmt::format("r{:x}-{:x}", Clock::steady() / 1'000'000 & 0xFFFFFF, getpid() & 0xFFFFFF);
}

}  // namespace outflow::bench
