// Instances and tasks as they are wanted. What runs of them is nobody's business here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace outflow::store {

struct StoredInstance {
    std::string name = {};
    std::string definition = {};  // a JSON object as in task files, `{"mqtt":{...}}`; its secrets sealed
    std::int64_t revision = 0;    // never the same again, for anything that is stored
    std::string created_at = {};  // "2026-01-31T12:00:00.123Z"
    std::string changed_at = {};
    bool is_leaving = false;  // it was deleted, and goes when no task that leaves uses it
};

struct StoredTask {
    std::string name = {};
    std::string definition = {};  // a JSON object as in task files, without `enabled`
    bool is_wanted = false;       // that it runs
    std::string stopped = {};     // why it is not wanted any more, when it stopped by itself; else empty
    std::int64_t revision = 0;
    std::string created_at = {};
    std::string changed_at = {};
    bool is_leaving = false;  // it was deleted, and goes when its sessions are empty
};

// Belongs to the database's thread. Errors: those of Database: the disk is full, ... Several calls are made one change by
// Database::transact.
class Catalog {
public:
    explicit Catalog(Database& database) : database_(database) {}

    // By name.
    Result<std::vector<StoredInstance>> instances();
    Result<std::vector<StoredTask>> tasks();
    // New, or in place of the one of that name, whose time of creation and wish to run stay; it is not leaving. Gives it with
    // its new revision.
    Result<StoredInstance> put_instance(std::string_view name, std::string_view definition);
    Result<StoredTask> put_task(std::string_view name, std::string_view definition);
    // The revision stays: whoever edits the definition meanwhile is not disturbed. `stopped`: see StoredTask. One that is
    // not there is no error.
    Status want_task(std::string_view name, bool is_wanted, std::string_view stopped = {});
    // The revisions stay. One that is not there is no error.
    Status leave_instance(std::string_view name, bool is_leaving);
    Status leave_task(std::string_view name);
    // One that is not there is no error.
    Status remove_instance(std::string_view name);
    Status remove_task(std::string_view name);

private:
    Database& database_;
};

}  // namespace outflow::store
