// An SQL statement that ends by itself: no cursor stays open behind a call, so that every commit and every copy can go on.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/database.h"

struct sqlite3_stmt;

namespace outflow::store {

// Belongs to the thread of its Database, which must outlive it.
class Statement {
public:
    Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}

    // Gives the next parameter its value, which is copied. What goes wrong here is told by step().
    void bind(std::string_view text);
    void bind(std::integral auto number) { bind_number(static_cast<std::int64_t>(number)); }

    // Whether there is another row. Errors: those of Database.
    Result<bool> step();

    // Of the row, by the place from 0.
    std::int64_t number(int column) const;
    std::string text(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    void bind_number(std::int64_t number);

    Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bound_ = 0;
    std::optional<Error> failure_;
};

// What `read(statement)` makes of each row.
template <class Read, class... Values>
auto read_rows(Database& database, std::string_view sql, Read read, const Values&... values)
    -> Result<std::vector<decltype(read(std::declval<const Statement&>()))>> {
    TRY(Statement statement, database.prepare(sql));
    (statement.bind(values), ...);
    std::vector<decltype(read(std::declval<const Statement&>()))> rows;
    while (true) {
        TRY(const bool has_row, statement.step());
        if (!has_row) return rows;
        rows.push_back(read(statement));
    }
}

// The same of the first row, if there is one.
template <class Read, class... Values>
auto read_row(Database& database, std::string_view sql, Read read, const Values&... values)
    -> Result<std::optional<decltype(read(std::declval<const Statement&>()))>> {
    TRY(auto rows, read_rows(database, sql, read, values...));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

// To its end, whatever it gives.
template <class... Values>
Status execute(Database& database, std::string_view sql, const Values&... values) {
    const auto pass = [](const Statement&) { return true; };
    TRY([[maybe_unused]] const auto rows, read_rows(database, sql, pass, values...));
    return {};
}

// The same as a transaction, or a part of the one around it: whatever changes something goes through Database::transact.
template <class... Values>
Status change(Database& database, std::string_view sql, const Values&... values) {
    return database.transact([&] { return execute(database, sql, values...); });
}

}  // namespace outflow::store
