#include "json/kernel.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "json/token_index.h"

namespace outflow::json {

Kernel active_kernel() {
    Kernel kernel;
    // Asking for the name makes the library choose, if it has not done so yet.
    kernel.name = simdjson::get_active_implementation()->name();
    kernel.version = fmt::format("{}.{}.{}", static_cast<int>(simdjson::SIMDJSON_VERSION_MAJOR),
                                 static_cast<int>(simdjson::SIMDJSON_VERSION_MINOR),
                                 static_cast<int>(simdjson::SIMDJSON_VERSION_REVISION));
    kernel.tokens = best_scan_kernel() == ScanKernel::avx2 ? "avx2" : "portable";
    return kernel;
}

}  // namespace outflow::json
