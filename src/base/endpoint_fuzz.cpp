// What the parsers of addresses accept, they accept again in their own spelling.
#include "base/endpoint.h"

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace outflow;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const auto endpoint = parse_endpoint(text, {.default_port = 1883, .port_zero = true})) {
        const auto again = parse_endpoint(to_string(*endpoint), {.port_zero = true});
        OUTFLOW_ASSERT(again && *again == *endpoint);
    }
    if (const auto broker = parse_mqtt_address(text)) {
        const auto again = parse_mqtt_address((broker->is_tls ? "mqtts://" : "mqtt://") + to_string(broker->endpoint));
        OUTFLOW_ASSERT(again && *again == *broker);
    }
    std::vector<Endpoint> servers;
    if (add_name_servers(text, servers)) {
        std::string all;
        for (const Endpoint& server : servers) all += to_string(server) + ";";
        std::vector<Endpoint> again;
        OUTFLOW_ASSERT(add_name_servers(all, again) && again == servers);
    }
    return 0;
}
