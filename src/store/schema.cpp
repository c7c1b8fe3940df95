#include "store/schema.h"

#include <array>

namespace outflow::store {
namespace {

// AUTOINCREMENT: a number that was given is never given again, though its row is deleted.
constexpr std::array steps{
    R"(
    PRAGMA application_id = 0x4f666c77;
    CREATE TABLE meta (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        installation_id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        is_copy INTEGER NOT NULL CHECK (is_copy IN (0, 1))
    ) STRICT;
    INSERT INTO meta VALUES (1, '', 0, 0);
    CREATE TABLE instances (
        name TEXT NOT NULL PRIMARY KEY,
        definition TEXT NOT NULL,
        revision INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE tasks (
        name TEXT NOT NULL PRIMARY KEY,
        definition TEXT NOT NULL,
        is_wanted INTEGER NOT NULL CHECK (is_wanted IN (0, 1)),
        stopped TEXT NOT NULL,
        revision INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE users (
        name TEXT NOT NULL PRIMARY KEY,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'administrator')),
        tasks TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        created_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE keys (
        id TEXT NOT NULL PRIMARY KEY,
        user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        description TEXT NOT NULL,
        sealed_secret TEXT NOT NULL,
        created_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX keys_of_user ON keys (user);
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        key TEXT NOT NULL,
        address TEXT NOT NULL,
        action TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        difference TEXT NOT NULL
    ) STRICT;
    CREATE TABLE sessions (
        address TEXT NOT NULL,
        client_id TEXT NOT NULL,
        task TEXT NOT NULL,
        definition TEXT NOT NULL,
        is_left INTEGER NOT NULL CHECK (is_left IN (0, 1)),
        attempts INTEGER NOT NULL,
        last_error TEXT NOT NULL,
        PRIMARY KEY (address, client_id)
    ) STRICT;
    )",
    R"(
    ALTER TABLE instances ADD COLUMN is_leaving INTEGER NOT NULL DEFAULT 0 CHECK (is_leaving IN (0, 1));
    ALTER TABLE tasks ADD COLUMN is_leaving INTEGER NOT NULL DEFAULT 0 CHECK (is_leaving IN (0, 1));
    )",
};

}  // namespace

std::span<const char* const> migrations() { return steps; }

}  // namespace outflow::store
