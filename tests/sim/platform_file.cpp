// platform/file_calls.h in a simulated world: the disk of the process's host.
#include "platform/file_calls.h"

#include <fmt/format.h>

#include "platform/file_stamp.h"
#include "process.h"
#include "world.h"

namespace outflow::platform::calls {

namespace {

sim::Process& process() { return sim::World::current().process(); }
sim::Disk& disk() { return process().host().disk; }

}  // namespace

int open(const std::string& path, Open how) { return disk().open(process(), path, how); }

void close(int descriptor) {
    --process().holdings.files;
    if (!process().is_dead()) disk().close(descriptor);
}

int facts(int descriptor, Facts& facts) { return disk().facts(descriptor, facts); }
int facts(const std::string& path, Facts& facts) { return disk().facts(path, facts); }
std::int64_t read(int descriptor, char* into, std::size_t size) { return disk().read(descriptor, into, size); }

std::int64_t read_at(int descriptor, char* into, std::size_t size, std::uint64_t at) {
    return disk().read_at(descriptor, into, size, at);
}

std::int64_t write(int descriptor, std::string_view bytes) { return disk().write(descriptor, bytes); }

std::int64_t write_at(int descriptor, std::string_view bytes, std::uint64_t at) {
    return disk().write_at(descriptor, bytes, at);
}

std::int64_t free_bytes(int) { return disk().is_full ? 0 : std::int64_t{1} << 40; }
int cut(int descriptor, std::uint64_t size) { return disk().cut(descriptor, size); }
int sync(int descriptor) { return disk().sync(descriptor); }
int lock(int descriptor) { return disk().lock(process(), descriptor); }
int rename(const std::string& from, const std::string& to) { return disk().rename(from, to); }
int remove(const std::string& path) { return disk().remove(path); }
int make_folders(const std::string&) { return 0; }  // names hold their folders
int sync_folder(const std::string& path) { return disk().sync_folder(path); }

int list_folder(const std::string& path, std::vector<std::string>& names) {
    names = disk().list(path);
    return 0;
}

}  // namespace outflow::platform::calls

std::string outflow::platform::file_stamp(const std::string& path) {
    const sim::Disk::File* file = sim::World::current().process().host().disk.find(path);
    return file == nullptr ? "none" : fmt::format("{} {}", file->number, file->bytes.size());
}
