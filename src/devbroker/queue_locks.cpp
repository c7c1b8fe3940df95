#include "devbroker/queue_locks.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "rocketmq/json_reader.h"
#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

struct LockRequest {
    std::string group;
    std::string client_id;
    struct Queue {
        std::string topic;
        std::string broker_name;
        std::int64_t queue_id = -1;
    };
    std::vector<Queue> queues;
};

constexpr std::size_t queues_max = 65'536;

LockRequest::Queue read_queue(rocketmq::JsonReader& reader) {
    LockRequest::Queue queue;
    std::string name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name == "topic") reader.string(queue.topic);
        else if (name == "brokerName") reader.string(queue.broker_name);
        else if (name == "queueId") queue.queue_id = reader.integer();
        else reader.skip();
    }
    return queue;
}

Result<LockRequest> decode_lock_request(std::string_view json) {
    LockRequest request;
    rocketmq::JsonReader reader(json);
    std::string name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name == "consumerGroup") {
            reader.string(request.group);
        } else if (name == "clientId") {
            reader.string(request.client_id);
        } else if (name == "mqSet" && reader.enter_array()) {
            while (reader.next_element()) {
                request.queues.push_back(read_queue(reader));
                if (request.queues.size() > queues_max) reader.fail();
            }
        } else {
            reader.skip();
        }
    }
    if (!reader.finished() || request.client_id.size() > 255) {
        return failed(ErrorCode::rocketmq_malformed_message, "The body is no request to lock queues.");
    }
    return request;
}

void append_queue(std::string& list, const LockRequest::Queue& queue) {
    list += list.empty() ? R"({"brokerName":)" : R"(,{"brokerName":)";
    rocketmq::append_json_string(list, queue.broker_name);
    list += fmt::format(R"(,"queueId":{},"topic":)", queue.queue_id);
    rocketmq::append_json_string(list, queue.topic);
    list.push_back('}');
}

}  // namespace

rocketmq::Response QueueLocks::lock(const Request& request, std::chrono::milliseconds now) {
    auto wanted = decode_lock_request(request.body);
    if (!wanted) return refusal(rocketmq::response_code::system_error, wanted.error().context);
    std::string taken;
    for (const LockRequest::Queue& queue : wanted->queues) {
        const Topic* topic = state_.find_topic(queue.topic);
        if (topic == nullptr || queue.queue_id < 0 || queue.queue_id >= topic->read_queues) continue;
        Key key{wanted->group, queue.topic, static_cast<std::int32_t>(queue.queue_id)};
        if (is_legal_group(wanted->group) && take(key, wanted->client_id, now)) append_queue(taken, queue);
    }
    rocketmq::Response response;
    response.body = fmt::format(R"({{"lockOKMQSet":[{}]}})", taken);
    return response;
}

bool QueueLocks::take(const Key& key, const std::string& client_id, std::chrono::milliseconds now) {
    auto at = locks_.find(key);
    if (at == locks_.end()) {
        if (locks_.size() == locks_max) {
            std::erase_if(locks_, [&](const auto& entry) { return now - entry.second.at > life; });
        }
        if (locks_.size() == locks_max) return false;
        at = locks_.emplace(key, Lock{client_id, now}).first;
    }
    if (at->second.client_id != client_id && now - at->second.at <= life) return false;
    at->second = {client_id, now};
    return true;
}

rocketmq::Response QueueLocks::unlock(const Request& request) {
    auto wanted = decode_lock_request(request.body);
    if (!wanted) return refusal(rocketmq::response_code::system_error, wanted.error().context);
    for (const LockRequest::Queue& queue : wanted->queues) {
        auto at = locks_.find({wanted->group, queue.topic, static_cast<std::int32_t>(queue.queue_id)});
        if (at != locks_.end() && at->second.client_id == wanted->client_id) locks_.erase(at);
    }
    return {};
}

}  // namespace outflow::devbroker
