#include "json/token_index.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#define OUTFLOW_AVX2 [[gnu::target("avx2,pclmul,bmi,popcnt")]]
#endif

namespace outflow::json {

namespace {

constexpr std::size_t written = 8;  // offsets at once

// A sum of these for each byte.
enum Class : std::uint8_t { quote = 1, backslash = 2, punctuation = 4, space = 8, control = 16, not_ascii = 32 };

constexpr std::array<std::uint8_t, 256> classes = [] {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t byte = 0; byte < 0x20; ++byte) table[byte] = control;
    for (std::size_t byte = 0x80; byte < table.size(); ++byte) table[byte] = not_ascii;
    table['"'] = quote;
    table['\\'] = backslash;
    for (char c : {'{', '}', '[', ']', ':', ','}) table[static_cast<std::size_t>(c)] = punctuation;
    for (char c : {' ', '\t', '\n', '\r'}) table[static_cast<std::size_t>(c)] |= space;
    table[0x0c] |= punctuation;  // as masks_avx2 does; no grammar takes them
    table[0x1a] |= punctuation;
    return table;
}();

// For each byte where its bits are.
constexpr std::array<std::array<std::uint8_t, written>, 256> places_of_bits = [] {
    std::array<std::array<std::uint8_t, written>, 256> table{};
    for (std::size_t bits = 0; bits < table.size(); ++bits) {
        std::size_t count = 0;
        for (std::uint8_t place = 0; place < 8; ++place) {
            if ((bits >> place & 1) != 0) table[bits][count++] = place;
        }
    }
    return table;
}();

}  // namespace

ScanKernel best_scan_kernel() {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("pclmul") != 0 &&
                                 __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("popcnt") != 0;
    if (has_avx2) return ScanKernel::avx2;
#endif
    return ScanKernel::portable;
}

bool TokenIndex::reserve(std::size_t size) {
    constexpr std::size_t usual_bytes = 16 * 1024;
    constexpr std::size_t kept_bytes = 1024 * 1024;  // above it the buffer is given back when it is no longer needed
    const bool shrinks = capacity_ > kept_bytes && size <= kept_bytes / 4;
    if (offsets_ != nullptr && size <= capacity_ && !shrinks) return true;
    capacity_ = std::max(size, size <= usual_bytes ? usual_bytes : size + size / 2);
    // Behind the last offset more are written; one closes the text.
    offsets_.reset(new (std::nothrow) std::uint32_t[capacity_ + written + 1]);
    if (offsets_ == nullptr) capacity_ = 0;
    return offsets_ != nullptr;
}

bool TokenIndex::open(std::string_view text) {
    constexpr std::size_t first_step = 2;
    if (!reserve(text.size())) return false;
    text_ = text;
    count_ = ready_ = looked_at_ = 0;
    step_ = first_step;
    escaped_ = inside_ = in_scalar_ = 0;
    fault_ = Fault::none;
    is_complete_ = has_escapes_ = is_checked_ = false;
    return true;
}

void TokenIndex::grow() {
    constexpr std::size_t step_max = 32;
    const std::size_t before = ready_;
    while (!is_complete_ && ready_ == before) {
        const std::size_t blocks = std::min((text_.size() - looked_at_) / block_bytes, step_);
        step_ = std::min(step_ + 1, step_max);
        if (blocks > 0) scan(text_.data() + looked_at_, blocks);
        // A short rest is not worth another turn.
        if (fault_ == Fault::none && text_.size() - looked_at_ < block_bytes) scan_rest();
        if (!is_complete_ && count_ > 0) ready_ = count_ - 1;
    }
}

void TokenIndex::scan(const char* at, std::size_t blocks) {
    kernel_ == ScanKernel::avx2 ? scan_avx2(at, blocks) : scan_portable(at, blocks);
}

// What is no whole block, with spaces behind it.
void TokenIndex::scan_rest() {
    const std::string_view rest = text_.substr(looked_at_);
    if (!rest.empty()) {
        std::array<char, block_bytes> block;
        block.fill(' ');
        std::memcpy(block.data(), rest.data(), rest.size());
        scan(block.data(), 1);
    }
    if (fault_ != Fault::none) return;
    complete(inside_ != 0 ? Fault::open_string : count_ == 0 ? Fault::empty : Fault::none);
}

void TokenIndex::complete(Fault fault) {
    is_complete_ = true;
    fault_ = fault;
    offsets_[count_] = static_cast<std::uint32_t>(text_.size());
    // Before a fault the last token may go on into it.
    ready_ = fault == Fault::none ? count_ : std::max<std::size_t>(count_, 1) - 1;
}

TokenIndex::Masks TokenIndex::masks_portable(const char* at) {
    Masks masks{};
    for (std::size_t i = 0; i < block_bytes; ++i) {
        const std::uint8_t found = classes[static_cast<std::uint8_t>(at[i])];
        if (found == 0) continue;
        const Bits bit = Bits{1} << i;
        if ((found & quote) != 0) masks.quotes |= bit;
        if ((found & backslash) != 0) masks.backslashes |= bit;
        if ((found & punctuation) != 0) masks.punctuation |= bit;
        if ((found & space) != 0) masks.spaces |= bit;
        if ((found & control) != 0) masks.controls |= bit;
        if ((found & not_ascii) != 0) masks.not_ascii |= bit;
    }
    return masks;
}

// The quotes that open or close a string: those that no backslash stands before.
inline TokenIndex::Bits TokenIndex::closing_and_opening(const Masks& masks) {
    Bits escaped = std::exchange(escaped_, 0);
    if ((masks.backslashes | escaped) == 0) return masks.quotes;
    has_escapes_ = true;
    Bits backslashes = masks.backslashes & ~escaped;
    while (backslashes != 0) {
        const Bits first = backslashes & -backslashes;
        const Bits behind = first << 1;
        if (behind == 0) escaped_ = 1;
        escaped |= behind;
        backslashes &= ~(first | behind);  // a backslash behind a backslash escapes nothing
    }
    return masks.quotes & ~escaped;
}

// `parity`: bit i tells whether the number of quotes up to and with byte i is odd. False: a fault.
inline bool TokenIndex::take_block(const Masks& masks, Bits quotes, Bits parity, Bits& tokens) {
    const Bits inside = parity ^ inside_;  // with the opening quote, without the closing one
    inside_ = static_cast<Bits>(static_cast<std::int64_t>(inside) >> 63);
    if (((masks.controls & inside) | masks.not_ascii) != 0 && !check_block(masks, inside)) return false;
    const Bits scalars = ~(masks.punctuation | masks.spaces);
    const Bits others = scalars & ~quotes;
    const Bits starts = scalars & ~(others << 1 | in_scalar_);
    in_scalar_ = others >> 63;
    tokens = (masks.punctuation | starts) & ~(inside ^ quotes);  // outside of strings, or an opening quote
    return true;
}

inline void TokenIndex::write_portable(Bits tokens) {
    for (; tokens != 0; tokens &= tokens - 1) {
        offsets_[count_++] =
            static_cast<std::uint32_t>(looked_at_) + static_cast<std::uint32_t>(std::countr_zero(tokens));
    }
    looked_at_ += block_bytes;
}

// The first byte that is no ASCII has all that follows judged, which is quick; its block starts a character.
bool TokenIndex::check_block(const Masks& masks, Bits inside) {
    if (masks.not_ascii != 0 && !is_checked_) {
        is_checked_ = simdjson::validate_utf8(text_.data() + looked_at_, text_.size() - looked_at_);
        if (!is_checked_) {
            complete(Fault::not_utf8);
            return false;
        }
    }
    if ((masks.controls & inside) == 0) return true;
    complete(Fault::control_character);
    return false;
}

void TokenIndex::scan_portable(const char* at, std::size_t blocks) {
    for (; blocks > 0; --blocks, at += block_bytes) {
        const Masks masks = masks_portable(at);
        const Bits quotes = closing_and_opening(masks);
        Bits parity = quotes;
        for (int shift = 1; shift < 64; shift *= 2) parity ^= parity << shift;
        Bits tokens;
        if (!take_block(masks, quotes, parity, tokens)) return;
        write_portable(tokens);
    }
}

#if defined(__x86_64__)

namespace {

// 64 bytes.
struct Block {
    __m256i low, high;
};

OUTFLOW_AVX2 inline std::uint64_t bits_of(const Block& block) {  // the highest of each byte
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(block.low)) |
           static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(block.high))) << 32;
}

OUTFLOW_AVX2 inline std::uint64_t equal(const Block& left, const Block& right) {
    return bits_of({_mm256_cmpeq_epi8(left.low, right.low), _mm256_cmpeq_epi8(left.high, right.high)});
}

OUTFLOW_AVX2 inline std::uint64_t equal(const Block& block, char c) {
    const __m256i all = _mm256_set1_epi8(c);
    return equal(block, Block{all, all});
}

// For each byte what the table has at the byte's lower half; 0 for bytes that are no ASCII.
OUTFLOW_AVX2 inline Block look_up(__m256i table, const Block& block) {
    return {_mm256_shuffle_epi8(table, block.low), _mm256_shuffle_epi8(table, block.high)};
}

}  // namespace

// A byte is a space if `spaces` has it where its lower half says. So is punctuation, once bit 0x20 has made { and } of
// [ and ]; it also makes punctuation of two control characters.
OUTFLOW_AVX2 inline TokenIndex::Masks TokenIndex::masks_avx2(const char* at) {
    const __m256i spaces = _mm256_setr_epi8(' ', -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', -1, -1, '\r', -1, -1, ' ',
                                            -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', -1, -1, '\r', -1, -1);
    const __m256i points = _mm256_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, ':', '{', ',', '}', -1, -1, -1, -1,
                                            -1, -1, -1, -1, -1, -1, -1, -1, ':', '{', ',', '}', -1, -1);
    const __m256i curly = _mm256_set1_epi8(0x20);
    const __m256i last_control = _mm256_set1_epi8(0x1f);
    const Block block{_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)),
                      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at) + 1)};
    const Block curled{_mm256_or_si256(block.low, curly), _mm256_or_si256(block.high, curly)};
    const Block at_least{_mm256_max_epu8(block.low, last_control), _mm256_max_epu8(block.high, last_control)};
    Masks masks;
    masks.quotes = equal(block, '"');
    masks.backslashes = equal(block, '\\');
    masks.spaces = equal(block, look_up(spaces, block));
    masks.punctuation = equal(curled, look_up(points, block));
    masks.controls = equal(at_least, 0x1f);
    masks.not_ascii = bits_of(block);
    return masks;
}

// Eight bytes of text at a time, as many offsets as there are tokens among them and what is written over by the next
// ones: no loop whose end the processor would have to guess.
OUTFLOW_AVX2 inline void TokenIndex::write_avx2(Bits tokens) {
    std::uint32_t* to = offsets_.get() + count_;
    count_ += static_cast<std::size_t>(std::popcount(tokens));
    __m256i base = _mm256_set1_epi32(static_cast<int>(looked_at_));
#pragma GCC unroll 8
    for (std::size_t i = 0; i < block_bytes; i += written) {
        const auto bits = static_cast<std::uint8_t>(tokens >> i);
        const __m128i places = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(places_of_bits[bits].data()));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_add_epi32(_mm256_cvtepu8_epi32(places), base));
        base = _mm256_add_epi32(base, _mm256_set1_epi32(written));
        to += std::popcount(bits);
    }
    looked_at_ += block_bytes;
}

OUTFLOW_AVX2 void TokenIndex::scan_avx2(const char* at, std::size_t blocks) {
    for (; blocks > 0; --blocks, at += block_bytes) {
        const Masks masks = masks_avx2(at);
        const Bits quotes = closing_and_opening(masks);
        // Multiplied by all ones without carries, each bit becomes the parity of those up to it.
        const __m128i product =
            _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<std::int64_t>(quotes)), _mm_set1_epi8(-1), 0);
        Bits tokens;
        if (!take_block(masks, quotes, static_cast<Bits>(_mm_cvtsi128_si64(product)), tokens)) return;
        write_avx2(tokens);
    }
}

#else

void TokenIndex::scan_avx2(const char* at, std::size_t blocks) { scan_portable(at, blocks); }

#endif

}  // namespace outflow::json
