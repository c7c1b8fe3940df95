#include "devbroker/consumer_offsets.h"

#include <fmt/format.h>

#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

}  // namespace

rocketmq::Response query_offset(const State& state, const Request& request) {
    auto queue = queue_fields(request);
    if (!queue) return refusal(code::system_error, queue.error().context);
    std::string group = request.command.find_ext("consumerGroup").value_or("");
    auto offset = state.offsets.find(group, queue->topic, queue->queue_id);
    if (!offset) {
        if (request.command.find_ext("setZeroIfNotFound") == "false") {
            return refusal(code::query_not_found, "Not found, do not set to zero, maybe this group boot first");
        }
        if (state.store->min_offset(queue->topic, queue->queue_id) > 0) {
            return refusal(code::query_not_found, "Not found, maybe this group consumer boot first");
        }
    }
    rocketmq::Response response;
    response.ext.emplace_back("offset", std::to_string(offset.value_or(0)));
    return response;
}

rocketmq::Response update_offset(State& state, const Request& request) {
    auto queue = queue_fields(request);
    if (!queue) return refusal(code::system_error, queue.error().context);
    auto group = request.command.find_ext("consumerGroup");
    auto offset = request.command.find_ext_integer("commitOffset");
    if (!group || !offset) return refusal(code::system_error, "The fields consumerGroup and commitOffset are needed.");
    const Topic* topic = state.find_topic(queue->topic);
    if (topic == nullptr) return refusal(code::topic_not_exist, fmt::format("Topic {} not exist!", queue->topic));
    if (queue->queue_id < 0 || queue->queue_id >= static_cast<std::int64_t>(topic->read_queues)) {
        return refusal(code::system_error, fmt::format("Topic {} has no queue {}.", queue->topic, queue->queue_id));
    }
    if (auto status = state.offsets.set(*group, queue->topic, queue->queue_id, *offset); !status) {
        return refusal(code::system_error, status.error().context);
    }
    return {};
}

}  // namespace outflow::devbroker
