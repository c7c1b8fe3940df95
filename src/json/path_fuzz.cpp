#include <cstdint>
#include <cstdlib>

#include "json/path.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    auto path = outflow::json::parse_path({reinterpret_cast<const char*>(bytes), size});
    if (!path) return 0;
    auto again = outflow::json::parse_path(outflow::json::render_path(*path));
    if (!again || *again != *path) std::abort();
    return 0;
}
