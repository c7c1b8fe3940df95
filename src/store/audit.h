// Who has changed what: added in the transaction of the change itself, never changed, the oldest dropped at a limit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace outflow::store {

struct AuditEntry {
    std::int64_t number = 0;  // grows; set here
    std::string at = {};      // set here
    std::string who = {};     // the user's name; "outflow" for what the server does by itself
    std::string key = {};     // the access key's id; empty: a session of a browser
    std::string from = {};    // the client's address
    std::string action = {};  // "create", "change", "delete", "enable", "pause", "stop", "login", "backup", ...
    std::string kind = {};    // "task", "instance", "user", "key", "server"
    std::string name = {};    // of the thing
    std::string difference =
        {};  // JSON: [{"pointer":"/filter","before":...,"after":...}, ...]; secrets are never in it
};

struct AuditQuery {
    std::int64_t before = 0;  // entries with smaller numbers; 0: from the newest
    std::size_t limit = 100;  // at most Audit::find_max
    std::string kind = {};    // empty: any
    std::string name = {};
    std::string who = {};
};

// Belongs to the database's thread. Errors: those of Database.
class Audit {
public:
    static constexpr std::size_t entries_max = 100'000;
    static constexpr std::size_t find_max = 1'000;

    explicit Audit(Database& database) : database_(database) {}

    Status add(const AuditEntry& entry);
    Result<std::vector<AuditEntry>> find(const AuditQuery& query);  // the newest first

private:
    Database& database_;
};

}  // namespace outflow::store
