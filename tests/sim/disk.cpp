#include "disk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "process.h"

namespace outflow::sim {

namespace {

// "/data/topics.json" -> "/data/"
std::string_view folder_of(std::string_view path) { return path.substr(0, path.rfind('/') + 1); }

}  // namespace

int Disk::open(Process& process, const std::string& path, platform::calls::Open how) {
    using platform::calls::Open;
    FilePointer& file = names_[path];
    if (file && (how == Open::create || how == Open::create_public)) return -EEXIST;
    if (!file && how == Open::read) return names_.erase(path), -ENOENT;
    if (!file) {
        file = std::make_shared<File>();
        file->number = ++files_;
        file->names = 1;
    }
    const int descriptor = ++last_descriptor_;
    opened_.emplace(descriptor, Opened{file, path, &process, how == Open::append});
    ++process.holdings.files;
    return descriptor;
}

void Disk::close(int descriptor) {
    const auto found = opened_.find(descriptor);
    if (found == opened_.end()) return;  // the kernel has closed it, with its process
    File& file = *found->second.file;
    if (file.locked_by == found->second.process) file.locked_by = nullptr;
    opened_.erase(found);
}

int Disk::facts(const std::string& path, platform::calls::Facts& facts) const {
    const File* file = find(path);
    if (file == nullptr) return -ENOENT;
    facts = {.is_regular = true, .bytes = file->bytes.size()};
    return 0;
}

int Disk::facts(int descriptor, platform::calls::Facts& facts) const {
    facts = {.is_regular = true, .bytes = opened_.at(descriptor).file->bytes.size()};
    return 0;
}

std::int64_t Disk::read(int descriptor, char* into, std::size_t size) {
    Opened& opened = opened_.at(descriptor);
    const std::int64_t got = read_at(descriptor, into, size, opened.at);
    if (got > 0) opened.at += static_cast<std::uint64_t>(got);
    return got;
}

std::int64_t Disk::read_at(int descriptor, char* into, std::size_t size, std::uint64_t at) const {
    const std::string& bytes = opened_.at(descriptor).file->bytes;
    if (at >= bytes.size()) return 0;
    return static_cast<std::int64_t>(bytes.copy(into, size, at));
}

std::int64_t Disk::write(int descriptor, std::string_view bytes) {
    Opened& opened = opened_.at(descriptor);
    const std::uint64_t at = opened.appends ? opened.file->bytes.size() : opened.at;
    const std::int64_t written = put(opened, bytes, at);
    if (written > 0) opened.at = at + static_cast<std::uint64_t>(written);
    return written;
}

std::int64_t Disk::write_at(int descriptor, std::string_view bytes, std::uint64_t at) {
    return put(opened_.at(descriptor), bytes, at);
}

std::int64_t Disk::put(Opened& opened, std::string_view bytes, std::uint64_t at) {
    if (is_full) {
        bytes = bytes.substr(0, World::current().process().random().below(bytes.size() + 1));
        if (bytes.empty()) return -ENOSPC;
    }
    opened.file->unsynced.push_back({at, std::string(bytes)});
    apply(opened.file->bytes, opened.file->unsynced.back());
    if (on_write) on_write(opened.path, at, bytes);
    return static_cast<std::int64_t>(bytes.size());
}

int Disk::cut(int descriptor, std::uint64_t size) {
    Opened& opened = opened_.at(descriptor);
    opened.file->unsynced.push_back({size, std::nullopt});
    apply(opened.file->bytes, opened.file->unsynced.back());
    if (on_cut) on_cut(opened.path, *opened.file);
    return 0;
}

void Disk::apply(std::string& bytes, const File::Change& change) {
    if (!change.bytes) return bytes.resize(change.at);
    if (bytes.size() < change.at + change.bytes->size()) bytes.resize(change.at + change.bytes->size());
    bytes.replace(change.at, change.bytes->size(), *change.bytes);
}

// As Linux: what a failed sync did not write is not tried again.
int Disk::sync(int descriptor) {
    Opened& opened = opened_.at(descriptor);
    for (const File::Change& change : std::exchange(opened.file->unsynced, {})) {
        if (!sync_fails) apply(opened.file->safe, change);
    }
    if (sync_fails) return -EIO;
    if (on_sync) on_sync(opened.path, *opened.file);
    return 0;
}

int Disk::lock(Process& process, int descriptor) {
    File& file = *opened_.at(descriptor).file;
    if (file.locked_by != nullptr && file.locked_by != &process) return -EWOULDBLOCK;
    file.locked_by = &process;
    return 0;
}

int Disk::rename(const std::string& from, const std::string& to) {
    auto moved = names_.extract(from);
    if (moved.empty()) return -ENOENT;
    static_cast<void>(remove(to));
    moved.key() = to;
    names_.insert(std::move(moved));
    return 0;
}

int Disk::remove(const std::string& path) {
    const auto found = names_.find(path);
    if (found == names_.end()) return -ENOENT;
    --found->second->names;
    names_.erase(found);
    return 0;
}

int Disk::sync_folder(const std::string& path) {
    const std::string folder = path + '/';
    std::erase_if(safe_names_, [&folder](const auto& entry) { return folder_of(entry.first) == folder; });
    for (const auto& [name, file] : names_)
        if (folder_of(name) == folder) safe_names_[name] = file;
    return 0;
}

std::vector<std::string> Disk::list(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& [name, file] : names_)
        if (folder_of(name) == folder + '/') names.push_back(name.substr(folder.size() + 1));
    return names;
}

void Disk::place(const std::string& path, std::string bytes) {
    auto file = std::make_shared<File>();
    file->number = ++files_;
    file->safe = file->bytes = std::move(bytes);
    file->names = 1;
    names_[path] = safe_names_[path] = std::move(file);
}

const Disk::File* Disk::find(const std::string& path) const {
    const auto found = names_.find(path);
    return found == names_.end() ? nullptr : found->second.get();
}

void Disk::process_ends(const Process& process) {
    for (const auto& [descriptor, opened] : opened_)
        if (opened.file->locked_by == &process) opened.file->locked_by = nullptr;
    std::erase_if(opened_, [&process](const auto& entry) { return entry.second.process == &process; });
}

// Of what was not synced the system may have written some, in order, the last of it in part. A name that was not synced
// may be there or not.
void Disk::lose_power(Random& random) {
    for (const auto& [name, file] : names_) {
        const bool is_safe = safe_names_.contains(name) && safe_names_.at(name) == file;
        if (!is_safe && random.one_in(2)) safe_names_[name] = file;
    }
    for (const auto& [name, file] : safe_names_) {
        std::size_t kept = random.below(file->unsynced.size() + 1);
        for (File::Change& change : std::exchange(file->unsynced, {})) {
            if (kept == 0 && change.bytes) change.bytes->resize(random.below(change.bytes->size() + 1));
            apply(file->safe, change);
            if (kept-- == 0) break;
        }
        file->bytes = file->safe;
    }
    names_ = safe_names_;
    for (const auto& [name, file] : names_) file->names = 0;
    for (const auto& [name, file] : names_) ++file->names;
}

}  // namespace outflow::sim
