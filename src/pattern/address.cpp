#include "pattern/address.h"

#include <algorithm>
#include <charconv>

namespace outflow::pattern {

namespace {

// A whole number without sign and leading zeros.
std::optional<std::uint32_t> parse_decimal_number(std::string_view text, std::uint32_t max) {
    if (text.empty() || text.size() > 3 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
    std::uint32_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
    return value;
}

bool parse_v4(std::string_view text, std::uint8_t* bytes) {
    for (int i = 0; i < 4; ++i) {
        std::size_t dot = i < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return false;
        auto part = parse_decimal_number(text.substr(0, dot), 255);
        if (!part) return false;
        bytes[i] = static_cast<std::uint8_t>(*part);
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return text.empty();
}

bool parse_group(std::string_view text, std::uint8_t* bytes) {
    if (text.empty() || text.size() > 4) return false;
    std::uint16_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || end != text.data() + text.size()) return false;
    bytes[0] = static_cast<std::uint8_t>(value >> 8);
    bytes[1] = static_cast<std::uint8_t>(value & 255);
    return true;
}

// Groups between colons into `bytes`; how many bytes they fill, or -1. Nothing is no group.
int parse_groups(std::string_view text, std::uint8_t* bytes) {
    int filled = 0;
    while (!text.empty()) {
        std::size_t colon = text.find(':');
        std::string_view group = text.substr(0, colon);
        bool is_last = colon == std::string_view::npos;
        if (is_last && group.find('.') != std::string_view::npos) {
            if (filled > 12 || !parse_v4(group, bytes + filled)) return -1;
            return filled + 4;
        }
        if (filled > 14 || !parse_group(group, bytes + filled)) return -1;
        filled += 2;
        if (is_last) return filled;
        text.remove_prefix(colon + 1);
        if (text.empty()) return -1;  // a colon at the end
    }
    return filled;
}

bool parse_v6(std::string_view text, std::uint8_t* bytes) {
    std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) return parse_groups(text, bytes) == 16;
    std::array<std::uint8_t, 16> back{};
    int front_size = parse_groups(text.substr(0, gap), bytes);
    int back_size = parse_groups(text.substr(gap + 2), back.data());
    if (front_size < 0 || back_size < 0 || front_size + back_size > 14) return false;
    if (text.substr(0, gap).find('.') != std::string_view::npos) return false;
    std::fill(bytes + front_size, bytes + 16 - back_size, std::uint8_t{0});
    std::copy(back.begin(), back.begin() + back_size, bytes + 16 - back_size);
    return true;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    constexpr std::size_t longest = 45;
    if (text.size() < 2 || text.size() > longest) return std::nullopt;
    Address address;
    address.is_v6 = text.find(':') != std::string_view::npos;
    bool good = address.is_v6 ? parse_v6(text, address.bytes.data()) : parse_v4(text, address.bytes.data());
    return good ? std::optional(address) : std::nullopt;
}

bool Network::contains(const Address& address) const {
    if (address.is_v6 != base.is_v6) return false;
    std::size_t whole = bits / 8;
    if (!std::equal(base.bytes.begin(), base.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    address.bytes.begin())) {
        return false;
    }
    std::uint32_t rest = bits % 8;
    return rest == 0 || ((base.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

std::optional<Network> parse_network(std::string_view text) {
    std::size_t slash = text.find('/');
    auto base = parse_address(text.substr(0, slash));
    if (!base) return std::nullopt;
    std::uint32_t bits_max = base->is_v6 ? 128 : 32;
    if (slash == std::string_view::npos) return Network{*base, bits_max};
    auto bits = parse_decimal_number(text.substr(slash + 1), bits_max);
    return bits ? std::optional(Network{*base, *bits}) : std::nullopt;
}

}  // namespace outflow::pattern
