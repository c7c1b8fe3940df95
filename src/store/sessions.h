// The MQTT sessions that tasks have or have left at their brokers: written before a session can exist, removed when it has
// ended. So no crash leaves one that nobody knows, with messages in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace outflow::store {

struct StoredSession {
    std::string address;  // task::session_address; with the client id it names the session
    std::string client_id;
    std::string task;
    std::string definition;  // a JSON document of the task with its instances, secrets sealed
    bool is_left = false;    // it is to be ended, with what it holds
    std::uint32_t attempts = 0;
    std::string last_error = {};
};

// Belongs to the database's thread. Errors: those of Database.
class Sessions {
public:
    explicit Sessions(Database& database) : database_(database) {}

    Result<std::vector<StoredSession>> all();
    Result<std::vector<StoredSession>> of_task(std::string_view task);
    Result<std::optional<StoredSession>> find(std::string_view address, std::string_view client_id);
    // New, or in place of the one of that address and client id; it is not left.
    Status put(const StoredSession& session);
    // All of a task that is removed.
    Status leave(std::string_view task);
    // One more attempt to end it has failed.
    Status fail(std::string_view address, std::string_view client_id, std::string_view error);
    // It has ended, or nobody is to end it any more.
    Status remove(std::string_view address, std::string_view client_id);

private:
    Database& database_;
};

}  // namespace outflow::store
