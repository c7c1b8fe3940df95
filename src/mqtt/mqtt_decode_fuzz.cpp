// A stream of packets of either version: decoding never crashes, is whole or wants more, and agrees with itself.

#include "base/assert.h"
#include "mqtt/decode.h"
#include "mqtt/encode.h"
#include "mqtt/topic.h"

using namespace outflow;
using namespace outflow::mqtt;

namespace {

// What was accepted can be encoded, and gives the same again.
void check_publish(const Publish& publish, Version version) {
    OUTFLOW_ASSERT(validate_topic_name(publish.topic).has_value());
    PublishProperties properties;
    bool valid = version == Version::v3_1_1 || decode_publish_properties(publish, properties).has_value();
    if (!valid) return;
    std::string encoded;
    encode_publish(encoded, publish, &properties, version);
    Result<DecodedPacket> again = decode_packet(encoded, version);
    OUTFLOW_ASSERT(again && again->bytes == encoded.size());
    const auto& second = std::get<Publish>(again->packet);
    OUTFLOW_ASSERT(second.topic == publish.topic && second.payload == publish.payload && second.qos == publish.qos);
    OUTFLOW_ASSERT(second.packet_id == publish.packet_id);
    OUTFLOW_ASSERT(second.retain == publish.retain && second.dup == publish.dup);
    PublishProperties properties_again;
    OUTFLOW_ASSERT(decode_publish_properties(second, properties_again).has_value());
    OUTFLOW_ASSERT(properties_again.user.size() == properties.user.size());
    OUTFLOW_ASSERT(properties_again.subscription_ids == properties.subscription_ids);
    OUTFLOW_ASSERT(properties_again.correlation_data == properties.correlation_data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Version version = (data[0] & 1) != 0 ? Version::v5 : Version::v3_1_1;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    OUTFLOW_ASSERT(is_topic_name(rest.substr(0, 65'535)) == validate_topic_name(rest.substr(0, 65'535)).has_value());
    if (validate_filter(rest)) static_cast<void>(matches(rest, "a/b"));
    while (!rest.empty()) {
        Result<DecodedPacket> decoded = decode_packet(rest, version);
        if (!decoded) {
            OUTFLOW_ASSERT(!decoded.error().context.empty());
            break;
        }
        if (decoded->need_more()) break;
        OUTFLOW_ASSERT(decoded->bytes <= rest.size());
        Result<DecodedPacket> shorter = decode_packet(rest.substr(0, decoded->bytes - 1), version);
        OUTFLOW_ASSERT(shorter && shorter->need_more());
        if (const auto* publish = std::get_if<Publish>(&decoded->packet)) check_publish(*publish, version);
        rest.remove_prefix(decoded->bytes);
    }
    return 0;
}
