#include "base/assert.h"
#include "rocketmq/compress.h"
#include "rocketmq/properties.h"
#include "rocketmq/stored_message.h"

// Stored messages with their properties and bodies; and the bytes as a compressed body.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace outflow::rocketmq;
    constexpr std::size_t bytes_max = 64 * 1024;
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (auto messages = decode_stored_messages(text)) {
        for (const StoredMessage& message : *messages) {
            decode_properties(message.properties);
            offset_message_id(message);
            static_cast<void>(plain_body(message).has_value());
        }
    }
    auto body = decompress_body(text, bytes_max);
    OUTFLOW_ASSERT(!body || body->size() <= bytes_max);
    return 0;
}
