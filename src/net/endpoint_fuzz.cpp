// What parse_endpoint accepts, it accepts again in its own spelling.
#include "net/endpoint.h"

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto endpoint = outflow::net::parse_endpoint(text, {.default_port = 1883, .port_zero = true});
    if (!endpoint) return 0;
    auto again = outflow::net::parse_endpoint(outflow::net::to_string(*endpoint), {.port_zero = true});
    OUTFLOW_ASSERT(again);
    again->scheme = endpoint->scheme;
    OUTFLOW_ASSERT(*again == *endpoint);
    return 0;
}
