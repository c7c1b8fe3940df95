#include "store/catalog.h"

#include "platform/clock.h"
#include "store/statement.h"

namespace outflow::store {
namespace {

StoredInstance instance_of(const Statement& row) {
    return {.name = row.text(0),
            .definition = row.text(1),
            .revision = row.number(2),
            .created_at = row.text(3),
            .changed_at = row.text(4),
            .is_leaving = row.number(5) != 0};
}

StoredTask task_of(const Statement& row) {
    return {.name = row.text(0),
            .definition = row.text(1),
            .is_wanted = row.number(2) != 0,
            .stopped = row.text(3),
            .revision = row.number(4),
            .created_at = row.text(5),
            .changed_at = row.text(6),
            .is_leaving = row.number(7) != 0};
}

}  // namespace

Result<std::vector<StoredInstance>> Catalog::instances() {
    return read_rows(
        database_, "SELECT name, definition, revision, created_at, changed_at, is_leaving FROM instances ORDER BY name",
        instance_of);
}

Result<std::vector<StoredTask>> Catalog::tasks() {
    return read_rows(
        database_,
        "SELECT name, definition, is_wanted, stopped, revision, created_at, changed_at, is_leaving FROM tasks "
        "ORDER BY name",
        task_of);
}

Result<StoredInstance> Catalog::put_instance(std::string_view name, std::string_view definition) {
    StoredInstance stored;
    const Status done = database_.transact([&]() -> Status {
        TRY(const std::int64_t revision, database_.next_revision());
        TRY(auto row, read_row(database_,
                               "INSERT INTO instances VALUES (?1, ?2, ?3, ?4, ?4, 0) ON CONFLICT (name) DO UPDATE SET "
                               "definition = ?2, revision = ?3, changed_at = ?4, is_leaving = 0 "
                               "RETURNING name, definition, revision, created_at, changed_at, is_leaving",
                               instance_of, name, definition, revision, platform::format_rfc3339(platform::unix_ms())));
        stored = std::move(row).value();
        return {};
    });
    if (!done) return failed(done.error());
    return stored;
}

Result<StoredTask> Catalog::put_task(std::string_view name, std::string_view definition) {
    StoredTask stored;
    const Status done = database_.transact([&]() -> Status {
        TRY(const std::int64_t revision, database_.next_revision());
        TRY(auto row,
            read_row(database_,
                     "INSERT INTO tasks VALUES (?1, ?2, 0, '', ?3, ?4, ?4, 0) ON CONFLICT (name) DO UPDATE SET "
                     "definition = ?2, revision = ?3, changed_at = ?4, is_leaving = 0 "
                     "RETURNING name, definition, is_wanted, stopped, revision, created_at, changed_at, "
                     "is_leaving",
                     task_of, name, definition, revision, platform::format_rfc3339(platform::unix_ms())));
        stored = std::move(row).value();
        return {};
    });
    if (!done) return failed(done.error());
    return stored;
}

Status Catalog::want_task(std::string_view name, bool is_wanted, std::string_view stopped) {
    return change(database_, "UPDATE tasks SET is_wanted = ?, stopped = ? WHERE name = ?", is_wanted, stopped, name);
}

Status Catalog::leave_instance(std::string_view name, bool is_leaving) {
    return change(database_, "UPDATE instances SET is_leaving = ? WHERE name = ?", is_leaving, name);
}

Status Catalog::leave_task(std::string_view name) {
    return change(database_, "UPDATE tasks SET is_leaving = 1 WHERE name = ?", name);
}

Status Catalog::remove_instance(std::string_view name) {
    return change(database_, "DELETE FROM instances WHERE name = ?", name);
}

Status Catalog::remove_task(std::string_view name) {
    return change(database_, "DELETE FROM tasks WHERE name = ?", name);
}

}  // namespace outflow::store
