#include "devbroker/queue_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "rocketmq/json_reader.h"
#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

rocketmq::Response number(std::string_view name, std::int64_t value) {
    rocketmq::Response response;
    response.ext.emplace_back(name, std::to_string(value));
    return response;
}

// Of the message at `offset`; `otherwise` when there is none.
std::int64_t store_time(const State& state, const QueueKey& queue, std::int64_t offset, std::int64_t otherwise) {
    auto entry = state.store->entry(queue.first, queue.second, offset);
    return entry ? entry->stored_ms : otherwise;
}

// Appends a member of an offsetTable: its name is an object, as RocketMQ writes it.
void append_queue(std::string& table, const State& state, const QueueKey& queue, std::string_view value) {
    table += table.empty() ? R"({"brokerName":)" : R"(,{"brokerName":)";
    rocketmq::append_json_string(table, state.options.broker_name);
    table += fmt::format(R"(,"queueId":{},"topic":)", queue.second);
    rocketmq::append_json_string(table, queue.first);
    table += "}:";
    table += value;
}

}  // namespace

rocketmq::Response get_max_offset(const State& state, const Request& request) {
    auto queue = queue_fields(request);
    if (!queue) return refusal(code::system_error, queue.error().context);
    return number("offset", state.store->max_offset(queue->topic, queue->queue_id));
}

rocketmq::Response get_min_offset(const State& state, const Request& request) {
    auto queue = queue_fields(request);
    if (!queue) return refusal(code::system_error, queue.error().context);
    return number("offset", state.store->min_offset(queue->topic, queue->queue_id));
}

rocketmq::Response search_offset(const State& state, const Request& request) {
    auto queue = queue_fields(request);
    if (!queue) return refusal(code::system_error, queue.error().context);
    auto since = request.command.find_ext_integer("timestamp");
    if (!since) return refusal(code::system_error, "The field timestamp is needed.");
    return number("offset",
                  state.store->search_offset(queue->topic, queue->queue_id, std::chrono::milliseconds(*since)));
}

rocketmq::Response get_earliest_store_time(const State& state, const Request& request) {
    auto queue = queue_fields(request);
    if (!queue) return refusal(code::system_error, queue.error().context);
    std::int64_t first = state.store->min_offset(queue->topic, queue->queue_id);
    return number("timestamp", store_time(state, {queue->topic, queue->queue_id}, first, -1));
}

rocketmq::Response view_message(const State& state, const Request& request) {
    auto offset = request.command.find_ext_integer("offset");
    rocketmq::Response response;
    Status status = offset ? state.store->read(*offset, response.body)
                           : failed(ErrorCode::invalid_argument, "The field offset is needed.");
    if (status) return response;
    return refusal(code::system_error, fmt::format("can not find message by the offset, {}: {}", offset.value_or(-1),
                                                   status.error().context));
}

rocketmq::Response get_topic_stats(const State& state, const Request& request) {
    std::string name = request.command.find_ext("topic").value_or("");
    const Topic* topic = state.find_topic(name);
    if (topic == nullptr) return refusal(code::topic_not_exist, fmt::format("topic[{}] not exist", name));
    std::string table;
    auto queues = static_cast<std::int32_t>(std::max(topic->read_queues, topic->write_queues));
    for (QueueKey queue{name, 0}; queue.second < queues; ++queue.second) {
        std::int64_t max = state.store->max_offset(queue.first, queue.second);
        append_queue(
            table, state, queue,
            fmt::format(R"({{"lastUpdateTimestamp":{},"maxOffset":{},"minOffset":{}}})",
                        store_time(state, queue, max - 1, 0), max, state.store->min_offset(queue.first, queue.second)));
    }
    rocketmq::Response response;
    response.body = fmt::format(R"({{"offsetTable":{{{}}}}})", table);
    return response;
}

rocketmq::Response get_consume_stats(const State& state, const Request& request) {
    std::string group = request.command.find_ext("consumerGroup").value_or("");
    std::string only = request.command.find_ext("topic").value_or("");
    std::string table;
    for (const auto& [name, topic] : state.topics.all()) {
        if (!only.empty() && name != only) continue;
        for (QueueKey queue{name, 0}; queue.second < static_cast<std::int32_t>(topic.read_queues); ++queue.second) {
            auto offset = state.offsets.find(group, queue.first, queue.second);
            if (!offset) continue;
            append_queue(table, state, queue,
                         fmt::format(R"({{"brokerOffset":{},"consumerOffset":{},"lastTimestamp":{},"pullOffset":{}}})",
                                     state.store->max_offset(queue.first, queue.second), *offset,
                                     store_time(state, queue, *offset - 1, 0), *offset));
        }
    }
    rocketmq::Response response;
    response.body = fmt::format(R"({{"consumeTps":0.0,"offsetTable":{{{}}}}})", table);
    return response;
}

}  // namespace outflow::devbroker
