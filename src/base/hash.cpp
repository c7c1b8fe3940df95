#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace outflow {

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
    return seed == 0 ? XXH3_64bits(bytes.data(), bytes.size()) : XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

// Unseeded hashes: XXH3 with a seed derives its secret anew for every input over 240 bytes.
std::uint64_t hash_pair(std::string_view first, std::string_view second) {
    constexpr std::uint64_t odd = 0x9E37'79B9'7F4A'7C15;
    return hash_bytes(first) * odd ^ hash_bytes(second);
}

}  // namespace outflow
