#include "store/statement.h"

#include <sqlite3.h>

namespace outflow::store {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }

void Statement::bind(std::string_view text) {
    // A null pointer would be NULL, and an empty view may have one.
    const char* const bytes = text.empty() ? "" : text.data();
    const int result =
        ::sqlite3_bind_text64(statement_.get(), ++bound_, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    if (result != SQLITE_OK && !failure_) failure_ = database_->last_error();
}

void Statement::bind_number(std::int64_t number) {
    const int result = ::sqlite3_bind_int64(statement_.get(), ++bound_, number);
    if (result != SQLITE_OK && !failure_) failure_ = database_->last_error();
}

Result<bool> Statement::step() {
    if (failure_) return failed(*failure_);
    const int result = ::sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return failed(database_->last_error());
}

std::int64_t Statement::number(int column) const { return ::sqlite3_column_int64(statement_.get(), column); }

std::string Statement::text(int column) const {
    const auto* const bytes = static_cast<const char*>(::sqlite3_column_blob(statement_.get(), column));
    const int size = ::sqlite3_column_bytes(statement_.get(), column);
    return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

}  // namespace outflow::store
