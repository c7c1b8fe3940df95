// The messages of all runs: JSON telemetry of exactly so many bytes, half of which pass `temperature > 50`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machine.h"

namespace outflow::bench {

inline constexpr std::size_t telemetry_bytes_min = 192;
inline constexpr std::size_t telemetry_bytes_max = 1024 * 1024;
inline constexpr std::size_t run_name_bytes_max = 16;
inline constexpr std::uint64_t telemetry_messages_max = 999'999'999;  // of one publisher: nine digits in the id

// {"id":"p0-000000123","run":"r1","machine":"press-7","at":1764123456789012,"temperature":81.5,"seq":123,
//  "alarm":"hot","pad":"..."}
class Telemetry {
public:
    // `publisher` below 10,000. `run` tells runs apart: letters, digits and '-' only.
    Telemetry(unsigned publisher, std::string_view run, std::size_t bytes);

    std::size_t bytes() const { return text_.size(); }

    // The message number `seq`, to be published at `at`. Valid until the next call.
    std::string_view message(std::uint64_t seq, Microseconds at);

    // The id and alarm of the last message.
    std::string_view id() const { return std::string_view(text_).substr(id_at_, id_bytes_); }
    std::string_view alarm() const { return alarm_; }

    static bool passes(std::uint64_t seq) { return seq % 2 == 1; }
    // How many of the messages 0 to `count` - 1 pass.
    static std::uint64_t passing(std::uint64_t count) { return count / 2; }

private:
    std::string text_;
    std::string_view alarm_;
    std::size_t id_at_ = 0;
    std::size_t id_bytes_ = 0;
    std::size_t seq_at_ = 0;  // of nine digits inside the id
    std::size_t at_at_ = 0;
    std::size_t temperature_at_ = 0;
    std::size_t tail_at_ = 0;
};

// A name for a run that gave none.
std::string default_run_name();

}  // namespace outflow::bench
