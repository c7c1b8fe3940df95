// Bodies in zlib form (RFC 1950), the one compression that every RocketMQ consumer reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outflow::rocketmq {

inline constexpr std::size_t decompressed_bytes_max = 64 * 1024 * 1024;

// Level 5, as the Java client. Nothing when it would not be smaller. A request has one sysFlag for all of its records:
// compressed and plain bodies can't share a batch.
std::optional<std::string> compress_body(std::string_view body);

// Errors: rocketmq_malformed_message (no zlib stream, more than `bytes_max` bytes, bytes missing or left over).
Result<std::string> decompress_body(std::string_view bytes, std::size_t bytes_max = decompressed_bytes_max);

}  // namespace outflow::rocketmq
