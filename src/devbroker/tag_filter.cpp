#include "devbroker/tag_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "rocketmq/server_requests.h"

namespace outflow::devbroker {

Result<TagFilter> TagFilter::parse(std::string_view expression) {
    TagFilter filter;
    for (const std::string& tag : rocketmq::parse_tag_expression(expression)) {
        if (filter.hashes_.size() == tags_max) {
            return failed(ErrorCode::invalid_argument,
                          fmt::format("A subscription may name {} tags at most.", tags_max));
        }
        filter.hashes_.push_back(rocketmq::java_hash(tag));
    }
    std::sort(filter.hashes_.begin(), filter.hashes_.end());
    return filter;
}

bool TagFilter::fits(std::int32_t tag_hash) const {
    return hashes_.empty() || std::binary_search(hashes_.begin(), hashes_.end(), tag_hash);
}

}  // namespace outflow::devbroker
