// The disk of a host: files as programs see them, and what is left of them when the power goes. It may be full, or fail
// to sync; a file keeps its content as long as somebody has it open, whatever happens to its name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/file_calls.h"
#include "random.h"

namespace outflow::sim {

class Process;

class Disk {
public:
    struct File {
        std::uint64_t number = 0;  // no other file has it
        std::string bytes;         // as programs see it
        std::string safe;          // what is on the disk
        struct Change {
            std::uint64_t at;
            std::optional<std::string> bytes;  // none: the file was cut there
        };
        std::vector<Change> unsynced;
        const Process* locked_by = nullptr;
        int names = 0;
    };

    // --- faults
    bool is_full = false;     // a write takes a part, then nothing
    bool sync_fails = false;  // what was not synced before never will be, though it can be read

    // --- for oracles
    std::function<void(const std::string& path, std::uint64_t at, std::string_view bytes)> on_write;
    std::function<void(const std::string& path, const File& file)> on_sync;
    std::function<void(const std::string& path, const File& file)> on_cut;

    // --- the calls of platform/file_calls.h
    int open(Process& process, const std::string& path, platform::calls::Open how);
    void close(int descriptor);
    int facts(const std::string& path, platform::calls::Facts& facts) const;
    int facts(int descriptor, platform::calls::Facts& facts) const;
    std::int64_t read(int descriptor, char* into, std::size_t size);
    std::int64_t read_at(int descriptor, char* into, std::size_t size, std::uint64_t at) const;
    std::int64_t write(int descriptor, std::string_view bytes);
    std::int64_t write_at(int descriptor, std::string_view bytes, std::uint64_t at);
    int cut(int descriptor, std::uint64_t size);
    int sync(int descriptor);
    int lock(Process& process, int descriptor);
    int rename(const std::string& from, const std::string& to);
    int remove(const std::string& path);
    int sync_folder(const std::string& path);
    std::vector<std::string> list(const std::string& folder) const;

    // --- what happens to it
    void process_ends(const Process& process);
    void lose_power(Random& random);

    // By a person, who has other files elsewhere: a new file in the place of the old one, whole and safe.
    void place(const std::string& path, std::string bytes);

    const File* find(const std::string& path) const;

private:
    using FilePointer = std::shared_ptr<File>;  // shared by its names and by those who have it open
    struct Opened {
        FilePointer file;
        std::string path;
        const Process* process;
        bool appends;
        std::uint64_t at = 0;
    };

    std::int64_t put(Opened& opened, std::string_view bytes, std::uint64_t at);
    static void apply(std::string& bytes, const File::Change& change);

    std::map<std::string, FilePointer> names_;
    std::map<std::string, FilePointer> safe_names_;
    std::map<int, Opened> opened_;
    int last_descriptor_ = 2;
    std::uint64_t files_ = 0;
};

}  // namespace outflow::sim
