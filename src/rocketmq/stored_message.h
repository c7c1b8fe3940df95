// Messages as a broker stores them: the body of the response to PULL_MESSAGE, and the embedded broker's log.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outflow::rocketmq {

// Views into the bytes that were decoded.
struct StoredMessage {
    std::string_view topic;
    std::int32_t queue_id = 0;
    std::int64_t queue_offset = 0;
    std::int64_t physical_offset = 0;
    std::uint32_t sys_flag = 0;
    std::uint32_t flag = 0;  // the user's
    std::uint32_t body_crc = 0;
    std::uint32_t reconsume_times = 0;
    std::chrono::milliseconds born{0};  // since the epoch
    std::chrono::milliseconds stored{0};
    std::string_view born_host;  // 4 or 16 bytes of address, 4 of port
    std::string_view store_host;
    std::string_view body;        // as sent, maybe compressed
    std::string_view properties;  // wire form (properties.h)
};

// Fewer bytes than this are no stored message.
inline constexpr std::size_t stored_message_bytes_min = 91;

// Decodes all messages of `bytes`. Errors: rocketmq_malformed_message.
Result<std::vector<StoredMessage>> decode_stored_messages(std::string_view bytes);
// Decodes the message at the start of `bytes`, and gives its size too. Errors: rocketmq_malformed_message.
Result<StoredMessage> decode_stored_message(std::string_view bytes, std::size_t& size);

// Appends the message as it is stored, its fields as they are (the CRC too). The hosts must have the size that sys_flag
// says; the topic at most 65,535 bytes, the properties at most 65,535.
void append_stored_message(std::string& out, const StoredMessage& message);

// CRC-32 of a body, without the highest bit, as brokers store it.
std::uint32_t body_crc(std::string_view body);

// The body, decompressed when it has to be. Errors: rocketmq_malformed_message (also for LZ4 and Zstandard, which this
// reader does not know, and above compress.h's limit).
Result<std::string> plain_body(const StoredMessage& message);

// Id of a message by its place, 32 or 56 hexadecimal digits: store host, port, physical offset.
std::string offset_message_id(const StoredMessage& message);

}  // namespace outflow::rocketmq
