// What is to be done until it has succeeded, over restarts: the end of an MQTT session whose broker is away.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace outflow::store {

struct Job {
    std::int64_t number = 0;      // set here
    std::string kind = {};        // "end_session"
    std::string what = {};        // JSON: all that it needs, secrets sealed
    std::string created_at = {};  // set here
    std::uint32_t attempts = 0;
    std::string last_error = {};
};

// Belongs to the database's thread. Errors: those of Database.
class Jobs {
public:
    explicit Jobs(Database& database) : database_(database) {}

    Result<Job> add(std::string_view kind, std::string_view what);
    Result<std::vector<Job>> all();  // the oldest first
    // One more attempt has failed.
    Status fail(std::int64_t number, std::string_view error);
    Status remove(std::int64_t number);

private:
    Database& database_;
};

}  // namespace outflow::store
