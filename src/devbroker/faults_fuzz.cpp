// The first byte chooses the form; what is accepted must read the same after it was written.
#include <cstdint>
#include <cstdlib>

#include "devbroker/faults.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace outflow::devbroker;
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto fault = data[0] % 2 == 0 ? parse_fault(text) : fault_from_json(text);
    if (!fault) return 0;
    const std::string json = fault_to_json(*fault);
    const auto again = fault_from_json(json);
    if (!again || fault_to_json(*again) != json) std::abort();
    return 0;
}
