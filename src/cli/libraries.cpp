#include "cli/libraries.h"

#include <filesystem>
#include <system_error>

#include <link.h>

namespace outflow::cli {

namespace {

struct Search {
    std::string start;  // "libyaml-cpp.so"
    std::string path;   // of the library, once found
};

int visit(dl_phdr_info* info, std::size_t, void* context) {
    auto& search = *static_cast<Search*>(context);
    const std::filesystem::path path(info->dlpi_name);
    if (!path.filename().string().starts_with(search.start)) return 0;
    search.path = path.string();
    return 1;
}

}  // namespace

std::string loaded_library_version(std::string_view library) {
    Search search{std::string(library) + ".so", {}};
    ::dl_iterate_phdr(visit, &search);
    if (search.path.empty()) return {};
    std::error_code error;
    const std::filesystem::path file = std::filesystem::canonical(search.path, error);
    const std::string name = (error ? std::filesystem::path(search.path) : file).filename().string();
    return name.size() > search.start.size() + 1 && name.starts_with(search.start)
               ? name.substr(search.start.size() + 1)
               : std::string();
}

}  // namespace outflow::cli
