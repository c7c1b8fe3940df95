// The calls of the system that file.cpp is made of, one for one: the lowest seam, which tests/sim replaces. Never
// interrupted; what fails returns a negative errno. Inside platform only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outflow::platform::calls {

enum class Open : std::uint8_t {
    read,           // an existing file
    read_write,     // created when missing (mode 0600)
    append,         // the same, and every write goes to the end
    create,         // a new one (mode 0600)
    create_public,  // a new one with the rights that the umask leaves
};

struct Facts {
    bool is_regular = false;
    std::uint64_t bytes = 0;
    std::uint64_t device = 0;  // with the node: which file it is, whatever its name
    std::uint64_t node = 0;
    std::uint64_t names = 1;  // that lead to it; none: it was deleted
};

int open(const std::string& path, Open how);  // a descriptor
void close(int descriptor);
int facts(int descriptor, Facts& facts);
int facts(const std::string& path, Facts& facts);
std::int64_t read(int descriptor, char* into, std::size_t size);  // 0: the end
std::int64_t read_at(int descriptor, char* into, std::size_t size, std::uint64_t at);
std::int64_t write(int descriptor, std::string_view bytes);  // may take less
std::int64_t write_at(int descriptor, std::string_view bytes, std::uint64_t at);
std::int64_t free_bytes(int descriptor);  // of its file system, for a process without privileges
int cut(int descriptor, std::uint64_t size);
int sync(int descriptor);  // content, and of the facts what is needed to read it
int lock(int descriptor);  // -EWOULDBLOCK: another process has it
int rename(const std::string& from, const std::string& to);
int remove(const std::string& path);
int make_folders(const std::string& path);
int sync_folder(const std::string& path);
int list_folder(const std::string& path, std::vector<std::string>& names);  // in any order

}  // namespace outflow::platform::calls
