#include "sqlite_vfs.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <sodium.h>
#include <sqlite3.h>

#include "platform/file_calls.h"
#include "platform/private_file.h"
#include "process.h"
#include "world.h"

namespace outflow::sim {

namespace {

namespace calls = platform::calls;

// What SQLite allocates for a file; its first part is SQLite's.
struct File {
    sqlite3_file base;
    int descriptor;
    bool has_new_name;  // which is not safe yet
    std::string* path;  // owned
};

File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

// Of the process that has a store now: its other chance does not depend on how much of it SQLite and libsodium draw.
Random& chance() {
    static Random random(0);
    return random;
}

// What a process does that was killed has no effect.
bool is_dead() { return World::current().process().is_dead(); }

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

int close_file(sqlite3_file* file) {
    calls::close(file_of(file).descriptor);
    delete file_of(file).path;
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
    if (is_dead()) return SQLITE_IOERR_READ;
    const auto wanted = static_cast<std::size_t>(size);
    auto* bytes = static_cast<char*>(into);
    const std::int64_t count = calls::read_at(file_of(file).descriptor, bytes, wanted, static_cast<std::uint64_t>(at));
    if (count < 0) return SQLITE_IOERR_READ;
    if (static_cast<std::size_t>(count) == wanted) return SQLITE_OK;
    std::memset(bytes + count, 0, wanted - static_cast<std::size_t>(count));
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    std::string_view rest(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    auto place = static_cast<std::uint64_t>(at);
    while (!rest.empty()) {
        if (is_dead()) return SQLITE_IOERR_WRITE;
        const std::int64_t taken = calls::write_at(file_of(file).descriptor, rest, place);
        if (taken == -ENOSPC || taken == 0) return SQLITE_FULL;
        if (taken < 0) return SQLITE_IOERR_WRITE;
        place += static_cast<std::uint64_t>(taken);
        rest.remove_prefix(static_cast<std::size_t>(taken));
    }
    return SQLITE_OK;
}

int cut_file(sqlite3_file* file, sqlite3_int64 size) {
    if (is_dead()) return SQLITE_IOERR_TRUNCATE;
    return calls::cut(file_of(file).descriptor, static_cast<std::uint64_t>(size)) == 0 ? SQLITE_OK
                                                                                       : SQLITE_IOERR_TRUNCATE;
}

int sync_file(sqlite3_file* file, int) {
    File& own = file_of(file);
    if (is_dead() || calls::sync(own.descriptor) != 0) return SQLITE_IOERR_FSYNC;
    if (!own.has_new_name) return SQLITE_OK;
    if (calls::sync_folder(folder_of(*own.path)) != 0) return SQLITE_IOERR_DIR_FSYNC;
    own.has_new_name = false;
    return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
    calls::Facts facts;
    if (is_dead() || calls::facts(file_of(file).descriptor, facts) != 0) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(facts.bytes);
    return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }  // one process a host
int look_at_lock(sqlite3_file*, int* is_locked) { return *is_locked = 0, SQLITE_OK; }
int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_bytes(sqlite3_file*) { return 4'096; }
int traits(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

// Version 1: no shared memory, which a database with an exclusive lock does not need.
constexpr sqlite3_io_methods methods{.iVersion = 1,
                                     .xClose = close_file,
                                     .xRead = read_file,
                                     .xWrite = write_file,
                                     .xTruncate = cut_file,
                                     .xSync = sync_file,
                                     .xFileSize = size_of_file,
                                     .xLock = lock_file,
                                     .xUnlock = lock_file,
                                     .xCheckReservedLock = look_at_lock,
                                     .xFileControl = control_file,
                                     .xSectorSize = sector_bytes,
                                     .xDeviceCharacteristics = traits,
                                     .xShmMap = nullptr,
                                     .xShmLock = nullptr,
                                     .xShmBarrier = nullptr,
                                     .xShmUnmap = nullptr,
                                     .xFetch = nullptr,
                                     .xUnfetch = nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    File& own = file_of(file);
    own.base.pMethods = nullptr;
    if (is_dead() || name == nullptr) return SQLITE_CANTOPEN;
    calls::Facts facts;
    const bool exists = calls::facts(name, facts) == 0;
    if (!exists && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    const int descriptor = calls::open(name, calls::Open::read_write);
    if (descriptor < 0) return SQLITE_CANTOPEN;
    own.descriptor = descriptor;
    own.has_new_name = !exists;
    own.path = new std::string(name);
    own.base.pMethods = &methods;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
}

int remove_file(sqlite3_vfs*, const char* name, int syncs_folder) {
    if (is_dead()) return SQLITE_IOERR_DELETE;
    const int removed = calls::remove(name);
    if (removed == -ENOENT) return SQLITE_IOERR_DELETE_NOENT;
    if (removed != 0) return SQLITE_IOERR_DELETE;
    return syncs_folder == 0 || calls::sync_folder(folder_of(name)) == 0 ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

int look_for_file(sqlite3_vfs*, const char* name, int what, int* is_there) {
    calls::Facts facts;
    *is_there = !is_dead() && calls::facts(name, facts) == 0 && (what != SQLITE_ACCESS_EXISTS || facts.bytes > 0);
    return SQLITE_OK;
}

int name_file(sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

int give_chance(sqlite3_vfs*, int size, char* into) {
    for (int i = 0; i < size; ++i) into[i] = static_cast<char>(chance().next());
    return size;
}

int sleep_a_while(sqlite3_vfs*, int) { return 0; }

int tell_time(sqlite3_vfs*, sqlite3_int64* time) {
    constexpr sqlite3_int64 julian_of_unix_ms = 210'866'760'000'000;
    *time = julian_of_unix_ms + World::current().wall_ms();
    return SQLITE_OK;
}

int tell_error(sqlite3_vfs*, int, char*) { return 0; }

void give_sodium_chance(void* into, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
        static_cast<unsigned char*>(into)[i] = static_cast<unsigned char>(chance().next());
}

const char* name_chance() { return "world"; }
std::uint32_t give_number() { return static_cast<std::uint32_t>(chance().next()); }

}  // namespace

void seed_store() {
    static const bool is_done = [] {
        static randombytes_implementation chance{.implementation_name = name_chance,
                                                 .random = give_number,
                                                 .stir = nullptr,
                                                 .uniform = nullptr,
                                                 .buf = give_sodium_chance,
                                                 .close = nullptr};
        randombytes_set_implementation(&chance);
        static sqlite3_vfs files{};
        files.iVersion = 2;
        files.szOsFile = sizeof(File);
        files.mxPathname = 512;
        files.zName = "world";
        files.xOpen = open_file;
        files.xDelete = remove_file;
        files.xAccess = look_for_file;
        files.xFullPathname = name_file;
        files.xRandomness = give_chance;
        files.xSleep = sleep_a_while;
        files.xGetLastError = tell_error;
        files.xCurrentTimeInt64 = tell_time;
        return sqlite3_vfs_register(&files, 1) == SQLITE_OK && sodium_init() >= 0;
    }();
    static_cast<void>(is_done);
    sqlite3_randomness(0, nullptr);  // forgets what it has drawn for an earlier world
    const World& world = World::current();
    chance() = Random(world.seed(), "store", static_cast<std::uint64_t>(World::current().process().number()));
}

}  // namespace outflow::sim

// --- platform/private_file.h: on this disk nobody else is, and nothing is a link

namespace outflow::platform {

Result<bool> is_private(const std::string&) { return true; }
Status make_private(const std::string&) { return {}; }
std::string real_path(const std::string& path) { return path; }

Status publish_file(const std::string& from, const std::string& to) {
    const int descriptor = calls::open(from, calls::Open::read_write);
    if (descriptor < 0) return failed(ErrorCode::file_error, "open " + from);
    const int synced = calls::sync(descriptor);
    calls::close(descriptor);
    if (synced != 0 || calls::rename(from, to) != 0 || calls::sync_folder(to.substr(0, to.rfind('/'))) != 0)
        return failed(ErrorCode::file_error, "publish " + to);
    return {};
}

}  // namespace outflow::platform
