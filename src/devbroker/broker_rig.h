// A broker in a folder of its own, asked frame by frame; time passes by hand. For tests.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devbroker/broker.h"
#include "devbroker/test_folder.h"
#include "platform/clock.h"
#include "rocketmq/requests.h"
#include "rocketmq/stored_message.h"

namespace outflow::devbroker {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

inline std::string ext(const rocketmq::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.ext) {
        if (key == name) return value;
    }
    return "(none)";
}

class BrokerRig : public testing::Test {
protected:
    BrokerRig() { start(); }

    void start() {
        broker.reset();
        BrokerOptions options;
        options.folder = folder.path();
        auto opened = Broker::open(options, now);
        ASSERT_TRUE(opened) << opened.error().context;
        broker = std::move(*opened);
    }

    // Gives the frame to the broker. The response is empty as long as it waits.
    std::shared_ptr<std::optional<rocketmq::Response>> give(std::string_view bytes, std::uint64_t connection = 1) {
        auto frame = rocketmq::decode_frame(bytes);
        auto command = rocketmq::decode_header(**frame);
        auto response = std::make_shared<std::optional<rocketmq::Response>>();
        Request request{.command = *command,
                        .body = (*frame)->body,
                        .connection = connection,
                        .peer = "127.0.0.1:50000",
                        .peer_host = std::string_view("\x7f\0\0\x01\0\0\xc3\x50", 8)};
        Reply reply = [response](rocketmq::Response given) {
            EXPECT_FALSE(response->has_value()) << "answered twice";
            *response = std::move(given);
        };
        Notify notify = [this, connection](std::int32_t code, const rocketmq::Response& notice) {
            EXPECT_EQ(code, 40);
            notices.emplace_back(connection, ext(notice, "consumerGroup"));
        };
        broker->handle(request, reply, notify, now);
        return response;
    }
    rocketmq::Response ask(std::string_view bytes, std::uint64_t connection = 1) {
        auto response = give(bytes, connection);
        broker->end_turn(now);
        EXPECT_TRUE(response->has_value());
        return response->value_or(rocketmq::Response{.code = -1, .remark = "no response", .ext = {}, .body = {}});
    }
    rocketmq::Response ask(std::int32_t code, std::initializer_list<rocketmq::ExtField> fields,
                           std::string_view body = {}, std::uint64_t connection = 1) {
        std::string bytes;
        rocketmq::append_request(bytes, code, 7, {fields.begin(), fields.size()}, body);
        return ask(bytes, connection);
    }

    rocketmq::Response send(std::string_view topic, std::int32_t queue_id,
                            std::vector<rocketmq::EncodedRecord> records) {
        std::string bytes;
        rocketmq::SendHeader header;
        header.group = "producers";
        header.topic = topic;
        header.queue_id = queue_id;
        header.born = now;
        rocketmq::append_send(bytes, 7, header, records);
        return ask(bytes);
    }

    static std::string pull_frame(const rocketmq::PullMessage& pull) {
        std::string bytes;
        rocketmq::append_pull_message(bytes, 7, pull);
        return bytes;
    }
    rocketmq::Response pull(std::string_view topic, std::int32_t queue_id, std::int64_t offset) {
        return ask(pull_frame({.group = "consumers", .topic = topic, .queue_id = queue_id, .queue_offset = offset}));
    }
    // What is in a queue from `offset` on.
    std::vector<std::string> bodies(std::string_view topic, std::int32_t queue_id, std::int64_t offset = 0) {
        auto response = pull(topic, queue_id, offset);
        std::vector<std::string> result;
        auto messages = rocketmq::decode_stored_messages(response.body);
        EXPECT_TRUE(messages);
        for (const auto& message : *messages) result.emplace_back(message.body);
        return result;
    }
    std::string heart_beat(std::string_view client_id, std::string_view group, std::string_view subscriptions) {
        std::string body = R"({"clientID":")" + std::string(client_id) +
                           R"(","consumerDataSet":[{"consumeFromWhere":)"
                           R"("CONSUME_FROM_FIRST_OFFSET","consumeType":"CONSUME_PASSIVELY","groupName":")" +
                           std::string(group) + R"(","messageModel":"CLUSTERING","subscriptionDataSet":[)" +
                           std::string(subscriptions) + R"(],"unitMode":false}],"producerDataSet":[]})";
        std::string bytes;
        rocketmq::append_request(bytes, 34, 7, {}, body);
        return bytes;
    }
    static std::string subscription(std::string_view topic, std::string_view expression, std::int64_t version = 1,
                                    std::string_view type = "TAG") {
        return R"({"codeSet":[],"expressionType":")" + std::string(type) + R"(","subString":")" +
               std::string(expression) + R"(","subVersion":)" + std::to_string(version) + R"(,"tagsSet":[],"topic":")" +
               std::string(topic) + R"("})";
    }
    void pass(milliseconds time) {
        now += time;
        broker->tick(now);
    }

    TestFolder folder;
    milliseconds now{platform::unix_ms()};
    std::unique_ptr<Broker> broker;
    std::vector<std::pair<std::uint64_t, std::string>> notices;  // connection, group
};

}  // namespace outflow::devbroker
