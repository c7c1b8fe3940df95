// Makes guessing passwords slow: who fails often waits longer and longer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "platform/clock.h"

namespace outflow::api {

// Counts attempts by user name and by client address; either one can make a login wait.
class LoginDelays {
public:
    using Time = platform::Clock::time_point;
    static constexpr std::uint32_t free_attempts = 5;      // that cost no wait
    static constexpr std::chrono::seconds delay_max{300};  // 1 s, 2 s, 4 s ... up to this
    static constexpr std::chrono::seconds forgotten_after{1800};
    static constexpr std::size_t entries_max = 10'000;  // of each table; the one that rests longest goes

    // How long to wait before the next attempt; 0: none.
    std::chrono::seconds wait(const std::string& name, const std::string& address, Time now) const;
    // An attempt begins. It counts as failed until it has succeeded, so that many at once are no way around.
    void begin(const std::string& name, const std::string& address, Time now);
    // The name's attempts are forgotten; the address loses only this one: who has an account of his own must not try
    // those of others with it.
    void succeed(const std::string& name, const std::string& address);
    std::size_t size() const { return names_.size() + addresses_.size(); }

private:
    struct Attempts {
        std::uint32_t count = 0;
        Time last{};
    };
    using Table = std::map<std::string, Attempts>;
    static std::chrono::seconds wait(const Table& table, const std::string& key, Time now);
    static void begin(Table& table, const std::string& key, Time now);

    Table names_;
    Table addresses_;
};

}  // namespace outflow::api
