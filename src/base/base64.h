// Base64 with padding, the standard alphabet (RFC 4648, section 4).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace outflow {

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

// Writes exactly base64_size(bytes.size()) characters to `to`.
void encode_base64(std::string_view bytes, char* to);
std::string encode_base64(std::string_view bytes);

// Nothing if `text` is not canonical Base64 (length, alphabet, padding, unused bits).
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace outflow
