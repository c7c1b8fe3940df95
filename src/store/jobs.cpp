#include "store/jobs.h"

#include "platform/clock.h"
#include "store/statement.h"

namespace outflow::store {
namespace {

Job job_of(const Statement& row) {
    return {.number = row.number(0),
            .kind = row.text(1),
            .what = row.text(2),
            .created_at = row.text(3),
            .attempts = static_cast<std::uint32_t>(row.number(4)),
            .last_error = row.text(5)};
}

}  // namespace

Result<Job> Jobs::add(std::string_view kind, std::string_view what) {
    TRY(auto job, read_row(database_,
                           "INSERT INTO jobs (kind, what, created_at, attempts, last_error) VALUES (?, ?, ?, 0, '') "
                           "RETURNING number, kind, what, created_at, attempts, last_error",
                           job_of, kind, what, platform::format_rfc3339(platform::unix_ms())));
    return std::move(job).value();
}

Result<std::vector<Job>> Jobs::all() {
    return read_rows(database_, "SELECT number, kind, what, created_at, attempts, last_error FROM jobs ORDER BY number",
                     job_of);
}

Status Jobs::fail(std::int64_t number, std::string_view error) {
    return execute(database_, "UPDATE jobs SET attempts = attempts + 1, last_error = ? WHERE number = ?", error,
                   number);
}

Status Jobs::remove(std::int64_t number) { return execute(database_, "DELETE FROM jobs WHERE number = ?", number); }

}  // namespace outflow::store
