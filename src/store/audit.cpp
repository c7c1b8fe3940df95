#include "store/audit.h"

#include <algorithm>

#include "platform/clock.h"
#include "store/statement.h"

namespace outflow::store {
namespace {

AuditEntry entry_of(const Statement& row) {
    return {.number = row.number(0),
            .at = row.text(1),
            .who = row.text(2),
            .key = row.text(3),
            .from = row.text(4),
            .action = row.text(5),
            .kind = row.text(6),
            .name = row.text(7),
            .difference = row.text(8)};
}

}  // namespace

Status Audit::add(const AuditEntry& entry) {
    return database_.transact([&]() -> Status {
        const auto number_of = [](const Statement& row) { return row.number(0); };
        TRY(const auto number, read_row(database_,
                                        "INSERT INTO audit (at, who, key, address, action, kind, name, difference) "
                                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
                                        number_of, platform::format_rfc3339(platform::unix_ms()), entry.who, entry.key,
                                        entry.from, entry.action, entry.kind, entry.name, entry.difference));
        // Numbers have no gaps, so the oldest are found without counting.
        return execute(database_, "DELETE FROM audit WHERE number <= ?",
                       number.value() - static_cast<std::int64_t>(entries_max));
    });
}

Result<std::vector<AuditEntry>> Audit::find(const AuditQuery& query) {
    return read_rows(database_,
                     "SELECT number, at, who, key, address, action, kind, name, difference FROM audit "
                     "WHERE (?1 = 0 OR number < ?1) AND (?2 = '' OR kind = ?2) AND (?3 = '' OR name = ?3) "
                     "AND (?4 = '' OR who = ?4) ORDER BY number DESC LIMIT ?5",
                     entry_of, query.before, query.kind, query.name, query.who, std::min(query.limit, find_max));
}

}  // namespace outflow::store
