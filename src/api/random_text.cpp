#include "api/random_text.h"

#include <cstdint>

#include "base/assert.h"
#include "platform/process.h"

namespace outflow::api {

std::string random_text(std::size_t characters, std::string_view alphabet) {
    OUTFLOW_ASSERT(!alphabet.empty() && alphabet.size() <= 64);
    constexpr int bits = 6;
    std::string text;
    while (text.size() < characters) {
        std::uint64_t drawn = platform::random_u64();
        // What is beyond the alphabet is dropped: a remainder would make some characters more likely.
        for (int i = 0; i < 64 / bits && text.size() < characters; ++i, drawn >>= bits)
            if (const std::size_t place = drawn & 63; place < alphabet.size()) text += alphabet[place];
    }
    return text;
}

}  // namespace outflow::api
