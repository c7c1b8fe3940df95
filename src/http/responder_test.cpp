#include "http/responder.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/event_stream.h"
#include "http/server_rig.h"

namespace outflow::http {
namespace {

constexpr ServerLimits small_limits{
    .body_bytes_max = 100, .connections_max = 10, .streams_max = 2, .stream_bytes_max = 100'000, .timeout = 200ms};

class ResponderTest : public ServerTest {
protected:
    ResponderTest() : ServerTest(small_limits) {
        server.route("POST", "/later", [this](Request request, Responder responder) {
            requests.push_back(std::move(request));
            responders.push_back(std::move(responder));
        });
        server.route("GET", "/events", [this](const Request&, Responder responder) {
            events.emplace_back(std::move(responder));
            events.back().stream().on_gone([this] { ++gone; });
        });
        server.route("GET", "/pieces", [this](const Request&, Responder responder) {
            pieces = responder.stream({.content_type = "text/plain"});
            pieces.on_room([this] { fill(); });
            fill();
        });
    }

    // As much as there is room for, in pieces of 10,000 bytes.
    void fill() {
        while (left > 0 && pieces.write(std::string(10'000, 'x'))) --left;
        if (left == 0) pieces.end();
    }
    bool wait_requests(std::size_t count) {
        return wait([&] { return responders.size() == count; });
    }

    std::vector<Request> requests;
    std::vector<Responder> responders;
    std::vector<EventStream> events;
    ResponseStream pieces;
    int left = 0;
    int gone = 0;
};

TEST_F(ResponderTest, an_answer_may_come_later_and_the_next_request_waits_for_it) {
    Client client(server.port());
    client.send(request_of("POST /later", "Content-Length: 1\r\n") + "1" +
                request_of("POST /later", "Content-Length: 1\r\n") + "2" + request_of("GET /metrics"));
    ASSERT_TRUE(wait_requests(1));
    pass();
    EXPECT_EQ(requests.size(), 1U);
    EXPECT_TRUE(responders[0].is_open());
    responders[0].respond({.body = "first\n"});
    EXPECT_FALSE(responders[0].is_open());
    responders[0].respond({.body = "again\n"});
    ASSERT_TRUE(wait_requests(2));
    client.receive();
    EXPECT_TRUE(client.received.ends_with("first\n"));
    responders[1].respond({.status = 201, .body = "second\n"});
    EXPECT_TRUE(wait_text(client, "up 1\n"));
    EXPECT_LT(client.received.find("first"), client.received.find("201 Created"));
    EXPECT_FALSE(client.has("again"));
}

TEST_F(ResponderTest, a_handler_that_forgets_answers_500) {
    Client client(server.port());
    client.send(request_of("POST /later"));
    ASSERT_TRUE(wait_requests(1));
    responders.clear();
    EXPECT_TRUE(wait_text(client, "HTTP/1.1 500 "));
    client.send(request_of("GET /metrics"));
    EXPECT_TRUE(wait_text(client, "up 1\n"));
}

TEST_F(ResponderTest, a_faulty_status_answers_500) {
    Client client(server.port());
    client.send(request_of("POST /later"));
    ASSERT_TRUE(wait_requests(1));
    responders[0].respond({.status = 103});
    EXPECT_TRUE(wait_text(client, "faulty status or header"));
}

TEST_F(ResponderTest, a_faulty_header_answers_500) {
    Client client(server.port());
    client.send(request_of("POST /later"));
    ASSERT_TRUE(wait_requests(1));
    responders[0].respond({.status = 303, .fields = {{"Location", "/\r\nSet-Cookie: a"}}});
    EXPECT_TRUE(wait_text(client, "faulty status or header"));
    EXPECT_FALSE(client.has("Set-Cookie"));
}

TEST_F(ResponderTest, who_answers_is_told_of_a_client_that_has_gone) {
    auto client = std::make_unique<Client>(server.port());
    client->send(request_of("POST /later"));
    ASSERT_TRUE(wait_requests(1));
    responders[0].on_gone([this] {
        ++gone;
        responders.clear();
    });
    client.reset();
    EXPECT_TRUE(wait([&] { return gone == 1; }));
    EXPECT_EQ(server.counts().connections, 0U);
}

TEST_F(ResponderTest, what_outlives_the_server_does_nothing) {
    auto other = std::make_unique<Server>(loop, small_limits);
    other->route("GET", "/", [this](Request, Responder responder) { responders.push_back(std::move(responder)); });
    other->route("GET", "/events", [this](const Request&, Responder responder) {
        events.emplace_back(std::move(responder));
        events.back().stream().on_gone([this] { ++gone; });
    });
    ASSERT_TRUE(other->listen({.host = "127.0.0.1", .port = 0}));
    Client one(other->port());
    Client two(other->port());
    one.send(request_of("GET /"));
    two.send(request_of("GET /events"));
    ASSERT_TRUE(wait([&] { return responders.size() == 1 && events.size() == 1; }));
    other.reset();
    EXPECT_FALSE(events[0].send({.data = "x"}));
    EXPECT_FALSE(responders[0].is_open());
    responders[0].respond({});
    EXPECT_EQ(gone, 0);
}

// Here they keep who answers, who keeps them.
TEST_F(ResponderTest, functions_end_with_the_server) {
    auto other = std::make_unique<Server>(loop, small_limits);
    const auto token = std::make_shared<int>();
    other->route("GET", "/", [token](Request, Responder responder) {
        const auto kept = std::make_shared<Responder>(std::move(responder));
        kept->on_gone([kept, token] {});
    });
    other->route("GET", "/stream", [token](const Request&, Responder responder) {
        const auto kept = std::make_shared<ResponseStream>(responder.stream({}));
        kept->on_gone([kept, token] {});
        kept->on_room([kept, token] {});
    });
    ASSERT_TRUE(other->listen({.host = "127.0.0.1", .port = 0}));
    Client one(other->port());
    Client two(other->port());
    one.send(request_of("GET /"));
    two.send(request_of("GET /stream"));
    ASSERT_TRUE(wait([&] { return token.use_count() == 6; }));
    other.reset();
    EXPECT_EQ(token.use_count(), 1);
}

// Of one client's function, as the server is destroyed.
TEST_F(ResponderTest, who_answers_others_may_be_kept_by_a_function) {
    auto other = std::make_unique<Server>(loop, small_limits);
    std::vector<std::shared_ptr<Responder>> kept;
    other->route("GET", "/", [&kept](Request, Responder responder) {
        kept.push_back(std::make_shared<Responder>(std::move(responder)));
    });
    ASSERT_TRUE(other->listen({.host = "127.0.0.1", .port = 0}));
    Client one(other->port());
    Client two(other->port());
    one.send(request_of("GET /"));
    two.send(request_of("GET /"));
    ASSERT_TRUE(wait([&] { return kept.size() == 2; }));
    kept[0]->on_gone([own = kept[1]] {});
    kept[1]->on_gone([own = kept[0]] {});
    kept.clear();
    other.reset();
    EXPECT_TRUE(wait_closed(one));
    EXPECT_TRUE(wait_closed(two));
    EXPECT_TRUE(one.has("HTTP/1.1 500 ") || two.has("HTTP/1.1 500 "));
}

TEST_F(ResponderTest, the_clients_end_may_end_the_server) {
    auto other = std::make_unique<Server>(loop, small_limits);
    auto room = std::make_shared<int>();  // kept by on_room alone
    const std::weak_ptr<int> kept_room = room;
    other->route("GET", "/", [&](const Request&, Responder responder) {
        pieces = responder.stream({});
        pieces.on_room([own = std::move(room)] {});
        pieces.on_gone([&] {
            EXPECT_FALSE(kept_room.expired());
            other.reset();
        });
    });
    ASSERT_TRUE(other->listen({.host = "127.0.0.1", .port = 0}));
    Client client(other->port());
    client.send(request_of("GET /"));
    ASSERT_TRUE(wait_text(client, "HTTP/1.1 200 "));
    client.close();
    EXPECT_TRUE(wait([&] { return other == nullptr; }));
    EXPECT_FALSE(pieces.is_open());
}

TEST_F(ResponderTest, events_arrive_and_the_connection_goes_on_afterwards) {
    Client client(server.port());
    client.send(request_of("GET /events") + request_of("GET /metrics"));
    ASSERT_TRUE(wait_text(client, "Content-Type: text/event-stream\r\n"));
    EXPECT_TRUE(events[0].send({.data = "one\ntwo", .id = "1"}));
    EXPECT_TRUE(events[0].comment());
    ASSERT_TRUE(wait_text(client, "id: 1\ndata: one\ndata: two\n\n\r\n4\r\n: \n\n\r\n")) << client.received;
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(server.counts().streams, 1U);
    events[0].stream().end();
    EXPECT_TRUE(wait_text(client, "\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n")) << client.received;
    EXPECT_EQ(server.counts().streams, 0U);
    EXPECT_FALSE(events[0].send({.data = "late"}));
}

TEST_F(ResponderTest, an_old_client_gets_a_stream_up_to_the_end_of_the_connection) {
    Client client(server.port());
    client.send("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    ASSERT_TRUE(wait_text(client, "Connection: close\r\n\r\n"));
    events[0].send({.data = "x"});
    events[0].stream().end();
    ASSERT_TRUE(wait_closed(client));
    EXPECT_TRUE(client.received.ends_with("\r\n\r\ndata: x\n\n"));
}

TEST_F(ResponderTest, head_of_a_stream_has_ended_with_its_header) {
    Client client(server.port());
    client.send(request_of("HEAD /events") + request_of("GET /metrics"));
    ASSERT_TRUE(wait_text(client, "up 1\n")) << client.received;
    EXPECT_TRUE(client.has("Transfer-Encoding: chunked\r\n"));
    EXPECT_FALSE(events[0].stream().is_open());
}

TEST_F(ResponderTest, a_stream_that_is_forgotten_shows_as_incomplete) {
    Client client(server.port());
    client.send(request_of("GET /events"));
    ASSERT_TRUE(wait_text(client, "event-stream"));
    events[0].send({.data = "x"});
    events.clear();
    ASSERT_TRUE(wait_closed(client));
    EXPECT_FALSE(client.received.ends_with("0\r\n\r\n"));
    EXPECT_EQ(gone, 0);
    EXPECT_EQ(server.counts().streams, 0U);
}

TEST_F(ResponderTest, a_stream_ends_with_its_client) {
    for (int i = 1; i <= 5; ++i) {
        Client client(server.port());
        client.send(request_of("GET /events"));
        ASSERT_TRUE(wait_text(client, "event-stream"));
        client.close();
        EXPECT_TRUE(wait([&] { return gone == i; }));
    }
}

TEST_F(ResponderTest, streams_over_the_limit_are_refused) {
    Client one(server.port());
    Client two(server.port());
    Client three(server.port());
    for (Client* client : {&one, &two}) {
        client->send(request_of("GET /events"));
        ASSERT_TRUE(wait_text(*client, "event-stream"));
    }
    three.send(request_of("GET /events") + request_of("GET /metrics"));
    ASSERT_TRUE(wait_text(three, "HTTP/1.1 503 "));
    EXPECT_TRUE(wait_text(three, "up 1\n"));
}

TEST_F(ResponderTest, a_stream_goes_as_fast_as_its_client_reads) {
    left = 500;
    Client client(server.port());
    client.send(request_of("GET /pieces", "Connection: close\r\n"));
    ASSERT_TRUE(wait_closed(client));
    EXPECT_TRUE(client.received.ends_with("\r\n0\r\n\r\n"));
    EXPECT_GT(client.received.size(), 5'000'000U);
    EXPECT_EQ(server.counts().slow_readers, 0U);
}

TEST_F(ResponderTest, room_is_told_of_once_for_a_write_that_was_refused) {
    int told = 0;
    server.route("GET", "/room", [&](const Request&, Responder responder) {
        pieces = responder.stream({});
        pieces.on_room([&] { ++told; });
        for (int i = 0; i < 100; ++i) pieces.write(std::string(100, 'x'));
    });
    Client client(server.port(), 4'096);
    client.send(request_of("GET /room"));
    ASSERT_TRUE(wait_text(client, std::string(100, 'x')));
    EXPECT_EQ(told, 0);
    while (pieces.write(std::string(10'000, 'x'))) {}
    EXPECT_EQ(told, 0);  // never from within
    EXPECT_TRUE(wait([&] { return client.receive(), told == 1; }));
    EXPECT_TRUE(pieces.write(std::string(40'000, 'y')));
    EXPECT_TRUE(wait_text(client, std::string(40'000, 'y') + "\r\n"));
    EXPECT_EQ(told, 1);
    pieces.end();
    EXPECT_TRUE(wait_text(client, "y\r\n0\r\n\r\n"));
}

// Its memory stays bounded, and others are served meanwhile.
TEST_F(ResponderTest, a_reader_that_stops_is_closed) {
    left = 1'000'000;
    bool has_gone = false;
    server.route("GET", "/endless", [&](const Request&, Responder responder) {
        pieces = responder.stream({});
        pieces.on_room([this] { fill(); });
        pieces.on_gone([&] { has_gone = true; });
        fill();
        EXPECT_LE(100'000 - pieces.room(), 100'000U);
        EXPECT_FALSE(pieces.write(std::string(100'001, 'x')));
    });
    Client stopped(server.port(), 4'096);
    stopped.send(request_of("GET /endless"));
    Client other(server.port());
    other.send(request_of("GET /metrics"));
    EXPECT_TRUE(wait_text(other, "up 1\n"));
    EXPECT_FALSE(has_gone);
    EXPECT_TRUE(wait([&] { return has_gone; }));
    EXPECT_EQ(server.counts().slow_readers, 1U);
    EXPECT_FALSE(pieces.is_open());
    EXPECT_GT(left, 999'000);
}

// However little each piece is, and however many come.
TEST_F(ResponderTest, pieces_that_are_written_meanwhile_give_a_reader_no_time) {
    server.route("GET", "/trickle", [this](const Request&, Responder responder) { pieces = responder.stream({}); });
    Client stopped(server.port(), 4'096);
    stopped.send(request_of("GET /trickle"));
    net::TurnHook hook = loop.on_turn_end([this] {
        while (pieces.room() == 100'000) pieces.write(std::string(1'000, 'x'));  // up to one that does not leave
        pieces.write("y");
    });
    EXPECT_TRUE(wait([&] { return server.counts().slow_readers == 1; }));
}

}  // namespace
}  // namespace outflow::http
