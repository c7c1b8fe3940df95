#include "base/assert.h"
#include "rocketmq/server_requests.h"

// What clients send to a broker. The first byte says what: a send's header in either form, a batch, a heartbeat, tags.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace outflow::rocketmq;
    if (size == 0) return 0;
    std::string_view text = std::string_view(reinterpret_cast<const char*>(bytes), size).substr(1);
    switch (bytes[0] % 5) {
    case 0:
    case 1: {
        Frame frame;
        frame.serialize_type = bytes[0] % 5 == 0 ? SerializeType::json : SerializeType::binary;
        frame.header = text;
        auto command = decode_header(frame);
        if (command) static_cast<void>(decode_send_fields(*command).has_value());
        break;
    }
    case 2:
        if (auto entries = decode_batch(text)) OUTFLOW_ASSERT(!entries->empty() && entries->size() * 22 <= text.size());
        break;
    case 3:
        if (auto heart_beat = decode_heart_beat(text)) OUTFLOW_ASSERT(heart_beat->producer_groups.size() <= 1'000);
        break;
    default:
        java_hash(text);
        for (const std::string& tag : parse_tag_expression(text)) OUTFLOW_ASSERT(!tag.empty());
    }
    return 0;
}
