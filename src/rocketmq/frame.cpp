#include "rocketmq/frame.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/limits.h"

namespace outflow::rocketmq {

Result<std::optional<Frame>> decode_frame(std::string_view bytes) {
    if (bytes.size() < sizeof(std::uint32_t)) return std::optional<Frame>{};
    ByteReader reader(bytes);
    std::size_t length = reader.u32();
    if (length < sizeof(std::uint32_t) || length > limits::rocketmq_frame_bytes_max - sizeof(std::uint32_t)) {
        return failed(ErrorCode::rocketmq_malformed_frame,
                      fmt::format("a frame length of {} bytes is outside 4 to {}: is this a RocketMQ port?", length,
                                  limits::rocketmq_frame_bytes_max - sizeof(std::uint32_t)));
    }
    if (bytes.size() < frame_prefix_bytes) return std::optional<Frame>{};
    std::uint32_t word = reader.u32();
    std::uint32_t serialize_type = word >> 24;
    std::size_t header_bytes = word & 0xFFFFFF;
    if (serialize_type > static_cast<std::uint32_t>(SerializeType::binary)) {
        return failed(ErrorCode::rocketmq_malformed_frame, fmt::format("unknown serialize type {}", serialize_type));
    }
    if (header_bytes > length - sizeof(std::uint32_t)) {
        return failed(ErrorCode::rocketmq_malformed_frame,
                      fmt::format("a header of {} bytes in a frame of {}", header_bytes, length));
    }
    std::size_t size = sizeof(std::uint32_t) + length;
    if (bytes.size() < size) return std::optional<Frame>{};
    Frame frame;
    frame.serialize_type = static_cast<SerializeType>(serialize_type);
    frame.header = reader.view(header_bytes);
    frame.body = reader.view(size - frame_prefix_bytes - header_bytes);
    frame.size = size;
    return std::optional<Frame>{frame};
}

}  // namespace outflow::rocketmq
