// Clients that are slow, silent, too many or without end. Each must leave the server quick for others.
#include "http/server.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "http/server_rig.h"

namespace outflow::http {
namespace {

constexpr ServerLimits hostile_limits{.header_bytes_max = 10'000'000,
                                      .body_bytes_max = 1'000'000,
                                      .connections_max = 10,
                                      .timeout = 100ms,
                                      .idle_timeout = 150ms,
                                      .bytes_per_second_min = 1'000'000'000};

class HostileTest : public ServerTest {
protected:
    explicit HostileTest(ServerLimits limits = hostile_limits) : ServerTest(limits) {
        server.fallback(
            [](const Request& request) { return Response{.body = std::to_string(request.body.size()) + "\n"}; });
    }
    void expect_quick() {
        Client client(server.port());
        client.send(request_of("GET /metrics", "Connection: close\r\n"));
        EXPECT_TRUE(wait_text(client, "up 1\n"));
    }
    // Sends a byte at each look until the server has closed.
    bool wait_closed_meanwhile_sending(Client& client, std::string_view byte) {
        return wait([&] {
            if (!client.is_closed) client.try_send(byte);
            client.receive();
            return client.is_closed;
        });
    }
};

TEST_F(HostileTest, silent_clients_are_closed) {
    Client silent(server.port());
    EXPECT_TRUE(wait_closed(silent));
    EXPECT_EQ(silent.received, "");
    Client idle(server.port());
    idle.send(request_of("GET /metrics"));
    EXPECT_TRUE(wait_text(idle, "up 1\n"));
    EXPECT_TRUE(wait_closed(idle));
    EXPECT_TRUE(idle.received.ends_with("up 1\n"));
    EXPECT_EQ(server.counts().slow_requests, 0U);
}

TEST_F(HostileTest, a_header_that_comes_a_byte_at_a_time_is_not_waited_for) {
    Client client(server.port());
    client.send("GET /metrics HTTP/1.1\r\nHost: a\r\nX: ");
    EXPECT_TRUE(wait_closed_meanwhile_sending(client, "x"));
    EXPECT_EQ(server.counts().slow_requests, 1U);
    EXPECT_EQ(asked, 0);
}

TEST_F(HostileTest, a_body_that_comes_a_byte_at_a_time_is_not_waited_for) {
    for (const std::string fields : {"Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n"}) {
        Client client(server.port());
        client.send(request_of("POST /x", fields));
        if (fields.starts_with("T")) client.send("f0000\r\n");
        EXPECT_TRUE(wait_closed_meanwhile_sending(client, "x"));
    }
    EXPECT_EQ(server.counts().slow_requests, 2U);
    EXPECT_EQ(server.counts().requests, 0U);
}

TEST_F(HostileTest, head_that_comes_too_slowly_gets_no_body) {
    Client client(server.port());
    client.send(request_of("HEAD /x", "Content-Length: 5\r\n"));
    ASSERT_TRUE(wait_closed(client));
    EXPECT_TRUE(client.received.starts_with("HTTP/1.1 408 ")) << client.received;
    EXPECT_TRUE(client.received.ends_with("\r\n\r\n")) << client.received;
}

class SlowRateTest : public HostileTest {
protected:
    SlowRateTest() : HostileTest({.body_bytes_max = 1'000'000, .timeout = 300ms, .bytes_per_second_min = 16'384}) {}
};

TEST_F(SlowRateTest, a_large_body_has_the_time_that_it_takes) {
    Client client(server.port());
    client.send(request_of("POST /x", "Content-Length: 500000\r\n"));
    for (int i = 0; i < 50; ++i) {
        client.send(std::string(10'000, 'x'));
        pass(10);
    }
    EXPECT_TRUE(wait_text(client, "500000\n"));
}

// However fast it came before: else it would hold what all bodies may take together.
TEST_F(SlowRateTest, a_body_that_stops_is_not_waited_for) {
    Client client(server.port());
    client.send(request_of("POST /x", "Content-Length: 1000000\r\n"));
    std::string left(500'000, 'x');  // half a minute at the rate
    ASSERT_TRUE(wait([&] {
        left.erase(0, client.try_send(left));
        return server.counts().body_bytes == 500'000;
    }));
    EXPECT_TRUE(wait([&] { return server.counts().slow_requests == 1; }));
    EXPECT_TRUE(wait_text(client, "HTTP/1.1 408 "));
}

TEST_F(HostileTest, a_body_of_100_MB_is_refused_before_it_has_come) {
    for (const std::string fields : {"Content-Length: 104857600\r\n", "Transfer-Encoding: chunked\r\n"}) {
        Client client(server.port());
        client.send(request_of("POST /x", fields));
        const std::string chunk =
            fields.starts_with("T") ? "4000\r\n" + std::string(0x4000, 'x') + "\r\n" : std::string(0x4000, 'x');
        std::string left;
        EXPECT_TRUE(wait([&] {
            if (left.empty()) left = chunk;
            left.erase(0, client.try_send(left));
            client.receive();
            return client.has("HTTP/1.1 413 ");
        })) << fields;
        EXPECT_TRUE(wait_closed(client));
    }
    EXPECT_EQ(server.counts().refused, 2U);
    expect_quick();
}

TEST_F(HostileTest, clients_that_leave_at_any_point_are_let_go) {
    const std::string request = request_of("POST /x", "Content-Length: 5\r\n") + "hello";
    for (std::size_t at = 0; at < request.size(); ++at) {
        Client half_open(server.port());
        half_open.send(request.substr(0, at));
        half_open.end_sending();
        Client gone(server.port());
        gone.send(request.substr(0, at));
        gone.close();
        ASSERT_TRUE(wait_closed(half_open)) << at;
    }
    EXPECT_TRUE(wait([&] { return server.counts().connections == 0; }));
}

TEST_F(HostileTest, an_answer_that_is_not_read_is_given_up) {
    const std::string large(50'000'000, 'x');
    server.route("GET", "/large", [&large](const Request&) { return Response{.body = large}; });
    Client stopped(server.port(), 4'096);
    stopped.send(request_of("GET /large"));
    expect_quick();
    EXPECT_TRUE(wait([&] { return server.counts().slow_readers == 1; }));
}

// The answers fill the way to the client; then requests are left where they are.
TEST_F(HostileTest, requests_without_reading_answers_stop_being_read) {
    const std::string answer(100'000, 'x');
    server.route("GET", "/", [&](const Request&) { return ++asked, Response{.body = answer}; });
    Client client(server.port(), 4'096);
    std::string requests;
    for (int i = 0; i < 10'000; ++i) requests += request_of("GET /");
    const std::size_t sent = client.try_send(requests);
    EXPECT_TRUE(wait([&] { return server.counts().slow_readers == 1; }));
    EXPECT_GT(sent, 200'000U);
    EXPECT_LT(asked, 200);
}

class ManyBodiesTest : public HostileTest {
protected:
    ManyBodiesTest() : HostileTest({.body_bytes_max = 100'000, .bodies_bytes_max = 250'000, .timeout = 60s}) {}
};

TEST_F(ManyBodiesTest, bodies_that_come_at_once_are_bounded_together) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(std::make_unique<Client>(server.port()));
        clients.back()->send(request_of("POST /x", "Content-Length: 100000\r\n") + std::string(60'000, 'x'));
        ASSERT_TRUE(wait([&] {
            clients.back()->receive();
            return server.counts().body_bytes == 60'000U * std::min<std::size_t>(4, clients.size()) &&
                   (i < 4 || clients.back()->has("HTTP/1.1 503 "));
        })) << i;
    }
    clients[0].reset();
    EXPECT_TRUE(wait([&] { return server.counts().body_bytes == 180'000; }));
    clients[1]->send(std::string(40'000, 'x'));
    EXPECT_TRUE(wait_text(*clients[1], "100000\n"));
    EXPECT_TRUE(wait([&] { return server.counts().body_bytes == 120'000; }));
    clients.clear();
    EXPECT_TRUE(wait([&] { return server.counts().body_bytes == 0; }));
}

class SmallServerTest : public ServerTest {
protected:
    SmallServerTest() : ServerTest({.connections_max = 2}) {
        server.route("GET", "/later",
                     [this](const Request&, Responder responder) { responders.push_back(std::move(responder)); });
    }
    std::vector<Responder> responders;
};

TEST_F(SmallServerTest, many_who_come_at_once_are_all_served) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(std::make_unique<Client>(server.port()));
    for (auto& client : clients) client->send(request_of("GET /metrics", "Connection: close\r\n"));
    EXPECT_TRUE(wait([&] {
        bool are_served = true;
        for (auto& client : clients) {
            client->receive();
            are_served = are_served && client->received.ends_with("up 1\n");
        }
        return are_served;
    }));
    EXPECT_EQ(asked, 100);
}

TEST_F(SmallServerTest, the_connection_that_has_waited_longest_goes_for_a_new_one) {
    Client busy(server.port());
    busy.send(request_of("GET /later"));
    ASSERT_TRUE(wait([&] { return responders.size() == 1; }));
    Client first(server.port());
    first.send("GET /met");
    pass();
    Client second(server.port());
    second.send(request_of("GET /metrics"));
    EXPECT_TRUE(wait_text(second, "up 1\n"));
    EXPECT_TRUE(wait_closed(first));
    EXPECT_EQ(server.counts().evicted, 1U);
    responders[0].respond({.body = "late\n"});
    EXPECT_TRUE(wait_text(busy, "late\n"));
}

// What has come of a body counts as time: 40,000 bytes as more than two seconds.
TEST_F(SmallServerTest, who_has_sent_much_of_a_body_goes_last) {
    server.route(
        "PUT", "/body", [](const Request&) { return Response{}; }, 100'000);
    Client body(server.port());
    body.send(request_of("PUT /body", "Content-Length: 40001\r\n") + std::string(40'000, 'x'));
    ASSERT_TRUE(wait([&] { return server.counts().body_bytes == 40'000; }));
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<Client>(server.port()));
        ASSERT_TRUE(wait([&] { return server.counts().accepted == i + 2; }));
        pass();
    }
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(wait_closed(*clients[i])) << i;
    clients[3]->send(request_of("GET /metrics"));
    EXPECT_TRUE(wait_text(*clients[3], "up 1\n"));
    body.send("x");
    EXPECT_TRUE(wait_text(body, "HTTP/1.1 200 "));
    EXPECT_EQ(server.counts().evicted, 3U);
}

TEST_F(SmallServerTest, bodies_of_which_little_comes_keep_nobody_out) {
    server.route(
        "PUT", "/body", [](const Request&) { return Response{}; }, 100'000);
    std::vector<std::unique_ptr<Client>> bodies;
    for (std::size_t i = 1; i <= 2; ++i) {
        bodies.push_back(std::make_unique<Client>(server.port()));
        bodies.back()->send(request_of("PUT /body", "Content-Length: 1000\r\n") + "x");
        ASSERT_TRUE(wait([&] { return server.counts().body_bytes == i; }));
        pass();
    }
    Client monitor(server.port());
    ASSERT_TRUE(wait([&] { return server.counts().evicted == 1; }));
    EXPECT_TRUE(wait_closed(*bodies[0]));
    monitor.send(request_of("GET /metrics"));
    EXPECT_TRUE(wait_text(monitor, "up 1\n"));
}

// The first ones go, after a second.
TEST_F(SmallServerTest, clients_that_do_not_read_keep_nobody_out) {
    const std::string large(20'000'000, 'x');
    server.route("GET", "/large", [&large](const Request&) { return Response{.body = large}; });
    std::vector<std::unique_ptr<Client>> stopped;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        stopped.push_back(std::make_unique<Client>(server.port(), 4'096));
        stopped.back()->send(request_of("GET /large"));
        ASSERT_TRUE(wait([&] { return server.counts().requests == i; }));
    }
    Client monitor(server.port());
    monitor.send(request_of("GET /metrics"));
    EXPECT_TRUE(wait_text(monitor, "up 1\n"));
    EXPECT_GE(server.counts().evicted, 1U);
    EXPECT_EQ(server.counts().slow_readers, 0U);
}

// Left unread, it would hide for ever that the client has gone.
TEST_F(SmallServerTest, who_sends_much_behind_a_request_that_waits_counts_as_gone) {
    ResponseStream stream;
    int gone = 0;
    server.route("GET", "/stream", [&](const Request&, Responder responder) {
        stream = responder.stream({});
        stream.on_gone([&] { ++gone; });
    });
    server.route("GET", "/told", [&](const Request&, Responder responder) {
        responder.on_gone([&] { ++gone; });
        responders.push_back(std::move(responder));
    });
    std::string requests;
    while (requests.size() < 15 * 1024) requests += request_of("GET /metrics");
    for (const std::string_view path : {"GET /told", "GET /stream"}) {
        gone = 0;
        Client client(server.port());
        client.send(request_of(path) + requests);
        pass(20);
        EXPECT_EQ(gone, 0) << path;  // as much as comes at once may wait
        client.send(requests);
        EXPECT_TRUE(wait([&] { return gone == 1; })) << path;
        EXPECT_TRUE(wait_closed(client));
    }
    EXPECT_EQ(server.counts().requests, 2U);
    EXPECT_FALSE(stream.is_open());
}

TEST_F(SmallServerTest, requests_behind_one_that_waits_are_answered_after_it) {
    Client client(server.port());
    std::string requests;
    int count = 0;
    for (; requests.size() < 15 * 1024; ++count) requests += request_of("GET /metrics");
    client.send(request_of("GET /later"));
    ASSERT_TRUE(wait([&] { return responders.size() == 1; }));
    client.send(requests);
    pass(20);
    EXPECT_EQ(asked, 0);
    responders[0].respond({.body = "late\n"});
    EXPECT_TRUE(wait([&] { return client.receive(), asked == count; }));
}

// Nothing else happens on the loop then.
TEST_F(SmallServerTest, an_answer_given_at_the_end_of_a_turn_is_followed_by_the_next) {
    Client client(server.port());
    client.send(request_of("GET /later") + request_of("GET /metrics"));
    net::TurnHook behind = loop.on_turn_end([this] {
        for (Responder& responder : responders) responder.respond({.body = "late\n"});
    });
    const auto begin = loop.now();
    EXPECT_TRUE(net::run_until(
        loop, [&] { return asked == 1; }, 20s));
    EXPECT_LT(loop.now() - begin, 5s);  // not only at the time limit
}

TEST_F(SmallServerTest, while_all_are_being_answered_new_ones_wait) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<Client>(server.port()));
        clients.back()->send(request_of("GET /later", "Connection: close\r\n"));
    }
    ASSERT_TRUE(wait([&] { return responders.size() == 3; }));
    pass(100);
    EXPECT_EQ(responders.size(), 3U);
    responders[0].respond({.body = "late\n"});
    EXPECT_TRUE(wait_text(*clients[0], "late\n"));
    clients[0]->close();
    EXPECT_TRUE(wait([&] { return responders.size() == 4; }));
    EXPECT_EQ(server.counts().evicted, 0U);
}

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    file >> all >> resident;
    return resident * 4'096;
}

// 10,000 when the process may have so many descriptors: both ends are in it.
std::size_t many() {
    rlimit limit{.rlim_cur = 30'000, .rlim_max = 30'000};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    return std::min<std::size_t>(10'000, (limit.rlim_cur - 200) / 2);
}

class ManyTest : public ServerTest {
protected:
    explicit ManyTest(std::size_t connections_max = many())
        : ServerTest({.connections_max = connections_max, .timeout = 60s}) {}

    // Some silent, some within a header, some idle; the system's queue is emptied now and then.
    void connect(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            clients.push_back(std::make_unique<Client>(server.port()));
            clients.back()->reset_at_close();
            if (i % 3 == 1) clients.back()->try_send("GET /metrics HTTP/1.1\r\nX: ");
            if (i % 3 == 2) clients.back()->try_send(request_of("GET /metrics"));
            if (i % 500 == 499) wait([&] { return server.counts().accepted == i + 1; });
        }
    }
    void expect_monitor_gets_in() {
        Client monitor(server.port());
        monitor.send(request_of("GET /metrics"));
        EXPECT_TRUE(wait_text(monitor, "up 1\n"));
    }

    std::vector<std::unique_ptr<Client>> clients;
};

TEST_F(ManyTest, ten_thousand_idle_connections_cost_little_and_keep_nobody_out) {
    const std::size_t count = many();
    const std::size_t before = resident_bytes();
    connect(count);
    ASSERT_TRUE(wait([&] { return server.counts().connections == count && server.counts().requests == count / 3; }));
    const std::size_t each = (resident_bytes() - before) / count;
    std::printf("%zu connections of %zu bytes each\n", count, each);
    RecordProperty("bytes_a_connection", static_cast<int>(each));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they need memory of their own for each byte
    EXPECT_LT(each, 16'000U);
#endif
    expect_monitor_gets_in();
    EXPECT_EQ(server.counts().evicted, 1U);
    clients.clear();
    EXPECT_TRUE(wait([&] { return server.counts().connections == 0; }));
}

class ManyAtFewTest : public ManyTest {
protected:
    ManyAtFewTest() : ManyTest(64) {}
};

TEST_F(ManyAtFewTest, thousands_of_connections_do_not_keep_a_monitor_out_of_a_small_server) {
    connect(2'000);
    expect_monitor_gets_in();
    EXPECT_LE(server.counts().connections, 65U);
    EXPECT_GT(server.counts().evicted, 1'900U);
}

}  // namespace
}  // namespace outflow::http
