#include "base/assert.h"
#include "rocketmq/route.h"

// Routes, cluster information and lists of topics, and the queues that come of them.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace outflow::rocketmq;
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (auto route = decode_route(text)) {
        OUTFLOW_ASSERT(publish_queues(*route).size() <= route_limits::queues_max);
        OUTFLOW_ASSERT(auto_create_queues(*route).size() <= route_limits::queues_max);
        OUTFLOW_ASSERT(read_queues(*route).size() <= route_limits::queues_max);
    }
    static_cast<void>(decode_cluster_info(text).has_value());
    static_cast<void>(decode_topic_list(text).has_value());
    static_cast<void>(parse_address(text).has_value());
    return 0;
}
