#include "devbroker/server_rig.h"

namespace outflow::devbroker {
namespace {

using namespace std::chrono_literals;

class ServerTest : public ServerRig {};

TEST_F(ServerTest, a_send_is_stored_and_answered_in_the_servers_own_type) {
    start();
    const auto client = connect();
    client->send(send_frame(7));
    const auto got = responses(*client, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].code, 0);
    EXPECT_EQ(got[0].opaque, 7);
    EXPECT_TRUE(got[0].is_response);
    EXPECT_EQ(got[0].version, 479);
    EXPECT_EQ(got[0].type, rocketmq::SerializeType::json);
    EXPECT_EQ(got[0].queue_offset, "0");
}

TEST_F(ServerTest, requests_that_come_together_are_answered_in_their_order) {
    start();
    const auto client = connect();
    std::string bytes;
    for (int i = 0; i < 500; ++i) bytes += send_frame(i);
    client->send(bytes);
    const auto got = responses(*client, 500);
    ASSERT_EQ(got.size(), 500U);
    for (int i = 0; i < 500; ++i) {
        EXPECT_EQ(got[static_cast<std::size_t>(i)].opaque, i);
        EXPECT_EQ(got[static_cast<std::size_t>(i)].queue_offset, std::to_string(i));
    }
}

TEST_F(ServerTest, a_request_that_comes_byte_by_byte_is_answered) {
    start();
    const auto client = connect();
    for (const char byte : send_frame(7) + route_frame(8)) {
        client->send({&byte, 1});
        turn();
    }
    EXPECT_EQ(responses(*client, 2).size(), 2U);
}

TEST_F(ServerTest, a_frame_of_many_reads_is_taken_whole) {
    start();
    server->broker().settings().message_bytes_max = 16 << 20;
    const auto client = connect();
    const std::string frame = send_frame(7, std::string(8 << 20, 'b'));
    std::size_t sent = 0;
    std::vector<Received> got;
    ASSERT_TRUE(wait([&] {
        sent += client->send(std::string_view(frame).substr(sent));
        for (Received& one : client->take()) got.push_back(std::move(one));
        return !got.empty();
    }));
    EXPECT_EQ(got[0].code, 0);
}

TEST_F(ServerTest, routes_say_where_it_listens) {
    start();
    const auto client = connect();
    client->send(route_frame(1));
    const auto got = responses(*client, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_NE(got[0].body.find("127.0.0.1:" + std::to_string(server->port())), std::string::npos) << got[0].body;
}

TEST_F(ServerTest, responses_of_a_client_are_passed_over) {
    start();
    const auto client = connect();
    std::string response;
    rocketmq::append_response(response, rocketmq::SerializeType::json, 1, 1, {});
    client->send(response + route_frame(2));
    const auto got = responses(*client, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].opaque, 2);
}

TEST_F(ServerTest, requests_are_recorded_with_what_became_of_them) {
    start();
    misbehave("send code=2 times=1");
    const auto client = connect();
    const std::string first = send_frame(1);
    client->send(first + send_frame(2) + route_frame(3) + send_frame(4, "x", 9));  // there is no queue 9
    ASSERT_EQ(responses(*client, 4).size(), 4U);
    const auto& entries = server->requests().entries();
    ASSERT_EQ(entries.size(), 4U);
    EXPECT_EQ(entries[0].frame, first);
    EXPECT_EQ(entries[0].connection, 1U);
    EXPECT_EQ(entries[2].code, 105);
    EXPECT_GE(entries[1].monotonic_us, entries[0].monotonic_us);
    std::vector<bool> stored;
    for (const RequestLog::Entry& entry : entries) stored.push_back(entry.is_stored);
    EXPECT_EQ(stored, (std::vector<bool>{false, true, true, false}));
}

// --- faults

TEST_F(ServerTest, a_rule_changes_the_response) {
    start();
    const struct {
        std::string_view rule;
        std::int32_t code;
        std::string_view remark;
        std::int32_t opaque;
        rocketmq::SerializeType type;
        bool has_id;
    } rows[] = {
        {"send code=2 remark=\"system busy\" times=1", 2, "system busy", 7, rocketmq::SerializeType::json, false},
        {"send code=10 times=1", 10, "", 7, rocketmq::SerializeType::json, true},
        {"send code=2 store times=1", 2, "", 7, rocketmq::SerializeType::json, false},
        {"send code=100000 serialize=binary times=1", 100'000, "", 7, rocketmq::SerializeType::json, false},
        {"send opaque_offset=1000 times=1", 0, "", 1'007, rocketmq::SerializeType::json, true},
        {"send serialize=binary times=1", 0, "", 7, rocketmq::SerializeType::binary, true},
        {"send ext.msgId=other code=2 times=1", 2, "", 7, rocketmq::SerializeType::json, true},
        {"send chunk=1 times=1", 0, "", 7, rocketmq::SerializeType::json, true},
        {"send topic=other code=2 times=1", 0, "", 7, rocketmq::SerializeType::json, true},
    };
    const auto client = connect();
    for (const auto& row : rows) {
        misbehave(row.rule);
        client->send(send_frame(7));
        const auto got = responses(*client, 1);
        ASSERT_EQ(got.size(), 1U) << row.rule;
        EXPECT_EQ(got[0].code, row.code) << row.rule;
        EXPECT_EQ(got[0].remark, row.remark) << row.rule;
        EXPECT_EQ(got[0].opaque, row.opaque) << row.rule;
        EXPECT_EQ(got[0].type, row.type) << row.rule;
        EXPECT_EQ(!got[0].message_id.empty(), row.has_id) << row.rule;
    }
}

TEST_F(ServerTest, a_rule_calls_nothing_stored_that_was_refused) {
    start();
    const auto client = connect();
    for (const std::string_view rule :
         {"send code=0 remark=fine times=1", "send code=10 times=1", "send code=12 times=1"}) {
        misbehave(rule);
        client->send(send_frame(7, "x", 4));  // the topic has queues 0 to 3
        const auto got = responses(*client, 1);
        ASSERT_EQ(got.size(), 1U) << rule;
        EXPECT_EQ(got[0].code, rocketmq::response_code::invalid_parameter) << rule;
        EXPECT_EQ(got[0].message_id, "") << rule;
    }
}

TEST_F(ServerTest, a_delayed_response_is_overtaken) {
    start();
    misbehave("send delay_ms=50 times=1");
    const auto client = connect();
    client->send(send_frame(1) + send_frame(2));
    const auto got = responses(*client, 2);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].opaque, 2);
    EXPECT_EQ(got[1].opaque, 1);
    EXPECT_EQ(got[1].queue_offset, "0");  // it was carried out first
}

TEST_F(ServerTest, silence_concerns_one_response_only) {
    start();
    misbehave("send silence store times=1");
    const auto client = connect();
    client->send(send_frame(1) + send_frame(2));
    const auto got = responses(*client, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].opaque, 2);
    EXPECT_EQ(got[0].queue_offset, "1");
}

TEST_F(ServerTest, a_connection_is_reset_after_or_instead_of_the_response) {
    start();
    for (const bool is_answered : {true, false}) {
        misbehave(is_answered ? "send close times=1" : "send close silence times=1");
        const auto client = connect();
        client->send(send_frame(1) + send_frame(2));
        EXPECT_TRUE(closes(*client));
        EXPECT_TRUE(client->was_reset);
        EXPECT_EQ(client->take().size(), is_answered ? 1U : 0U);
    }
    const auto client = connect();
    client->send(send_frame(1));
    EXPECT_EQ(responses(*client, 1).size(), 1U);
}

TEST_F(ServerTest, a_frozen_connection_stays_open_and_others_go_on) {
    start();
    misbehave("send freeze times=1");
    const auto client = connect();
    client->send(send_frame(1) + send_frame(2));
    ASSERT_TRUE(wait([&] { return server->requests().entries().size() == 1; }));
    client->send(send_frame(3));
    const auto other = connect();
    for (int i = 4; i < 24; ++i) {  // each is a turn of the server, which could have read the frozen one's requests
        other->send(send_frame(i));
        EXPECT_EQ(responses(*other, 1).size(), 1U);
    }
    EXPECT_TRUE(client->take().empty());
    EXPECT_FALSE(client->is_closed);
    EXPECT_EQ(server->requests().entries().size(), 21U);
    server->drop_connections();
    EXPECT_TRUE(closes(*client));
}

TEST_F(ServerTest, raw_bytes_take_the_place_of_the_response) {
    start();
    misbehave("send raw=\"no frame\" close times=1");
    const auto client = connect();
    client->send(send_frame(1));
    EXPECT_TRUE(closes(*client));
    EXPECT_EQ(client->received, "no frame");
}

TEST_F(ServerTest, responses_behind_one_in_pieces_wait_for_it) {
    start();
    misbehave("send chunk=5 times=1");
    const auto client = connect();
    client->send(send_frame(1) + send_frame(2) + send_frame(3));
    const auto got = responses(*client, 3);
    ASSERT_EQ(got.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(got[i].opaque, static_cast<std::int32_t>(i + 1));
}

TEST_F(ServerTest, a_one_way_request_is_not_answered_whatever_a_rule_says) {
    start();
    misbehave("any code=2 times=1");
    const auto client = connect();
    std::string one_way = route_frame(1);
    one_way[20] = 2;  // the flag's lowest byte
    client->send(one_way + route_frame(2));
    const auto got = responses(*client, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].opaque, 2);
}

TEST_F(ServerTest, an_response_for_a_connection_that_has_gone_does_nothing) {
    start();
    misbehave("send delay_ms=20");
    auto client = connect();
    client->send(send_frame(1));
    ASSERT_TRUE(wait([&] { return server->requests().entries().size() == 1; }));
    client.reset();
    EXPECT_TRUE(wait([&] { return server->connections() == 0; }));
    const auto other = connect();
    other->send(send_frame(2));
    EXPECT_EQ(responses(*other, 1).size(), 1U);  // due later than the one for the connection that has gone
}

// --- listening

TEST_F(ServerTest, unlisten_refuses_and_resets_until_it_listens_again) {
    start();
    const auto client = connect();
    client->send(send_frame(1));
    ASSERT_EQ(responses(*client, 1).size(), 1U);
    server->unlisten();
    EXPECT_TRUE(closes(*client));
    EXPECT_TRUE(client->was_reset);
    EXPECT_FALSE(connect()->is_connected);
    EXPECT_FALSE(server->is_listening());
    ASSERT_TRUE(server->listen_again());
    ASSERT_TRUE(server->listen_again());
    const auto again = connect();
    again->send(send_frame(2));
    const auto got = responses(*again, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].queue_offset, "1");  // what was stored stays
}

TEST_F(ServerTest, a_port_or_folder_in_use_is_told) {
    start();
    ServerOptions options;
    options.listen.port = server->port();
    options.broker.folder = folder / "other";
    const Status same_port = Server(loop, logger, options).start();
    ASSERT_FALSE(same_port);
    EXPECT_NE(same_port.error().context.find("in use"), std::string::npos) << same_port.error().context;
    options.listen.port = 0;
    options.broker.folder = folder.path();
    const Status same_folder = Server(loop, logger, options).start();
    ASSERT_FALSE(same_folder);
    EXPECT_NE(same_folder.error().context.find("held by"), std::string::npos) << same_folder.error().context;
}

// --- hostile clients

TEST_F(ServerTest, what_is_no_frame_closes_the_connection_without_an_response) {
    start();
    using namespace std::string_view_literals;
    for (const std::string_view bytes : {
             "GET / HTTP/1.1\r\n\r\n"sv, "\0\0\0\0"sv, "\xff\xff\xff\xff"sv, "\x7f\xff\xff\xff"sv,
             "\x01\x00\x00\x00"sv,            // 16 MiB and the length field
             "\0\0\0\x05\x07\0\0\0"sv,        // no such serialize type
             "\0\0\0\x05\0\0\0\xff"sv,        // a header longer than the frame
             "\0\0\0\x06\0\0\0\x02{}"sv,      // a header without a code
             "\0\0\0\x06\x01\0\0\x02\0\0"sv,  // a binary header of 2 bytes
         }) {
        const auto client = connect();
        client->send(bytes);
        EXPECT_TRUE(closes(*client)) << testing::PrintToString(bytes);
        EXPECT_EQ(client->received, "");
    }
    const auto client = connect();
    client->send(send_frame(1));
    EXPECT_EQ(responses(*client, 1).size(), 1U);
}

TEST_F(ServerTest, responses_of_requests_before_garbage_are_not_lost) {
    start();
    const auto client = connect();
    client->send(send_frame(1) + "garbage!");
    EXPECT_TRUE(closes(*client));
    EXPECT_EQ(client->take().size(), 1U);
}

TEST_F(ServerTest, unfinished_frames_of_all_clients_are_bounded) {
    start();
    std::vector<std::unique_ptr<RawClient>> clients;
    const std::string beginning = std::string("\x00\xff\xff\xf8\x00\x00\x00\x02", 8) + std::string((15 << 20), 'x');
    for (int i = 0; i < 24; ++i) clients.push_back(connect());  // 360 MiB, were it kept
    std::vector<std::size_t> sent(clients.size());
    EXPECT_TRUE(wait(
        [&] {
            std::size_t ended = 0;
            for (std::size_t i = 0; i < clients.size(); ++i) {
                sent[i] += clients[i]->send(std::string_view(beginning).substr(sent[i]));
                clients[i]->receive();
                ended += clients[i]->is_closed;
            }
            return ended > 0;
        },
        60s));
    const auto client = connect();
    for (const auto& hostile : clients) hostile->close();
    ASSERT_TRUE(wait([&] { return server->connections() <= 1; }));
    client->send(send_frame(1));
    EXPECT_EQ(responses(*client, 1).size(), 1U);
}

TEST_F(ServerTest, a_client_that_never_reads_is_not_read_any_more_and_gets_everything_when_it_does) {
    start();
    rocketmq::Route route;
    route.order_topic_conf = std::string(64 * 1024, 'o');  // answers much larger than requests
    server->broker().settings().route = route;
    const auto client = connect();
    std::string requests;
    for (int i = 0; i < 2'000; ++i) requests += route_frame(i);
    std::size_t sent = 0;
    ASSERT_TRUE(wait([&] {
        sent += client->send(std::string_view(requests).substr(sent));
        return sent == requests.size();
    }));
    // 8 MiB unsent and what the system takes: more must not be read however long this client waits.
    EXPECT_FALSE(wait([&] { return server->requests().entries().size() >= 1'000; }, 100ms));
    const auto other = connect();
    other->send(send_frame(1));
    EXPECT_EQ(responses(*other, 1).size(), 1U);
    const auto got = responses(*client, 2'000);
    ASSERT_EQ(got.size(), 2'000U);
    for (int i = 0; i < 2'000; ++i) ASSERT_EQ(got[static_cast<std::size_t>(i)].opaque, i);
}

TEST_F(ServerTest, delayed_responses_count_as_unsent) {
    start();
    rocketmq::Route route;
    route.order_topic_conf = std::string(64 * 1024, 'o');
    server->broker().settings().route = route;
    misbehave("105 delay_ms=300");
    const auto client = connect();
    std::string requests;
    for (int i = 0; i < 300; ++i) requests += route_frame(i);
    client->send(requests);
    // Before the first response is due, no more than they have room for may be read.
    EXPECT_FALSE(wait([&] { return server->requests().entries().size() >= 200; }, 100ms));
    EXPECT_EQ(responses(*client, 300).size(), 300U);
}

TEST_F(ServerTest, connections_over_the_limit_wait_for_others_to_leave) {
    start(20);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(connect());
        clients.back()->send(send_frame(i));
    }
    std::size_t served = 0;
    while (served < 100) {
        const std::size_t before = served;
        ASSERT_TRUE(wait([&] {
            for (const auto& client : clients) {
                if (client->is_connected && !client->take().empty()) {
                    ++served;
                    client->is_connected = false;
                    client->close();
                }
            }
            EXPECT_LE(server->connections(), 20U);
            return served > before;
        }));
    }
}

TEST_F(ServerTest, a_thousand_connections_that_come_and_go_leave_nothing_behind) {
    start();
    for (int round = 0; round < 10; ++round) {
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 100; ++i) {
            clients.push_back(connect());
            clients.back()->send(std::string_view(send_frame(i)).substr(0, static_cast<std::size_t>(i)));
        }
        const auto accepted = static_cast<std::uint64_t>(round + 1) * 100;
        ASSERT_TRUE(wait([&] { return server->accepted() == accepted; }));
        clients.clear();
        ASSERT_TRUE(wait([&] { return server->connections() == 0; }));
    }
}

}  // namespace
}  // namespace outflow::devbroker
