// The last requests as they came, for tests and for a person who wants to see what a client does.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace outflow::devbroker {

// Off until enabled. Keeps the newest frames, `bytes_max` bytes of them at most. Belongs to one thread.
class RequestLog {
public:
    static constexpr std::size_t bytes_max = 128 * 1024 * 1024;

    struct Entry {
        std::uint64_t number = 0;  // counts from 1
        std::uint64_t connection = 0;
        std::int64_t monotonic_us = 0;  // CLOCK_MONOTONIC
        std::int32_t code = 0;          // of the request
        bool is_stored = false;         // carried out: a send's records are in the store
        std::string frame;              // the whole frame
    };

    void enable() { is_enabled_ = true; }
    bool is_enabled() const { return is_enabled_; }
    // Does nothing when off.
    void add(Entry entry);
    const std::deque<Entry>& entries() const { return entries_; }

private:
    bool is_enabled_ = false;
    std::deque<Entry> entries_;
    std::size_t bytes_ = 0;
    std::uint64_t last_number_ = 0;
};

}  // namespace outflow::devbroker
