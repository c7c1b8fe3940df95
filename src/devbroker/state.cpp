#include "devbroker/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

const Topic template_topic{.read_queues = 8, .write_queues = 8, .topic_permission = 7};

}  // namespace

Result<std::unique_ptr<State>> State::open(BrokerOptions options) {
    StoreOptions store_options;
    store_options.folder = options.folder;
    store_options.bytes_max = options.bytes_max;
    store_options.segment_bytes =
        std::clamp<std::uint64_t>(options.bytes_max / 4, 8ull * 1024 * 1024, store_options.segment_bytes);
    TRY(auto store, MessageStore::open(store_options, options.port));
    TRY(auto topics, TopicTable::open(options.folder + "/topics.json"));
    TRY(auto offsets, OffsetTable::open(options.folder + "/offsets.json"));
    std::unique_ptr<State> state(
        new State(std::move(options), std::move(store), std::move(topics), std::move(offsets)));
    if (auto restored = state->restore_topics(); !restored) return failed(std::move(restored).error());
    return state;
}

State::State(BrokerOptions its_options, std::unique_ptr<MessageStore> its_store, TopicTable its_topics,
             OffsetTable its_offsets)
    : options(std::move(its_options)),
      store(std::move(its_store)),
      topics(std::move(its_topics)),
      offsets(std::move(its_offsets)) {}

// Topics that have messages but are not in the table, because topics.json was lost.
Status State::restore_topics() {
    for (const auto& [name, highest_queue] : store->topics()) {
        if (name == schedule_topic || name == rocketmq::auto_create_topic || topics.find(name) != nullptr) continue;
        bool is_single = name.starts_with(retry_prefix) || name.starts_with(dead_letter_prefix);
        auto queues = std::max<std::uint32_t>(static_cast<std::uint32_t>(highest_queue) + 1, is_single ? 1 : 4);
        if (auto status = topics.set(name, {.read_queues = queues, .write_queues = queues}); !status) return status;
    }
    return {};
}

const Topic* State::find_topic(std::string_view name) const {
    if (const Topic* topic = topics.find(name)) return topic;
    return settings.auto_create && name == rocketmq::auto_create_topic ? &template_topic : nullptr;
}

Result<Topic> State::find_or_create_topic(std::string_view name, std::uint32_t queues) {
    if (const Topic* topic = find_topic(name)) return *topic;
    Topic topic{.read_queues = queues, .write_queues = queues};
    if (auto status = topics.set(name, topic); !status) return failed(std::move(status).error());
    return topic;
}

Status State::remove_topic(std::string_view name) {
    // In this order: a topic that the store still knows would come back at the next start.
    if (auto status = store->forget(name); !status) return status;
    offsets.forget_topic(name);
    for (auto at = arrivals.lower_bound({std::string(name), 0}); at != arrivals.end() && at->first == name;) {
        at = arrivals.erase(at);
    }
    return topics.remove(name);
}

Result<Put> State::put(const PutHeader& header, std::span<const NewMessage> messages) {
    if (settings.is_disk_full) return failed(ErrorCode::file_error, "the disk is full (a setting of this broker)");
    auto put = store->put(header, messages);
    if (put) arrivals.emplace(header.topic, header.queue_id);
    return put;
}

Result<rocketmq::StoredMessage> State::read(std::int64_t physical_offset, std::string& bytes) const {
    bytes.clear();
    if (auto status = store->read(physical_offset, bytes); !status) return failed(std::move(status).error());
    TRY(auto messages, rocketmq::decode_stored_messages(bytes));
    if (messages.empty()) return failed(ErrorCode::invalid_argument, "There is no message at that offset.");
    return messages.front();
}

rocketmq::Response refusal(std::int32_t code, std::string remark) {
    rocketmq::Response response;
    response.code = code;
    response.remark = std::move(remark);
    return response;
}

rocketmq::Response topic_missing(std::string_view topic) {
    return refusal(code::topic_not_exist, fmt::format("topic[{}] not exist, apply first please!", topic));
}

Result<QueueFields> queue_fields(const Request& request) {
    auto topic = request.command.find_ext("topic");
    auto queue_id = request.command.find_ext_integer("queueId");
    if (!topic) return failed(ErrorCode::invalid_argument, "The field topic is missing.");
    if (!queue_id || *queue_id < INT32_MIN || *queue_id > INT32_MAX) {
        return failed(ErrorCode::invalid_argument, "The field queueId is missing or no 32-bit number.");
    }
    return QueueFields{.topic = std::move(*topic), .queue_id = static_cast<std::int32_t>(*queue_id)};
}

bool is_legal_group(std::string_view group) {
    return !group.empty() && is_legal_topic(std::string(retry_prefix) + std::string(group));
}

}  // namespace outflow::devbroker
