// The SQLite database of a server: one connection, one thread, one process. Debian 12's SQLite can corrupt a database in WAL
// mode that two connections use (sqlite.org/wal.html#walresetbug), so the lock is exclusive; everybody else asks the server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;

namespace outflow::store {

// Belongs to one thread. Errors are file_error with a sentence that says what failed and what to do (disk full, damaged,
// of a newer version, in use by another process); nothing is half done.
class Database {
public:
    // Opens or creates `path`, checks its integrity and migrates it.
    static Result<std::unique_ptr<Database>> open(const std::string& path);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // All that `function` does, or, when it fails, nothing. Inside of another transaction it is a part of that.
    Status transact(const std::function<Status()>& function);

    // 16 hexadecimal digits, drawn when the database was created: client ids are made of it.
    const std::string& installation_id() const;
    // A copy of a database that runs on elsewhere must not take its MQTT sessions.
    Status renew_installation_id();

    // A whole copy at `path`, which must not exist; without the key file.
    Status copy_to(const std::string& path);
};

}  // namespace outflow::store
