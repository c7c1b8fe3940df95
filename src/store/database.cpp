#include "store/database.h"

#include <array>
#include <tuple>

#include <fmt/format.h>
#include <sodium.h>
#include <sqlite3.h>

#include "base/assert.h"
#include "platform/file.h"
#include "platform/private_file.h"
#include "platform/process.h"
#include "store/schema.h"
#include "store/sqlite_sentence.h"
#include "store/statement.h"

namespace outflow::store {
namespace {

constexpr int value_bytes_max = 64 * 1024 * 1024;             // of one text; SQLite's own limit is a gigabyte
constexpr std::int64_t heap_bytes_wanted = 32 * 1024 * 1024;  // above, SQLite gives cached pages back

// SQLite takes ":memory:", "" and "file:..." for something else than files.
std::string sqlite_name(const std::string& path) { return path.starts_with('/') ? path : "./" + path; }

Result<std::int64_t> read_number(Database& database, std::string_view sql) {
    const auto first = [](const Statement& row) { return row.number(0); };
    TRY(const auto number, read_row(database, sql, first));
    return number.value_or(0);
}

Result<std::string> read_text(Database& database, std::string_view sql) {
    const auto first = [](const Statement& row) { return row.text(0); };
    TRY(auto text, read_row(database, sql, first));
    return std::move(text).value_or("");
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
    // Only when it is missing: to close any descriptor of a database drops the locks that this process has on it.
    if (!platform::exists(path)) {
        TRY([[maybe_unused]] const auto created, platform::AppendFile::open(path));
    }
    // SQLite makes the file of the write-ahead log with the rights of the database.
    if (Status made = platform::make_private(path); !made) return failed(std::move(made).error());
    sqlite3* connection = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int result = ::sqlite3_open_v2(sqlite_name(path).c_str(), &connection, flags, nullptr);
    std::unique_ptr<Database> database(new Database(path, connection));
    if (result != SQLITE_OK) return failed(database->last_error());
    for (const auto step : {&Database::configure, &Database::check_origin, &Database::check_integrity,
                            &Database::write_ahead, &Database::migrate}) {
        if (Status done = (database.get()->*step)(); !done) return failed(std::move(done).error());
    }
    TRY(database->installation_id_, read_text(*database, "SELECT installation_id FROM meta"));
    return database;
}

Database::~Database() {
    const int result = ::sqlite3_close(connection_);
    OUTFLOW_ASSERT(result == SQLITE_OK);  // else a statement is left open
}

Status Database::configure() {
    ::sqlite3_limit(connection_, SQLITE_LIMIT_LENGTH, value_bytes_max);
    ::sqlite3_soft_heap_limit64(heap_bytes_wanted);
    ::sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    return run("PRAGMA locking_mode = EXCLUSIVE;"
               "PRAGMA trusted_schema = OFF;"
               "PRAGMA cell_size_check = ON;"
               "PRAGMA foreign_keys = ON;"
               "PRAGMA synchronous = FULL;"
               "PRAGMA temp_store = MEMORY;"
               "PRAGMA cache_size = -4096;"        // KiB
               "PRAGMA wal_autocheckpoint = 256;"  // pages: a mebibyte
               "PRAGMA journal_size_limit = 4194304;");
}

// Before anything is written: it may be somebody else's.
Status Database::check_origin() {
    TRY(const std::int64_t id, read_number(*this, "PRAGMA application_id"));
    TRY(const std::int64_t version, read_number(*this, "PRAGMA user_version"));
    TRY(const std::int64_t tables, read_number(*this, "SELECT count(*) FROM sqlite_schema"));
    const bool is_empty = id == 0 && version == 0 && tables == 0;
    if (id != application_id && !is_empty) {
        return failed(ErrorCode::file_error,
                      fmt::format("open {}: it is a database of another program; give another path", path_));
    }
    const auto known = static_cast<std::int64_t>(migrations().size());
    if (version > known) {
        return failed(
            ErrorCode::file_error,
            fmt::format("open {}: it has version {}, and this Outflow knows none above version {}; run the Outflow "
                        "that has written it, or a newer one",
                        path_, version, known));
    }
    return {};
}

Status Database::check_integrity() {
    TRY(const std::string found, read_text(*this, "PRAGMA quick_check(1)"));
    if (found == "ok") return {};
    return failed(ErrorCode::file_error, damaged_sentence(path_, found));
}

Status Database::write_ahead() {
    TRY(const std::string mode, read_text(*this, "PRAGMA journal_mode = WAL"));
    if (mode == "wal") return {};
    return failed(
        ErrorCode::file_error,
        fmt::format("open {}: SQLite cannot keep a write-ahead log here (its journal is \"{}\"); put it on a local "
                    "disk",
                    path_, mode));
}

Status Database::migrate() {
    TRY(const std::int64_t version, read_number(*this, "PRAGMA user_version"));
    const auto steps = migrations();
    for (auto i = static_cast<std::size_t>(version); i < steps.size(); ++i) {
        const Status done = transact([&]() -> Status {
            if (Status made = run(steps[i]); !made) return made;
            if (Status drawn = i == 0 ? draw_installation_id() : Status(); !drawn) return drawn;
            return run(fmt::format("PRAGMA user_version = {}", i + 1).c_str());
        });
        if (!done) return done;
    }
    return {};
}

Status Database::draw_installation_id() {
    OUTFLOW_ASSERT(::sodium_init() >= 0);
    std::array<unsigned char, 8> bytes{};
    ::randombytes_buf(bytes.data(), bytes.size());
    std::array<char, 2 * bytes.size() + 1> text{};
    ::sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
    if (Status kept = execute(*this, "UPDATE meta SET installation_id = ?", text.data()); !kept) return kept;
    installation_id_ = text.data();
    return {};
}

Status Database::renew_installation_id() {
    const std::string before = installation_id_;
    const Status done = transact([this]() -> Status {
        TRY_STATUS(draw_installation_id());
        TRY_STATUS(execute(*this, "DELETE FROM sessions"));
        return keep_installation_id();
    });
    if (!done) installation_id_ = before;
    return done;
}

Result<bool> Database::is_copy() {
    TRY(const auto row,
        read_row(*this, "SELECT is_copy FROM meta", [](const Statement& each) { return each.number(0) != 0; }));
    return row.value_or(false);
}

Status Database::keep_installation_id() { return execute(*this, "UPDATE meta SET is_copy = 0"); }

Status Database::transact(const std::function<Status()>& function) {
    if (is_in_transaction_) {
        Status done = function();
        if (!done && !failure_) failure_ = done.error();
        return done;
    }
    if (Status begun = run("BEGIN IMMEDIATE"); !begun) return begun;
    is_in_transaction_ = true;
    failure_.reset();
    Status done;
    try {
        done = function();
    } catch (...) {  // no memory, say: whoever catches it goes on, and so does the next transaction
        is_in_transaction_ = false;
        roll_back();
        throw;
    }
    is_in_transaction_ = false;
    if (done && failure_) done = failed(*failure_);
    if (done) return commit();
    roll_back();
    return done;
}

// A commit that was written but not synced lies in the log, though it does not count: after a crash it would be back, so the
// log is emptied.
Status Database::commit() {
    Status done = run("COMMIT");
    if (done) return done;
    const bool is_written = ::sqlite3_extended_errcode(connection_) == SQLITE_IOERR_FSYNC;
    roll_back();
    const int result = ::sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (!is_written || result == SQLITE_OK) return done;
    return failed(ErrorCode::file_error, uncertain_sentence(path_));
}

// After some errors (disk full) SQLite has already done it.
void Database::roll_back() {
    if (::sqlite3_get_autocommit(connection_) == 0) ::sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Status Database::run(const char* sql) {
    if (::sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return failed(last_error());
}

Result<Statement> Database::prepare(std::string_view sql) {
    // SQLite may have rolled the transaction back: what followed would be a change by itself.
    if (is_in_transaction_ && failure_) return failed(*failure_);
    sqlite3_stmt* statement = nullptr;
    const int result = ::sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (result != SQLITE_OK) return failed(last_error());
    return Statement(*this, statement);
}

Result<std::int64_t> Database::next_revision() {
    return read_number(*this, "UPDATE meta SET revision = revision + 1 RETURNING revision");
}

Error Database::last_error() {
    const Error error{ErrorCode::file_error, sqlite_sentence(connection_, path_)};
    if (is_in_transaction_ && !failure_) failure_ = error;
    return error;
}

Status Database::copy_to(const std::string& path) {
    if (platform::exists(path)) {
        return failed(ErrorCode::file_error, fmt::format("copy {} to {}: that exists already", path_, path));
    }
    const std::string temporary =
        fmt::format("{}.tmp.{}.{:08x}", path, platform::process_id(), platform::random_u64() & 0xffff'ffff);
    const auto copy = [&]() -> Status {
        // SQLite fills an empty file, and keeps its rights.
        TRY([[maybe_unused]] const auto created, platform::AppendFile::open(temporary));
        if (Status filled = execute(*this, "VACUUM INTO ?", sqlite_name(temporary)); !filled) {
            return failed(
                ErrorCode::file_error,
                fmt::format("copy {} to {}: {}; the database itself is as it was, look at the disk of the copy", path_,
                            path, sqlite_reason(connection_)));
        }
        TRY(const std::unique_ptr<Database> copied, Database::open(temporary));
        if (Status marked = execute(*copied, "UPDATE meta SET is_copy = 1"); !marked) return marked;
        return {};
    };
    Status copied = copy();
    if (copied) copied = platform::publish_file(temporary, path);
    if (!copied) {
        for (const char* suffix : {"", "-journal", "-wal"}) std::ignore = platform::remove_file(temporary + suffix);
    }
    return copied;
}

}  // namespace outflow::store
