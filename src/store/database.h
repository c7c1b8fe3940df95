// The SQLite database of a server: one connection, one thread, one process. Debian 12's SQLite can corrupt a database in WAL
// mode that two connections use (sqlite.org/wal.html#walresetbug), so the lock is exclusive; everybody else asks the server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;

namespace outflow::store {

class Statement;

// Belongs to one thread. Errors are file_error with a sentence that says what failed and what to do (disk full, damaged,
// of a newer version, in use by another process); nothing is half done.
class Database {
public:
    // Opens or creates `path`, checks its integrity and migrates it.
    static Result<std::unique_ptr<Database>> open(const std::string& path);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // All that `function` does, or, when it fails, nothing. Inside of another transaction it is a part of that: when it fails,
    // or any statement does, the outer one fails with that error, whatever its function makes of it. One case stays open, and
    // its sentence says so: the disk syncs no more while a change is committed.
    Status transact(const std::function<Status()>& function);

    // 16 hexadecimal digits, drawn when the database was created: client ids are made of it.
    const std::string& installation_id() const { return installation_id_; }
    // A copy of a database that runs on elsewhere must not take its MQTT sessions: it gets another id, and knows no session.
    Status renew_installation_id();
    // Whether this was made by copy_to() and neither of these was called since.
    Result<bool> is_copy();
    Status keep_installation_id();  // the original is gone

    // A whole copy at `path` (mode 0600), which must not exist; without the key file. Not in a transaction.
    Status copy_to(const std::string& path);

    // For the files beside this one; statement.h has what makes it short.
    Result<Statement> prepare(std::string_view sql);
    // The number of the change that the transaction makes: never given twice, also not after a deletion.
    Result<std::int64_t> next_revision();
    // What has just gone wrong, as a sentence; the transaction, if there is one, will fail with it.
    Error last_error();
    const std::string& path() const { return path_; }

private:
    Database(std::string path, sqlite3* connection) : path_(std::move(path)), connection_(connection) {}
    Status configure();
    Status check_origin();
    Status check_integrity();
    Status write_ahead();
    Status migrate();
    Status draw_installation_id();
    Status run(const char* sql);
    Status commit();
    void roll_back();

    std::string path_;
    sqlite3* connection_;
    std::string installation_id_;
    bool is_in_transaction_ = false;
    std::optional<Error> failure_;  // the first of this transaction
};

}  // namespace outflow::store
