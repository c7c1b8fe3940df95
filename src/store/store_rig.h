// A folder for a test's database, and what the tests of this module share.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "store/database.h"

namespace outflow::store {

class StoreTest : public ::testing::Test {
protected:
    StoreTest() {
        std::string name = "/tmp/outflow_store_XXXXXX";
        folder = ::mkdtemp(name.data());
    }
    ~StoreTest() override { std::filesystem::remove_all(folder); }

    std::string path(std::string_view name = "outflow.db") const { return folder + "/" + std::string(name); }

    // Opens the database (again), which must succeed.
    Database& open(std::string_view name = "outflow.db") {
        database.reset();
        Result<std::unique_ptr<Database>> opened = Database::open(path(name));
        if (!opened) throw std::runtime_error(opened.error().context);
        database = std::move(*opened);
        return *database;
    }

    // Why it cannot be opened.
    std::string refusal(std::string_view name = "outflow.db") const {
        const Result<std::unique_ptr<Database>> opened = Database::open(path(name));
        return opened ? "it was opened" : opened.error().context;
    }

    std::string folder;
    std::unique_ptr<Database> database;
};

// 2026-01-31T12:00:00.123Z
inline bool is_time(std::string_view text) {
    return text.size() == 24 && text[4] == '-' && text[10] == 'T' && text[19] == '.' && text[23] == 'Z';
}

}  // namespace outflow::store
