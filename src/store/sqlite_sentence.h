// What SQLite's errors mean to people.
#pragma once

#include <string>
#include <string_view>

struct sqlite3;

namespace outflow::store {

// Of the last error of `connection`: what failed, and what to do. `path` is the database's.
std::string sqlite_sentence(sqlite3* connection, std::string_view path);
// The reason alone: "database or disk is full", with the system's where it has one.
std::string sqlite_reason(sqlite3* connection);
// `found` is what a check has found.
std::string damaged_sentence(std::string_view path, std::string_view found);
// Of a commit that is written, but neither synced nor taken back.
std::string uncertain_sentence(std::string_view path);

}  // namespace outflow::store
