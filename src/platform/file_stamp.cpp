#include "platform/file_stamp.h"

#include <sys/stat.h>

#include <fmt/format.h>

namespace outflow::platform {

std::string file_stamp(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return "none";
    return fmt::format("{} {} {} {}.{:09}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec);
}

}  // namespace outflow::platform
