// Where the tokens of a JSON text start, found block by block, no further than a reader asks: a filter that needs the
// first field of a message looks at the first bytes of it.
//
//   text     {"a" : [ 12, "x\"y" ] }      A token is one of { } [ ] : , outside of strings, an opening quote, or the
//   first
//   offsets  ^^   ^ ^ ^ ^ ^       ^ ^     character of what else stands there: a number, true, a mistake.
//
// What has been looked at is UTF-8, and its strings hold no control character; of grammar nothing is known.
// Internal to this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace outflow::json {

// How 64 bytes are looked at; all find the same.
enum class ScanKernel : std::uint8_t { portable, avx2 };

ScanKernel best_scan_kernel();  // of this processor

// One thread; keeps its buffer from text to text (4 bytes per byte of the largest recent text).
class TokenIndex {
public:
    enum class Fault : std::uint8_t { none, empty, not_utf8, control_character, open_string };

    explicit TokenIndex(ScanKernel kernel = best_scan_kernel()) : kernel_(kernel) {}

    // Nothing is looked at yet. `text` must live until the last grow. False: there is not enough memory.
    bool open(std::string_view text);

    // Looks further until at least one more token is ready, or to the end.
    void grow();

    const std::uint32_t* offsets() const { return offsets_.get(); }
    // Tokens that can be read: behind each stands one more offset, of the next token or, of the last, the text's size.
    std::size_t ready() const { return ready_; }
    bool is_complete() const { return is_complete_; }
    // Why is_complete() although the text goes on; none: all of it was looked at.
    Fault fault() const { return fault_; }
    // A backslash stands in what was looked at.
    bool has_escapes() const { return has_escapes_; }

private:
    using Bits = std::uint64_t;  // a bit for each byte of a block, the first lowest
    static constexpr std::size_t block_bytes = 64;
    struct Masks {
        Bits quotes, backslashes, punctuation, spaces, controls, not_ascii;
    };

    bool reserve(std::size_t size);
    void scan(const char* at, std::size_t blocks);
    void scan_portable(const char* at, std::size_t blocks);
    void scan_avx2(const char* at, std::size_t blocks);
    void scan_rest();
    static Masks masks_portable(const char* at);
    static Masks masks_avx2(const char* at);
    Bits closing_and_opening(const Masks& masks);
    bool take_block(const Masks& masks, Bits quotes, Bits parity, Bits& tokens);
    void write_portable(Bits tokens);
    void write_avx2(Bits tokens);
    bool check_block(const Masks& masks, Bits inside);
    void complete(Fault fault);

    std::string_view text_;
    std::unique_ptr<std::uint32_t[]> offsets_;
    std::size_t capacity_ = 0;  // bytes of text that offsets_ suffices for
    std::size_t count_ = 0;     // of offsets
    std::size_t ready_ = 0;
    std::size_t looked_at_ = 0;  // bytes
    std::size_t step_ = 0;       // blocks that the next grow looks at
    // From block to block.
    Bits escaped_ = 0;    // 1: the next byte stands behind a backslash
    Bits inside_ = 0;     // all bits: the next byte stands in a string
    Bits in_scalar_ = 0;  // 1: the last byte was part of something like a number
    ScanKernel kernel_;
    Fault fault_ = Fault::none;
    bool is_complete_ = false;
    bool has_escapes_ = false;
    bool is_checked_ = false;  // as UTF-8, all of the text
};

}  // namespace outflow::json
