// Sessions of browsers, in memory only: a restart ends them.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "platform/clock.h"

namespace outflow::api {

struct Session {
    std::string user;
    std::string csrf;  // what changes must bring with them
    platform::Clock::time_point began{};
    platform::Clock::time_point used{};
};

class Sessions {
public:
    using Time = platform::Clock::time_point;
    static constexpr std::chrono::hours idle_max{12};
    static constexpr std::chrono::hours age_max{7 * 24};
    static constexpr std::size_t sessions_max = 1'000;  // the one not used for longest goes
    static constexpr std::size_t of_user_max = 50;

    struct Begun {
        std::string id;  // for the cookie: 256 random bits; nothing here keeps it
        std::string csrf;
    };
    Begun begin(const std::string& user, Time now);
    // Without using it: what only watches keeps no session. Null and valid as for use().
    const Session* find(std::string_view id, Time now);
    // And that it was used. Null: there is none, or no longer. Valid until the next call.
    const Session* use(std::string_view id, Time now);
    void end(std::string_view id);
    // All of the user's but that of `kept_id`.
    void end_of(std::string_view user, std::string_view kept_id = {});
    std::size_t size() const { return sessions_.size(); }

private:
    Session* look_up(std::string_view id, Time now);
    void drop_ended(Time now);
    void drop_oldest(std::string_view user);  // "": of any user

    std::map<std::string, Session> sessions_;  // by the hash of the id: how long a search takes tells nothing of an id
};

}  // namespace outflow::api
