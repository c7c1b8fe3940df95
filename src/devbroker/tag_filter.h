// Which messages of a queue a consumer wants, judged by the hash of their tag as RocketMQ's brokers do: a consumer
// compares the tags themselves once more.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outflow::devbroker {

class TagFilter {
public:
    static constexpr std::size_t tags_max = 256;

    TagFilter() = default;  // all messages
    // "*", "" or "a || b". Errors: invalid_argument above `tags_max` tags.
    static Result<TagFilter> parse(std::string_view expression);

    bool fits(std::int32_t tag_hash) const;

private:
    std::vector<std::int32_t> hashes_;  // sorted; none: all
};

}  // namespace outflow::devbroker
