// Files: appending with fsync, reading and writing anywhere, writing and reading as a whole, lock files, folders.
// Blocking; errors are file_error with the path and the system's reason.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace outflow::platform {

// Owns a file descriptor; -1 is none.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
    FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~FileDescriptor();

    int get() const { return descriptor_; }
    // Gives it away: the caller owns it.
    int release() { return std::exchange(descriptor_, -1); }

private:
    int descriptor_ = -1;
};

// A file that we only append to. It has one owner, but others may move, delete or cut it (logrotate does).
class AppendFile {
public:
    // Opens or creates `path` (mode 0600). An error also when somebody else has opened it in this way.
    static Result<AppendFile> open(std::string path);

    // Appends all of `bytes`. On an error (disk full, part written) they are cut off again, so that the same bytes can
    // be appended again; not when others have appended behind them.
    Status append(std::string_view bytes);
    // Returns when what was appended is on the disk. An error means that it may not be, and never will be: append
    // again.
    Status sync();
    // Whether the last byte is `byte`; true for an empty file. For JSON Lines: false means that a crash left half a
    // line, which the next append would continue.
    Result<bool> ends_with(char byte) const;

    // Whether the path leads to this file, and not to another or none since this one was moved or deleted.
    bool is_at_its_path() const;
    // Whether no path leads to it any more: what is in it is lost when it is closed.
    bool is_deleted() const;

    std::uint64_t size() const;                // bytes
    Result<std::uint64_t> free_bytes() const;  // that its file system has for this user
    const std::string& path() const { return path_; }

private:
    AppendFile(std::string path, FileDescriptor descriptor)
        : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

    std::string path_;
    FileDescriptor descriptor_;
};

// A file read and written anywhere in it. One writer; nothing is forced to the disk.
class File {
public:
    // Opens or creates `path` (mode 0600). Errors: also when it is no regular file.
    static Result<File> open(std::string path);

    Result<std::uint64_t> size() const;
    // All of `into`. An error also when the file ends before.
    Status read(std::uint64_t at, std::span<char> into) const;
    Status write(std::uint64_t at, std::string_view bytes);
    Status cut(std::uint64_t size);
    const std::string& path() const { return path_; }

private:
    File(std::string path, FileDescriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

    std::string path_;
    FileDescriptor descriptor_;
};

// Whether something has this name; true when the system does not say.
bool exists(const std::string& path);
// The names in a folder, sorted.
Result<std::vector<std::string>> list_folder(const std::string& path);
// The folder and those above it, as far as they are missing.
Status make_folders(const std::string& path);
// Nothing of that name is no error.
Status remove_file(const std::string& path);

enum class Readers : std::uint8_t {
    owner,     // mode 0600
    everyone,  // as far as the umask lets them
};
// Replaces `path` by a file that holds `bytes`: after a crash it is the old or the new one, whole.
Status write_file_atomically(const std::string& path, std::string_view bytes, Readers readers = Readers::owner);

// All of a file, pipe or device. More than `bytes_max`: an error.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

// The same; `-` is standard input.
inline constexpr std::string_view standard_input = "-";
Result<std::string> read_input(const std::string& path, std::size_t bytes_max);

// A file locked for this process (flock) as long as the object lives; it holds the process id. The file stays.
class LockFile {
public:
    // Held by another: an error that names its process.
    static Result<LockFile> take(const std::string& path);

private:
    explicit LockFile(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}
    FileDescriptor descriptor_;
};

}  // namespace outflow::platform
