#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace outflow {

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint64_t hash_pair(std::string_view first, std::string_view second) {
    return hash_bytes(second, hash_bytes(first, first.size()));
}

}  // namespace outflow
