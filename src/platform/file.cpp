#include "platform/file.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "platform/process.h"

namespace outflow::platform {
namespace {

// "read /etc/x.yaml: No such file or directory"
tl::unexpected<Error> failed_errno(std::string_view verb, std::string_view path, int error) {
    return failed(ErrorCode::file_error,
                  fmt::format("{} {}: {}", verb, path, std::generic_category().message(error)));
}

int open_retrying(const char* path, int flags) {
    while (true) {
        const int descriptor = ::open(path, flags | O_CLOEXEC, 0600);
        if (descriptor >= 0 || errno != EINTR) return descriptor;
    }
}

// 0, or the errno of the write that failed.
int write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Status sync_folder(const std::string& folder) {
    const FileDescriptor descriptor(open_retrying(folder.c_str(), O_RDONLY | O_DIRECTORY));
    if (descriptor.get() < 0) return failed_errno("open folder", folder, errno);
    if (::fsync(descriptor.get()) != 0) return failed_errno("sync folder", folder, errno);
    return {};
}

}  // namespace

FileDescriptor::~FileDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<AppendFile> AppendFile::open(std::string path) {
    FileDescriptor descriptor(open_retrying(path.c_str(), O_RDWR | O_APPEND | O_CREAT));
    if (descriptor.get() < 0) return failed_errno("open", path, errno);
    struct stat facts {};
    if (::fstat(descriptor.get(), &facts) != 0) return failed_errno("open", path, errno);
    if (!S_ISREG(facts.st_mode)) return failed(ErrorCode::file_error, fmt::format("open {}: not a regular file", path));
    // A new file's name must survive a crash as surely as its content will.
    if (facts.st_size == 0) {
        const Status synced = sync_folder(folder_of(path));
        if (!synced) return failed(synced.error());
    }
    return AppendFile(std::move(path), std::move(descriptor), static_cast<std::uint64_t>(facts.st_size));
}

Status AppendFile::append(std::string_view bytes) {
    const int error = write_all(descriptor_.get(), bytes);
    if (error != 0) {
        if (::ftruncate(descriptor_.get(), static_cast<off_t>(size_)) != 0) {
            return failed_errno("append (and then cut back)", path_, error);
        }
        return failed_errno("append to", path_, error);
    }
    size_ += bytes.size();
    return {};
}

Status AppendFile::sync() {
    if (::fdatasync(descriptor_.get()) != 0) return failed_errno("sync", path_, errno);
    return {};
}

Result<bool> AppendFile::ends_with(char byte) const {
    if (size_ == 0) return true;
    char last = 0;
    ssize_t got = -1;
    do {
        got = ::pread(descriptor_.get(), &last, 1, static_cast<off_t>(size_ - 1));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return failed_errno("read", path_, errno);
    return got == 1 && last == byte;
}

Status write_file_atomically(const std::string& path, std::string_view bytes) {
    const std::string temporary = fmt::format("{}.tmp.{}.{:08x}", path, process_id(), random_u64() & 0xffff'ffff);
    const auto write = [&]() -> Status {
        const FileDescriptor descriptor(open_retrying(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL));
        if (descriptor.get() < 0) return failed_errno("create", temporary, errno);
        if (const int error = write_all(descriptor.get(), bytes)) return failed_errno("write", temporary, error);
        if (::fsync(descriptor.get()) != 0) return failed_errno("sync", temporary, errno);
        if (::rename(temporary.c_str(), path.c_str()) != 0) return failed_errno("replace", path, errno);
        return {};
    };
    Status written = write();
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    return sync_folder(folder_of(path));
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    const FileDescriptor descriptor(open_retrying(path.c_str(), O_RDONLY));
    if (descriptor.get() < 0) return failed_errno("read", path, errno);
    std::string bytes;
    std::array<char, 16 * 1024> block;
    while (true) {
        const ssize_t got = ::read(descriptor.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed_errno("read", path, errno);
        if (got == 0) return bytes;
        bytes.append(block.data(), static_cast<std::size_t>(got));
        if (bytes.size() > bytes_max) {
            return failed(ErrorCode::file_error, fmt::format("read {}: more than {} bytes", path, bytes_max));
        }
    }
}

Result<LockFile> LockFile::take(const std::string& path) {
    FileDescriptor descriptor(open_retrying(path.c_str(), O_RDWR | O_CREAT));
    if (descriptor.get() < 0) return failed_errno("open", path, errno);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return failed_errno("lock", path, errno);
        std::array<char, 32> text{};
        const ssize_t got = ::pread(descriptor.get(), text.data(), text.size(), 0);
        int holder = 0;
        if (got > 0) std::from_chars(text.data(), text.data() + got, holder);
        const std::string who = holder > 0 ? fmt::format("process {}", holder) : "another process";
        return failed(ErrorCode::file_error, fmt::format("lock {}: held by {}", path, who));
    }
    const std::string text = fmt::format("{}\n", process_id());
    if (::ftruncate(descriptor.get(), 0) != 0) return failed_errno("write", path, errno);
    if (const int error = write_all(descriptor.get(), text)) return failed_errno("write", path, error);
    return LockFile(std::move(descriptor));
}

}  // namespace outflow::platform
