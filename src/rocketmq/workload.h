// Workloads of requests, answers, routes, the choice of queues, message ids and stored messages.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/workload.h"
#include "rocketmq/command.h"
#include "rocketmq/properties.h"
#include "rocketmq/protocol.h"
#include "rocketmq/queue_choice.h"
#include "rocketmq/requests.h"
#include "rocketmq/response_class.h"
#include "rocketmq/responses.h"
#include "rocketmq/stored_message.h"
#include "rocketmq/unique_keys.h"

namespace outflow::rocketmq::workload {

inline constexpr std::size_t records = 100;
inline constexpr std::chrono::milliseconds born{1'795'000'000'000};  // since the epoch
inline constexpr std::string_view topic = "telemetry";

// Records with the properties that a task with a key and a tag gives them, and two of the publisher's.
class Sends {
public:
    std::uint64_t run(SendRequest::Kind kind) {
        SendHeader header;
        header.group = "outflow";
        header.topic = topic;
        header.queue_id = 3;
        header.born = born;
        header.broker_name = "broker-a";
        out_.clear();
        if (kind == SendRequest::Kind::batch) {
            SendRequest request(out_, kind, header);
            for (std::size_t i = 0; i < records; ++i) request.append(record(i));
            request.finish(7);
        } else {
            for (std::size_t i = 0; i < records; ++i) {
                SendRequest request(out_, kind, header);
                request.append(record(i));
                request.finish(static_cast<std::int32_t>(i));
            }
        }
        Checksum sum;
        sum.add_samples(out_);
        return sum.value();
    }

private:
    EncodedRecord record(std::size_t i) {
        properties_.clear();
        append_property(properties_, property_name::unique_key, "7F0000011267ABCDEF010BB6B1E00001");
        append_property(properties_, property_name::keys, "press-000123");
        append_property(properties_, property_name::tags, "press");
        append_user_property(properties_, "plant", "hz-1", changes_);
        append_user_property(properties_, "line", "7", changes_);
        return {telemetry_.message(i), properties_};
    }

    Telemetry telemetry_{records};
    std::string properties_;
    PropertyChanges changes_;
    std::string out_;
};

// What a broker says to sends, one response behind another.
inline std::string responses(SerializeType type) {
    Response response;
    response.ext = {{"MSG_REGION", "DefaultRegion"},
                    {"TRACE_ON", "true"},
                    {"msgId", "7F00000100002A9F0000000000001C26"},
                    {"queueId", "3"},
                    {"queueOffset", "20406"}};
    std::string out;
    for (std::size_t i = 0; i < records; ++i)
        append_response(out, type, static_cast<std::int32_t>(i), client_version, response);
    return out;
}

inline std::uint64_t decode_responses(std::string_view rest) {
    Checksum sum;
    while (!rest.empty()) {
        auto frame = decode_frame(rest);
        if (!frame || !*frame) return 0;
        auto command = decode_header(**frame);
        if (!command) return 0;
        sum.add(static_cast<std::uint64_t>(command->opaque));
        auto what = classify_response(command->code, command->remark, command->version, {true, false});
        sum.add(static_cast<std::uint64_t>(what));
        rest.remove_prefix((*frame)->size);
    }
    return sum.value();
}

// Brokers with a master, a slave and four queues each.
inline Route route(std::size_t brokers) {
    Route result;
    for (std::size_t i = 0; i < brokers; ++i) {
        std::string name = fmt::format("broker-{:02}", i);
        std::vector<BrokerAddress> addresses{{0, fmt::format("10.0.{}.1:10911", i)},
                                             {1, fmt::format("10.0.{}.2:10911", i)}};
        result.brokers.push_back({name, "DefaultCluster", std::move(addresses)});
        result.queue_groups.push_back({name, 4, 4, permission::read | permission::write});
    }
    return result;
}

inline std::uint64_t decode_routes(std::string_view json) {
    auto decoded = decode_route(json);
    if (!decoded) return 0;
    Checksum sum;
    for (const Broker& broker : decoded->brokers) sum.add(broker.master_address());
    for (const MessageQueue& queue : publish_queues(*decoded)) {
        sum.add(queue.broker_name);
        sum.add(static_cast<std::uint64_t>(queue.queue_id));
    }
    return sum.value();
}

// 64 queues. Few keys are remembered, more than QueueChoice remembers have to be judged each time.
class Choices {
public:
    explicit Choices(std::size_t keys) : choice_(publish_queues(route(16))) {
        for (std::size_t i = 0; i < keys; ++i) keys_.push_back(hash_bytes(fmt::format("press-{:06}", i)));
    }
    std::uint64_t run() {
        Checksum sum;
        for (std::uint64_t key : keys_) sum.add(choice_.choose(key));
        return sum.value();
    }

private:
    QueueChoice choice_;
    std::vector<std::uint64_t> keys_;
};

inline std::uint64_t make_unique_keys(std::size_t count) {
    UniqueKeys keys(0x7F000001, 4'711, 0xABCDEF01);
    Checksum sum;
    for (std::size_t i = 0; i < count; ++i) sum.add(keys.next(born + std::chrono::milliseconds(i / 100)));
    return sum.value();
}

// The response to a pull: 32 messages.
inline std::string stored_messages() {
    Telemetry telemetry(32);
    std::string properties;
    append_property(properties, property_name::keys, "press-000123");
    append_property(properties, property_name::tags, "press");
    std::string out;
    for (std::size_t i = 0; i < telemetry.messages(); ++i) {
        StoredMessage message;
        message.topic = topic;
        message.queue_offset = static_cast<std::int64_t>(i);
        message.physical_offset = static_cast<std::int64_t>(out.size());
        message.body = telemetry.message(i);
        message.body_crc = body_crc(message.body);
        message.born = message.stored = born;
        message.born_host = message.store_host = std::string_view("\x7F\x00\x00\x01\x00\x00\x2A\x9F", 8);
        message.properties = properties;
        append_stored_message(out, message);
    }
    return out;
}

inline std::uint64_t decode_stored(std::string_view bytes) {
    auto messages = decode_stored_messages(bytes);
    if (!messages) return 0;
    Checksum sum;
    for (const StoredMessage& message : *messages) {
        sum.add(static_cast<std::uint64_t>(message.queue_offset));
        sum.add(message.body);
        sum.add(find_property(message.properties, property_name::tags));
    }
    return sum.value();
}

inline std::vector<Workload> all() {
    auto sends = std::make_shared<Sends>();
    auto binary = std::make_shared<std::string>(responses(SerializeType::binary));
    auto json = std::make_shared<std::string>(responses(SerializeType::json));
    auto route_text = std::make_shared<std::string>(route_json(route(16), true));
    auto known_keys = std::make_shared<Choices>(1'000);
    auto many_keys = std::make_shared<Choices>(16'384);
    auto stored = std::make_shared<std::string>(stored_messages());
    std::size_t bodies = records * Telemetry::message_bytes;
    return {
        {"encode_send/batch_100x256B", 0x6787B6EEC64119DF, records, bodies,
         [=] { return sends->run(SendRequest::Kind::batch); }},
        {"encode_send/single_256B", 0x70A12D581EE0E813, records, bodies,
         [=] { return sends->run(SendRequest::Kind::single); }},
        {"decode_answer/binary", 0x2CF04111293F299B, records, binary->size(),
         [=] { return decode_responses(*binary); }},
        {"decode_answer/json", 0x2CF04111293F299B, records, json->size(), [=] { return decode_responses(*json); }},
        {"decode_route/64_queues", 0xD12C3EA57ACB2568, 1, route_text->size(),
         [=] { return decode_routes(*route_text); }},
        {"queue_choice/64_queues_known_keys", 0x48DE6E089AD9D30E, 1'000, 0, [=] { return known_keys->run(); }},
        {"queue_choice/64_queues_many_keys", 0x3C88673EC5D8B177, 16'384, 0, [=] { return many_keys->run(); }},
        {"unique_keys/1000", 0x7E8ACB1ADCFF0FFE, 1'000, 0, [] { return make_unique_keys(1'000); }},
        {"decode_stored/32x256B", 0xD8F136B9D925A634, 32, stored->size(), [=] { return decode_stored(*stored); }},
    };
}

}  // namespace outflow::rocketmq::workload
