#include "http/server.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/server_rig.h"

namespace outflow::http {
namespace {

TEST_F(ServerTest, requests_get_their_answers) {
    server.route("GET", "/broken", [](const Request&) { return Response{.status = 503, .body = "no\n"}; });
    struct Row {
        std::string_view request;
        std::string_view status;
        std::string_view also;
    };
    const Row rows[] = {
        {"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "\r\n\r\nup 1\n"},
        {"GET /metrics?x=1&y HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "up 1\nx=1&y"},
        {"GET http://a/metrics HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "up 1\n"},
        {"GET /broken HTTP/1.1\r\nHost: a\r\n\r\n", "503 Service Unavailable", "Content-Length: 3\r\n"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", "This path does not exist."},
        {"GET /metrics/ HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", ""},
        {"PUT /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "405 Method Not Allowed", "Allow: GET, HEAD, OPTIONS\r\n"},
        {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request", "percent sign"},
        {"\r\n\r\nGET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "up 1\n"},
        {"GET https://b?x HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", "This path does not exist."},
    };
    for (const Row& row : rows) {
        Client client(server.port());
        client.send(row.request);
        EXPECT_TRUE(wait_text(client, "Content-Length")) << row.request;
        EXPECT_TRUE(client.received.starts_with("HTTP/1.1 " + std::string(row.status))) << client.received;
        EXPECT_TRUE(wait_text(client, row.also)) << row.request << client.received;
        EXPECT_FALSE(client.is_closed) << row.request;
    }
}

TEST_F(ServerTest, what_is_no_request_is_answered_and_closed) {
    const std::string large(9'000, 'x');
    struct Row {
        std::string request;
        std::string_view answer;
    };
    const Row rows[] = {
        {"\x16\x03\x01\x02garbage\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /metrics HTTP/9.9\r\n\r\n", "HTTP/1.1 505 "},
        {"GET metrics HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /metrics HTTP/1.1\r\nHost a\r\n\r\n", "HTTP/1.1 400 "},
        {"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + large + "\r\n\r\n", "HTTP/1.1 431 "},
        {"GET /" + large + " HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 431 "},
        {"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 405 "},
        {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 413 "},
        {"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         "HTTP/1.1 413 "},
        {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 400 "},
    };
    for (const Row& row : rows) {
        Client client(server.port());
        client.send(row.request);
        EXPECT_TRUE(wait_closed(client)) << row.request.substr(0, 60);
        EXPECT_TRUE(client.received.starts_with(row.answer)) << row.request.substr(0, 60) << client.received;
        EXPECT_NE(client.received.find("Connection: close"), std::string::npos);
    }
    EXPECT_EQ(asked, 0);
}

TEST_F(ServerTest, refusals_look_as_they_are_made) {
    server.refusals([](unsigned status, std::string_view text) {
        return Response{.status = status, .content_type = "text/x", .body = "<" + std::string(text) + ">"};
    });
    server.route("GET", "/throws_away", [](Request, Responder) {});
    server.route("GET", "/faulty", [](const Request&) { return Response{.status = 999}; });
    struct Row {
        std::string request;
        std::string_view status;
        std::string_view body;
    };
    const Row rows[] = {
        {request_of("GET /nothing"), "404", "<This path does not exist.>"},
        {request_of("BREW /metrics"), "405", "<This path takes GET, HEAD, OPTIONS.>"},
        {request_of("GET /%zz"), "400", "<The path has a percent sign"},
        {"GET\r\n\r\n", "400", "<This is not an HTTP/1.1 request: bad method.>"},
        {request_of("GET /metrics", "Content-Length: 5\r\n"), "413", "<"},
        {request_of("GET /metrics", "Expect: tea\r\n"), "417", "<Expect: only 100-continue"},
        {request_of("GET /metrics", "A: " + std::string(9'000, 'a') + "\r\n"), "431", "<The request's header"},
        {request_of("GET /throws_away"), "500", "<No answer was given.>"},
        {request_of("GET /faulty"), "500", "<The answer has a faulty status or header.>"},
    };
    for (const Row& row : rows) {
        Client client(server.port());
        client.send(row.request);
        ASSERT_TRUE(wait_text(client, row.body)) << row.request.substr(0, 60) << client.received;
        EXPECT_TRUE(client.received.starts_with("HTTP/1.1 " + std::string(row.status) + " ")) << client.received;
        EXPECT_TRUE(client.has("Content-Type: text/x\r\n")) << client.received;
    }
}

TEST_F(ServerTest, head_has_the_length_but_no_body) {
    Client client(server.port());
    client.send("HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(wait_closed(client));
    EXPECT_NE(client.received.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(client.received.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, head_that_is_refused_gets_no_body_either) {
    for (const std::string_view fields : {"Content-Length: 5\r\n", "Content-Length: 5\r\nExpect: 100-continue\r\n"}) {
        Client client(server.port());
        client.send(request_of("HEAD /metrics", fields));
        ASSERT_TRUE(wait_closed(client));
        EXPECT_TRUE(client.received.starts_with("HTTP/1.1 413 ")) << client.received;
        EXPECT_TRUE(client.received.ends_with("\r\n\r\n")) << client.received;
    }
    Client client(server.port());
    client.send(request_of("HEAD /metrics") + "GET\r\n\r\n");  // of what is no request, nobody knows that it is HEAD
    ASSERT_TRUE(wait_closed(client));
    EXPECT_TRUE(client.has("HTTP/1.1 400 "));
    EXPECT_FALSE(client.received.ends_with("\r\n\r\n")) << client.received;
}

TEST_F(ServerTest, pipelined_requests_are_answered_in_order) {
    Client client(server.port());
    std::string requests;
    for (int i = 0; i < 20; ++i) requests += "GET /metrics?" + std::to_string(i) + ". HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(requests);
    ASSERT_TRUE(wait_text(client, "\n19."));
    std::size_t at = 0;
    for (int i = 0; i < 20; ++i) {
        at = client.received.find("up 1\n" + std::to_string(i) + ".", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_EQ(asked, 20);
}

// However many are there: else others would wait for all of them.
TEST_F(ServerTest, of_pipelined_requests_one_is_answered_in_a_turn) {
    Client client(server.port());
    std::string requests;
    for (int i = 0; i < 400; ++i) requests += request_of("GET /metrics");
    client.send(requests);
    int most = 0;
    int before = 0;
    net::TurnHook hook = loop.on_turn_end([&] { most = std::max(most, asked - std::exchange(before, asked)); });
    EXPECT_TRUE(net::run_until(
        loop, [&] { return asked == 400; }, 10s));
    EXPECT_LE(most, 2);  // what comes, and what is behind it
}

TEST_F(ServerTest, a_request_may_come_byte_by_byte) {
    Client client(server.port());
    for (char c : std::string_view("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")) {
        EXPECT_TRUE(client.received.empty());
        client.send({&c, 1});
        pass(3);
    }
    EXPECT_TRUE(wait_text(client, "up 1\n"));
}

TEST_F(ServerTest, an_old_client_gets_a_close) {
    Client client(server.port());
    client.send("GET /metrics HTTP/1.0\r\n\r\n");
    ASSERT_TRUE(wait_closed(client));
    EXPECT_TRUE(client.received.ends_with("up 1\n"));
}

TEST_F(ServerTest, a_client_that_has_ended_its_own_direction_gets_all_of_the_answer) {
    const std::string large(20'000'000, 'x');
    server.route("GET", "/large", [&large](const Request&) { return Response{.body = large}; });
    Client client(server.port());
    client.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.end_sending();
    ASSERT_TRUE(wait_closed(client));
    EXPECT_GT(client.received.size(), large.size());
}

TEST_F(ServerTest, a_port_in_use_is_said) {
    Server second(loop);
    const Status listening = second.listen({.host = "127.0.0.1", .port = server.port()});
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().context,
              "listen on 127.0.0.1:" + std::to_string(server.port()) + ": address already in use");
}

TEST_F(ServerTest, a_server_ends_with_connections_open) {
    auto other = std::make_unique<Server>(loop);
    ASSERT_TRUE(other->listen({.host = "localhost", .port = 0}));
    Client waiting(server.port());
    waiting.send("GET /met");
    loop.post([&] { other.reset(); });
    EXPECT_TRUE(net::run_until(
        loop, [&] { return other == nullptr; }, 5s));
}

class BodyServerTest : public ServerTest {
protected:
    BodyServerTest() : ServerTest({.body_bytes_max = 100'000}) {
        server.fallback([](const Request& request) {
            return Response{.body = request.method + " " + request.path + " " +
                                    std::string(request.field("content-type")) + " " +
                                    std::string(request.field("HOST")) + " " + std::to_string(request.body.size()) +
                                    request.body.substr(0, 20) + "\n"};
        });
    }
};

TEST_F(BodyServerTest, methods_and_bodies_reach_the_fallback) {
    struct Row {
        std::string request;
        std::string_view answer;
    };
    const Row rows[] = {
        {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Type: t/x\r\nContent-Length: 5\r\n\r\nhello",
         "POST /a t/x h 5hello\n"},
        {"DELETE /b/1?x HTTP/1.1\r\nHost: h\r\n\r\n", "DELETE /b/1  h 0\n"},
        {"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         "PUT /a  h 5hello\n"},
        {"PATCH /a HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n" + std::string(90'000, 'x'),
         "PATCH /a  h 90000xxxx"},
        {"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a  h 0\n"},
        {"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", "Content-Length: 12\r\n"},
        {"POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 "},
        {"OPTIONS /metrics HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 204 "},
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "Allow: GET, HEAD, OPTIONS\r\n"},
        {"OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS /a"},
        {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n", "HTTP/1.1 413 "},
    };
    for (const Row& row : rows) {
        Client client(server.port());
        client.send(row.request);
        EXPECT_TRUE(wait_text(client, row.answer)) << row.request.substr(0, 60) << client.received;
    }
}

TEST_F(BodyServerTest, parameters_and_queries_are_decoded) {
    server.route("GET", "/tasks/{name}/{what}", [](const Request& request) {
        return Response{.body = std::string(request.parameter("name")) + "|" + std::string(request.parameter("what")) +
                                "|" + request.query_value("q").value_or("none") + "|" + request.peer.substr(0, 10) +
                                "\n"};
    });
    Client client(server.port());
    client.send(request_of("GET /tasks/a%20b%2Fc/d?p=1&q=x+y%26"));
    EXPECT_TRUE(wait_text(client, "a b/c|d|x y&|127.0.0.1:\n")) << client.received;
}

TEST_F(BodyServerTest, a_body_is_asked_for_when_it_will_be_read) {
    struct Row {
        std::string fields;
        std::string_view first;
    };
    const Row rows[] = {
        {"Expect: 100-continue\r\nContent-Length: 5\r\n", "HTTP/1.1 100 Continue\r\n\r\n"},
        {"Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", "HTTP/1.1 100 Continue\r\n\r\n"},
        {"Expect: 100-continue\r\nContent-Length: 100001\r\n", "HTTP/1.1 413 "},
        {"Expect: 100-continue\r\n", "HTTP/1.1 200 "},
        {"Expect: a-cake\r\nContent-Length: 5\r\n", "HTTP/1.1 417 "},
    };
    for (const Row& row : rows) {
        Client client(server.port());
        client.send(request_of("POST /a", row.fields));
        EXPECT_TRUE(wait_text(client, "\r\n\r\n"));
        EXPECT_TRUE(client.received.starts_with(row.first)) << client.received;
        if (!client.received.starts_with("HTTP/1.1 100 ")) continue;
        client.send(row.fields.find("chunked") == std::string::npos ? "hello" : "5\r\nhello\r\n0\r\n\r\n");
        EXPECT_TRUE(wait_text(client, "POST /a  a 5hello\n")) << client.received;
    }
}

TEST_F(BodyServerTest, a_route_has_a_limit_of_its_own) {
    const Server::Handler size = [](const Request& request) {
        return Response{.body = std::to_string(request.body.size()) + "\n"};
    };
    server.route("PUT", "/small", size, 3);
    server.route("PUT", "/large", size, 200'000);
    for (const auto& [path, bytes, answer] :
         {std::tuple("/small", 3, "\r\n\r\n3\n"), std::tuple("/small", 4, "HTTP/1.1 413 "),
          std::tuple("/large", 150'000, "\r\n\r\n150000\n")}) {
        Client client(server.port());
        client.send(request_of(std::string("PUT ") + path, "Content-Length: " + std::to_string(bytes) + "\r\n") +
                    std::string(static_cast<std::size_t>(bytes), 'x'));
        EXPECT_TRUE(wait_text(client, answer)) << path << client.received;
    }
}

// Both kinds at every split, the rest of the input among it, and pipelined behind one another.
TEST_F(BodyServerTest, requests_may_be_split_anywhere) {
    const std::string requests = request_of("POST /a", "Transfer-Encoding: chunked\r\n") +
                                 "3;x=\"y\"\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n" +
                                 request_of("PUT /b", "Content-Length: 4\r\n") + "efgh" + request_of("GET /c");
    for (std::size_t at = 1; at < requests.size(); ++at) {
        Client client(server.port());
        client.send(requests.substr(0, at));
        pass(2);
        client.send(requests.substr(at));
        ASSERT_TRUE(wait_text(client, "GET /c  a 0\n")) << at << client.received;
        const std::size_t first = client.received.find("POST /a  a 5abcde\n");
        ASSERT_LT(first, client.received.find("PUT /b  a 4efgh\n")) << at << client.received;
    }
}

}  // namespace
}  // namespace outflow::http
