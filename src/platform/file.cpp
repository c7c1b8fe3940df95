#include "platform/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "platform/file_calls.h"
#include "platform/process.h"

namespace outflow::platform {
namespace {

// "read /etc/x.yaml: No such file or directory", of a negative errno.
tl::unexpected<Error> failed_call(std::string_view verb, std::string_view path, std::int64_t result) {
    return failed(ErrorCode::file_error,
                  fmt::format("{} {}: {}", verb, path, std::generic_category().message(static_cast<int>(-result))));
}

Status status_of(std::string_view verb, std::string_view path, std::int64_t result) {
    if (result < 0) return failed_call(verb, path, result);
    return {};
}

// 0, or the negative errno of the write that failed; `bytes` are then those that are left. `write(bytes)` may take less
// than all.
template <class Write>
std::int64_t write_rest(std::string_view& bytes, Write write) {
    while (!bytes.empty()) {
        const std::int64_t written = write(bytes);
        if (written <= 0) return written < 0 ? written : -ENOSPC;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

template <class Write>
std::int64_t write_all(std::string_view bytes, Write write) {
    return write_rest(bytes, write);
}

std::int64_t write_all(const FileDescriptor& descriptor, std::string_view bytes) {
    return write_all(bytes, [&](std::string_view rest) { return calls::write(descriptor.get(), rest); });
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Status sync_folder(const std::string& folder) { return status_of("sync folder", folder, calls::sync_folder(folder)); }

// As far as the system says.
calls::Facts facts_of(const FileDescriptor& descriptor) {
    calls::Facts facts;
    if (calls::facts(descriptor.get(), facts) < 0) facts = {};
    return facts;
}

// A regular file with its size.
Result<FileDescriptor> open_regular(const std::string& path, calls::Open how, std::uint64_t& bytes) {
    FileDescriptor descriptor(calls::open(path, how));
    calls::Facts facts;
    const int result = descriptor.get() < 0 ? descriptor.get() : calls::facts(descriptor.get(), facts);
    if (result < 0) return failed_call("open", path, result);
    if (!facts.is_regular) return failed(ErrorCode::file_error, fmt::format("open {}: not a regular file", path));
    bytes = facts.bytes;
    return descriptor;
}

}  // namespace

FileDescriptor::~FileDescriptor() {
    if (descriptor_ >= 0) calls::close(descriptor_);
}

Result<AppendFile> AppendFile::open(std::string path) {
    std::uint64_t size = 0;
    TRY(FileDescriptor descriptor, open_regular(path, calls::Open::append, size));
    if (const int error = calls::lock(descriptor.get())) {
        if (error != -EWOULDBLOCK) return failed_call("lock", path, error);
        return failed(ErrorCode::file_error, fmt::format("lock {}: another task or process has it", path));
    }
    // A new file's name must survive a crash as surely as its content will.
    if (size == 0) {
        Status synced = sync_folder(folder_of(path));
        if (!synced) return failed(std::move(synced).error());
    }
    return AppendFile(std::move(path), std::move(descriptor));
}

Status AppendFile::append(std::string_view bytes) {
    const std::uint64_t before = size();
    std::string_view rest = bytes;
    const std::int64_t error =
        write_rest(rest, [this](std::string_view more) { return calls::write(descriptor_.get(), more); });
    if (error == 0) return {};
    const std::uint64_t end = before + (bytes.size() - rest.size());
    const bool is_cut = size() == end && calls::cut(descriptor_.get(), before) >= 0;
    return failed_call(is_cut ? "append to" : "append (and then cut back)", path_, error);
}

std::uint64_t AppendFile::size() const { return facts_of(descriptor_).bytes; }

Result<std::uint64_t> AppendFile::free_bytes() const {
    const std::int64_t free = calls::free_bytes(descriptor_.get());
    if (free < 0) return failed_call("look at the file system of", path_, free);
    return static_cast<std::uint64_t>(free);
}

bool AppendFile::is_at_its_path() const {
    calls::Facts there;
    const calls::Facts here = facts_of(descriptor_);
    return calls::facts(path_, there) >= 0 && there.device == here.device && there.node == here.node;
}

bool AppendFile::is_deleted() const { return facts_of(descriptor_).names == 0; }

Status AppendFile::sync() { return status_of("sync", path_, calls::sync(descriptor_.get())); }

Result<bool> AppendFile::ends_with(char byte) const {
    const std::uint64_t bytes = size();
    if (bytes == 0) return true;
    char last = 0;
    const std::int64_t got = calls::read_at(descriptor_.get(), &last, 1, bytes - 1);
    if (got < 0) return failed_call("read", path_, got);
    return got == 1 && last == byte;
}

Result<File> File::open(std::string path) {
    std::uint64_t size = 0;
    TRY(FileDescriptor descriptor, open_regular(path, calls::Open::read_write, size));
    return File(std::move(path), std::move(descriptor));
}

Result<std::uint64_t> File::size() const {
    calls::Facts facts;
    const int result = calls::facts(descriptor_.get(), facts);
    if (result < 0) return failed_call("read", path_, result);
    return facts.bytes;
}

Status File::read(std::uint64_t at, std::span<char> into) const {
    while (!into.empty()) {
        const std::int64_t got = calls::read_at(descriptor_.get(), into.data(), into.size(), at);
        if (got <= 0) return failed_call("read", path_, got < 0 ? got : -ENODATA);
        into = into.subspan(static_cast<std::size_t>(got));
        at += static_cast<std::uint64_t>(got);
    }
    return {};
}

Status File::write(std::uint64_t at, std::string_view bytes) {
    const auto write = [&](std::string_view rest) {
        return calls::write_at(descriptor_.get(), rest, at + (bytes.size() - rest.size()));
    };
    return status_of("write", path_, write_all(bytes, write));
}

Status File::cut(std::uint64_t size) { return status_of("cut", path_, calls::cut(descriptor_.get(), size)); }

bool exists(const std::string& path) {
    calls::Facts facts;
    return calls::facts(path, facts) != -ENOENT;
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
    std::vector<std::string> names;
    const int result = calls::list_folder(path, names);
    if (result < 0) return failed_call("read folder", path, result);
    std::sort(names.begin(), names.end());
    return names;
}

Status make_folders(const std::string& path) { return status_of("create folder", path, calls::make_folders(path)); }

Status remove_file(const std::string& path) {
    const int result = calls::remove(path);
    return status_of("delete", path, result == -ENOENT ? 0 : result);
}

Status write_file_atomically(const std::string& path, std::string_view bytes, Readers readers) {
    const auto how = readers == Readers::everyone ? calls::Open::create_public : calls::Open::create;
    const std::string temporary = fmt::format("{}.tmp.{}.{:08x}", path, process_id(), random_u64() & 0xffff'ffff);
    const auto write = [&]() -> Status {
        const FileDescriptor descriptor(calls::open(temporary, how));
        if (descriptor.get() < 0) return failed_call("create", temporary, descriptor.get());
        if (const std::int64_t error = write_all(descriptor, bytes)) return failed_call("write", temporary, error);
        if (const int error = calls::sync(descriptor.get())) return failed_call("sync", temporary, error);
        return status_of("replace", path, calls::rename(temporary, path));
    };
    Status written = write();
    if (!written) {
        calls::remove(temporary);
        return written;
    }
    return sync_folder(folder_of(path));
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    const FileDescriptor descriptor(calls::open(path, calls::Open::read));
    if (descriptor.get() < 0) return failed_call("read", path, descriptor.get());
    std::string bytes;
    std::array<char, 16 * 1024> block;
    while (true) {
        const std::int64_t got = calls::read(descriptor.get(), block.data(), block.size());
        if (got < 0) return failed_call("read", path, got);
        if (got == 0) return bytes;
        bytes.append(block.data(), static_cast<std::size_t>(got));
        if (bytes.size() > bytes_max) {
            return failed(ErrorCode::file_error, fmt::format("read {}: more than {} bytes", path, bytes_max));
        }
    }
}

Result<std::string> read_input(const std::string& path, std::size_t bytes_max) {
    return read_file(path == standard_input ? "/dev/stdin" : path, bytes_max);
}

Result<LockFile> LockFile::take(const std::string& path) {
    FileDescriptor descriptor(calls::open(path, calls::Open::read_write));
    if (descriptor.get() < 0) return failed_call("open", path, descriptor.get());
    if (const int error = calls::lock(descriptor.get())) {
        if (error != -EWOULDBLOCK) return failed_call("lock", path, error);
        std::array<char, 32> text{};
        const std::int64_t got = calls::read_at(descriptor.get(), text.data(), text.size(), 0);
        int holder = 0;
        if (got > 0) std::from_chars(text.data(), text.data() + got, holder);
        const std::string who = holder > 0 ? fmt::format("process {}", holder) : "another process";
        return failed(ErrorCode::file_error, fmt::format("lock {}: held by {}", path, who));
    }
    const std::string text = fmt::format("{}\n", process_id());
    if (const int error = calls::cut(descriptor.get(), 0)) return failed_call("write", path, error);
    if (const std::int64_t error = write_all(descriptor, text)) return failed_call("write", path, error);
    return LockFile(std::move(descriptor));
}

}  // namespace outflow::platform
