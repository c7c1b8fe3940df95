// The frame of RocketMQ's remoting protocol, big-endian:
//
//   u32 length         of all that follows (4 + header + body)
//   u8  serialize type 0 = JSON header, 1 = binary header
//   u24 header length
//   header, body
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outflow::rocketmq {

enum class SerializeType : std::uint8_t { json = 0, binary = 1 };

inline constexpr std::size_t frame_prefix_bytes = 8;

// Views into the bytes that were decoded.
struct Frame {
    SerializeType serialize_type = SerializeType::json;
    std::string_view header;
    std::string_view body;
    std::size_t size = 0;  // bytes of the whole frame
};

// Decodes the frame at the start of `bytes`; nothing: more bytes are needed. Lengths are judged as soon as their
// bytes are there, before the rest has come.
// Errors: rocketmq_malformed_frame (also over limits::rocketmq_frame_bytes_max, the length field included); the
// connection has to be closed then.
Result<std::optional<Frame>> decode_frame(std::string_view bytes);

}  // namespace outflow::rocketmq
