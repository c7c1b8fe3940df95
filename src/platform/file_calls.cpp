#include "platform/file_calls.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace outflow::platform::calls {
namespace {

// The result of a call, tried again when a signal interrupts it; a negative errno when it fails.
template <class Call>
auto without_interruption(Call call) {
    while (true) {
        const auto result = call();
        if (result >= 0) return result;
        if (errno != EINTR) return static_cast<decltype(result)>(-errno);
    }
}

int flags_of(Open how) {
    switch (how) {
    case Open::read: return O_RDONLY;
    case Open::read_write: return O_RDWR | O_CREAT;
    case Open::append: return O_RDWR | O_APPEND | O_CREAT;
    case Open::create:
    case Open::create_public: return O_WRONLY | O_CREAT | O_EXCL;
    }
    return O_RDONLY;
}

Facts to_facts(const struct stat& status) {
    return {.is_regular = S_ISREG(status.st_mode),
            .bytes = static_cast<std::uint64_t>(status.st_size),
            .device = status.st_dev,
            .node = status.st_ino,
            .names = status.st_nlink};
}

}  // namespace

int open(const std::string& path, Open how) {
    const mode_t mode = how == Open::create_public ? 0666 : 0600;
    return without_interruption([&] { return ::open(path.c_str(), flags_of(how) | O_CLOEXEC, mode); });
}

void close(int descriptor) { ::close(descriptor); }

int facts(int descriptor, Facts& facts) {
    struct stat status {};
    const int result = without_interruption([&] { return ::fstat(descriptor, &status); });
    facts = to_facts(status);
    return result;
}

int facts(const std::string& path, Facts& facts) {
    struct stat status {};
    const int result = without_interruption([&] { return ::stat(path.c_str(), &status); });
    facts = to_facts(status);
    return result;
}

std::int64_t read(int descriptor, char* into, std::size_t size) {
    return without_interruption([&] { return ::read(descriptor, into, size); });
}

std::int64_t read_at(int descriptor, char* into, std::size_t size, std::uint64_t at) {
    return without_interruption([&] { return ::pread(descriptor, into, size, static_cast<off_t>(at)); });
}

std::int64_t write(int descriptor, std::string_view bytes) {
    return without_interruption([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
}

std::int64_t write_at(int descriptor, std::string_view bytes, std::uint64_t at) {
    return without_interruption(
        [&] { return ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at)); });
}

std::int64_t free_bytes(int descriptor) {
    struct statvfs status {};
    const int result = without_interruption([&] { return ::fstatvfs(descriptor, &status); });
    if (result < 0) return result;
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t blocks =
        std::min<std::uint64_t>(status.f_bavail, most / std::max<std::uint64_t>(status.f_frsize, 1));
    return static_cast<std::int64_t>(blocks * status.f_frsize);
}

int cut(int descriptor, std::uint64_t size) {
    return without_interruption([&] { return ::ftruncate(descriptor, static_cast<off_t>(size)); });
}

int sync(int descriptor) {
    return without_interruption([&] { return ::fdatasync(descriptor); });
}

int lock(int descriptor) {
    return without_interruption([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); });
}

int rename(const std::string& from, const std::string& to) {
    return without_interruption([&] { return ::rename(from.c_str(), to.c_str()); });
}

int remove(const std::string& path) {
    return without_interruption([&] { return ::unlink(path.c_str()); });
}

int make_folders(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return -error.value();
}

int sync_folder(const std::string& path) {
    const int descriptor =
        without_interruption([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0) return descriptor;
    const int result = without_interruption([&] { return ::fsync(descriptor); });
    ::close(descriptor);
    return result;
}

int list_folder(const std::string& path, std::vector<std::string>& names) {
    std::error_code error;
    std::filesystem::directory_iterator entries(path, error);
    while (!error && entries != std::filesystem::directory_iterator()) {
        names.push_back(entries->path().filename().native());
        entries.increment(error);
    }
    return -error.value();
}

}  // namespace outflow::platform::calls
