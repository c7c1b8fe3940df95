#include "store/sessions.h"

#include "store/statement.h"

namespace outflow::store {

namespace {

StoredSession session_of(const Statement& row) {
    return {.address = row.text(0),
            .client_id = row.text(1),
            .task = row.text(2),
            .definition = row.text(3),
            .is_left = row.number(4) != 0,
            .attempts = static_cast<std::uint32_t>(row.number(5)),
            .last_error = row.text(6)};
}

}  // namespace

Result<std::vector<StoredSession>> Sessions::all() {
    return read_rows(database_,
                     "SELECT address, client_id, task, definition, is_left, attempts, last_error FROM sessions "
                     "ORDER BY task, client_id, address",
                     session_of);
}

Result<std::vector<StoredSession>> Sessions::of_task(std::string_view task) {
    return read_rows(database_,
                     "SELECT address, client_id, task, definition, is_left, attempts, last_error FROM sessions "
                     "WHERE task = ?1 ORDER BY client_id, address",
                     session_of, task);
}

Result<std::optional<StoredSession>> Sessions::find(std::string_view address, std::string_view client_id) {
    return read_row(database_,
                    "SELECT address, client_id, task, definition, is_left, attempts, last_error FROM sessions "
                    "WHERE address = ?1 AND client_id = ?2",
                    session_of, address, client_id);
}

Status Sessions::put(const StoredSession& session) {
    return execute(
        database_,
        "INSERT INTO sessions VALUES (?1, ?2, ?3, ?4, 0, 0, '') ON CONFLICT (address, client_id) DO UPDATE SET "
        "task = ?3, definition = ?4, is_left = 0, attempts = 0, last_error = ''",
        session.address, session.client_id, session.task, session.definition);
}

Status Sessions::leave(std::string_view task) {
    return execute(database_, "UPDATE sessions SET is_left = 1 WHERE task = ?1", task);
}

Status Sessions::fail(std::string_view address, std::string_view client_id, std::string_view error) {
    return execute(database_,
                   "UPDATE sessions SET attempts = attempts + 1, last_error = ?3 WHERE address = ?1 AND client_id = ?2",
                   address, client_id, error);
}

Status Sessions::remove(std::string_view address, std::string_view client_id) {
    return execute(database_, "DELETE FROM sessions WHERE address = ?1 AND client_id = ?2", address, client_id);
}

}  // namespace outflow::store
