#include "store/sqlite_sentence.h"

#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace outflow::store {

std::string damaged_sentence(std::string_view path, std::string_view found) {
    return fmt::format("the database {} is damaged ({}); put it aside and restore a copy of it", path, found);
}

std::string uncertain_sentence(std::string_view path) {
    return fmt::format(
        "the disk that holds {} does not do its work (it cannot be synced): whether the change was kept shows when "
        "the server starts again; look into the system's log",
        path);
}

std::string sqlite_reason(sqlite3* connection) {
    const std::string reason = ::sqlite3_errmsg(connection);
    // Of other errors SQLite does not always keep the system's reason, and would say an older one.
    const int of_system = ::sqlite3_system_errno(connection);
    if (of_system == 0 || (::sqlite3_errcode(connection) & 0xff) != SQLITE_CANTOPEN) return reason;
    return fmt::format("{}: {}", reason, std::generic_category().message(of_system));
}

std::string sqlite_sentence(sqlite3* connection, std::string_view path) {
    const std::string reason = sqlite_reason(connection);
    switch (::sqlite3_errcode(connection) & 0xff) {
    case SQLITE_FULL: return fmt::format("nothing was changed: the disk that holds {} is full; free space on it", path);
    case SQLITE_IOERR:
        return fmt::format(
            "nothing was changed: the disk that holds {} does not do its work ({}); free space on it if it is full, else look "
            "into the system's log",
            path, reason);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fmt::format(
            "the database {} is in use by another process; stop that one, or ask the server that has it instead of the file",
            path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return damaged_sentence(path, reason);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return fmt::format(
            "the database {} cannot be opened for writing ({}); its folder must exist, and the user of this process "
            "must be allowed to write in it",
            path, reason);
    default: return fmt::format("nothing was changed in the database {}: {}", path, reason);
    }
}

}  // namespace outflow::store
