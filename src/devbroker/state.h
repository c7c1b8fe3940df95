// What the parts of the broker share: settings, stored messages, topics, committed offsets.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "devbroker/broker.h"
#include "devbroker/message_store.h"
#include "devbroker/offsets.h"
#include "devbroker/request.h"
#include "devbroker/topics.h"
#include "rocketmq/stored_message.h"

namespace outflow::devbroker {

inline constexpr std::string_view schedule_topic = "SCHEDULE_TOPIC_XXXX";
inline constexpr std::string_view retry_prefix = "%RETRY%";
inline constexpr std::string_view dead_letter_prefix = "%DLQ%";

using QueueKey = std::pair<std::string, std::int32_t>;  // topic, queue id

// Belongs to one thread.
struct State {
    // Errors: as Broker::open.
    static Result<std::unique_ptr<State>> open(BrokerOptions options);

    BrokerOptions options;
    BrokerSettings settings;
    std::unique_ptr<MessageStore> store;
    TopicTable topics;
    OffsetTable offsets;
    std::set<QueueKey> arrivals;  // queues that got messages and whose long polls were not looked at since

    // With TBW102, as long as topics come into being by themselves.
    const Topic* find_topic(std::string_view name) const;
    // The topic, created with these queues (to be read and written) when it is missing. Errors: TopicTable::set.
    Result<Topic> find_or_create_topic(std::string_view name, std::uint32_t queues);
    Status remove_topic(std::string_view name);

    // As MessageStore::put, and notes the arrival. Errors: also file_error while the disk is said to be full.
    Result<Put> put(const PutHeader& header, std::span<const NewMessage> messages);
    // Views into `bytes`. Errors: as MessageStore::read.
    Result<rocketmq::StoredMessage> read(std::int64_t physical_offset, std::string& bytes) const;

private:
    State(BrokerOptions its_options, std::unique_ptr<MessageStore> its_store, TopicTable its_topics,
          OffsetTable its_offsets);
    Status restore_topics();
};

rocketmq::Response refusal(std::int32_t code, std::string remark);
rocketmq::Response topic_missing(std::string_view topic);

// The topic and queueId of a request. Errors: invalid_argument, naming the field.
struct QueueFields {
    std::string topic;
    std::int32_t queue_id = 0;
};
Result<QueueFields> queue_fields(const Request& request);

// Whether a client may call its group so: the letters of topics, at most 248 of them.
bool is_legal_group(std::string_view group);

}  // namespace outflow::devbroker
