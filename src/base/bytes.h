// Big-endian cursors over bytes from and for the wire. Bytes are `std::string_view` everywhere: a view of char is what
// the JSON, string and socket interfaces take.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace outflow {

template <std::unsigned_integral T>
constexpr T big_endian(T value) {
    if constexpr (sizeof(T) == 1) return value;
    else if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
    else if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
    else return __builtin_bswap64(value);
}

// Reads integers and views from `bytes`. The first read past the end makes the reader fail for good; from then on
// every read gives zero or an empty view, so that decoders check `ok()` once, at the end.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    template <std::unsigned_integral T>
    T integer() {
        if (bytes_.size() - at_ < sizeof(T)) return fail(), T{0};
        T value;
        std::memcpy(&value, bytes_.data() + at_, sizeof(T));
        at_ += sizeof(T);
        return big_endian(value);
    }
    std::uint8_t u8() { return integer<std::uint8_t>(); }
    std::uint16_t u16() { return integer<std::uint16_t>(); }
    std::uint32_t u32() { return integer<std::uint32_t>(); }
    std::uint64_t u64() { return integer<std::uint64_t>(); }

    // Valid as long as the bytes that the reader was made of.
    std::string_view view(std::size_t size) {
        if (bytes_.size() - at_ < size) return fail(), std::string_view{};
        std::string_view result = bytes_.substr(at_, size);
        at_ += size;
        return result;
    }
    std::string_view rest() { return view(remaining()); }

    void fail() {
        failed_ = true;
        at_ = bytes_.size();
    }
    bool ok() const { return !failed_; }
    std::size_t remaining() const { return bytes_.size() - at_; }
    std::size_t position() const { return at_; }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

template <std::unsigned_integral T>
void append_integer(std::string& out, T value) {
    value = big_endian(value);
    out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// Overwrites sizeof(T) bytes of `out` at `at`, which must exist.
template <std::unsigned_integral T>
void put_integer(std::string& out, std::size_t at, T value) {
    value = big_endian(value);
    std::memcpy(out.data() + at, &value, sizeof(T));
}

}  // namespace outflow
