#include "pattern/alibaba/address.h"

#include <algorithm>

namespace outflow::pattern {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Decimal digits only, at most `most`.
std::optional<std::uint32_t> read_number(std::string_view text, std::uint64_t most) {
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (char c : text) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
        if (value > most) return std::nullopt;
    }
    return static_cast<std::uint32_t>(value);
}

// Takes what stands before the next `separator`, or all; the separator is taken too.
std::string_view take_part(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

// One to four numbers; the last fills the bytes that are left.
std::optional<std::uint32_t> read_v4(std::string_view text) {
    constexpr std::size_t size_max = 15;
    const auto dots = static_cast<std::size_t>(std::count(text.begin(), text.end(), '.'));
    if (text.size() > size_max || dots > 3) return std::nullopt;
    std::uint32_t address = 0;
    for (std::size_t i = 0; i <= dots; ++i) {
        const std::size_t bits = i < dots ? 8 : (4 - dots) * 8;
        const auto number = read_number(take_part(text, '.'), (std::uint64_t{1} << bits) - 1);
        if (!number) return std::nullopt;
        address = (bits < 32 ? address << bits : 0) | *number;
    }
    return address;
}

// Exactly four numbers of one to three digits.
std::optional<std::uint32_t> read_quad(std::string_view text) {
    if (std::count(text.begin(), text.end(), '.') != 3) return std::nullopt;
    std::uint32_t address = 0;
    for (int i = 0; i < 4; ++i) {
        const std::string_view part = take_part(text, '.');
        const auto number = read_number(part, 255);
        if (!number || part.size() > 3) return std::nullopt;
        address = address << 8 | *number;
    }
    return address;
}

void write_v4(std::uint32_t address, std::uint8_t* to) {
    for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(address >> (24 - 8 * i));
}

// Groups of hexadecimal digits, as many as one likes while the value fits; `::` once; at the end maybe an IPv4 address.
class V6Reader {
public:
    explicit V6Reader(std::string_view text) : text_(text) {}

    bool read(std::array<std::uint8_t, 16>& bytes) {
        if (text_.size() < 2) return false;
        if (text_[0] == ':') {
            if (text_[1] != ':') return false;
            text_.remove_prefix(1);  // of `::a` the second colon stands for the gap
        }
        while (!text_.empty()) {
            if (text_[0] == ':') {
                if (gap_ != none) return false;
                gap_ = size_;
                text_.remove_prefix(1);
            } else if (!read_group()) {
                return false;
            }
        }
        if (gap_ == none) return size_ == 16 && copy(bytes);
        return size_ < 16 && copy(bytes);
    }

private:
    static constexpr std::size_t none = SIZE_MAX;

    bool read_group() {
        const std::string_view rest = text_;
        const std::string_view group = take_part(text_, ':');
        if (group.find('.') != std::string_view::npos) {
            const bool is_last = group.size() == rest.size() && std::count(group.begin(), group.end(), '.') == 3;
            const auto address = is_last && size_ <= 12 ? read_v4(group) : std::nullopt;
            if (!address) return false;
            write_v4(*address, bytes_.data() + size_);
            size_ += 4;
            return true;
        }
        std::uint32_t value = 0;
        for (char c : group) {
            const int digit = hex_value(c);
            if (digit < 0 || value > 0xfff) return false;
            value = value << 4 | static_cast<std::uint32_t>(digit);
        }
        if (size_ == 16) return false;
        bytes_[size_++] = static_cast<std::uint8_t>(value >> 8);
        bytes_[size_++] = static_cast<std::uint8_t>(value);
        // A single colon at the end is none of `::`.
        return !(text_.empty() && rest.size() > group.size());
    }

    bool copy(std::array<std::uint8_t, 16>& bytes) const {
        bytes = {};
        const std::size_t front = std::min(gap_, size_);
        std::copy(bytes_.begin(), bytes_.begin() + front, bytes.begin());
        std::copy(bytes_.begin() + front, bytes_.begin() + size_, bytes.end() - (size_ - front));
        return true;
    }

    std::string_view text_;
    std::array<std::uint8_t, 16> bytes_{};
    std::size_t size_ = 0;
    std::size_t gap_ = none;
};

bool is_mapped_v4(const std::array<std::uint8_t, 16>& bytes) {
    return std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t byte) { return byte == 0; }) &&
           bytes[10] == 0xff && bytes[11] == 0xff;
}

AlibabaAddress of_v4(std::uint32_t address) {
    AlibabaAddress made;
    write_v4(address, made.bytes.data());
    return made;
}

}  // namespace

std::optional<AlibabaAddress> parse_alibaba_address(std::string_view text) {
    constexpr std::uint32_t loopback = 0x7f00'0001;
    constexpr std::uint64_t zone_max = 0x7fff'ffff;
    if (text.empty()) return of_v4(loopback);
    if (text[0] == '[') {
        if (!text.ends_with(']') || text.find(':') == std::string_view::npos) return std::nullopt;
        text = text.substr(1, text.size() - 2);
    } else if (const auto address = read_v4(text)) {
        return of_v4(*address);
    }
    const std::size_t zone = text.find('%');
    const bool has_zone = zone != std::string_view::npos;
    if (has_zone && !read_number(text.substr(zone + 1), zone_max)) return std::nullopt;
    AlibabaAddress made;
    made.is_v6 = true;
    if (!V6Reader(text.substr(0, zone)).read(made.bytes)) return std::nullopt;
    if (!is_mapped_v4(made.bytes)) return made;
    if (has_zone) return std::nullopt;
    const auto& bytes = made.bytes;
    return of_v4(static_cast<std::uint32_t>(bytes[12]) << 24 | static_cast<std::uint32_t>(bytes[13]) << 16 |
                 static_cast<std::uint32_t>(bytes[14]) << 8 | bytes[15]);
}

bool AlibabaNetwork::contains(std::string_view text) const {
    const auto address = read_quad(text);
    return address && *address >= first && *address <= last;
}

std::optional<AlibabaNetwork> parse_alibaba_network(std::string_view text) {
    const std::string_view address_text = text.substr(0, text.find('/'));
    const std::string_view mask_text = text.substr(std::min(address_text.size() + 1, text.size()));
    const auto address = read_quad(address_text);
    const auto mask = mask_text.size() <= 2 ? read_number(mask_text, 32) : std::nullopt;
    if (!address || !mask) return std::nullopt;
    if (*mask >= 31) return AlibabaNetwork{};
    const std::uint32_t hosts = 0xffff'ffffU >> *mask;
    return AlibabaNetwork{(*address & ~hosts) + 1, (*address | hosts) - 1};
}

}  // namespace outflow::pattern
