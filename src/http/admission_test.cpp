// What clients can make the server hold before anybody knows them, and by not reading.
#include <memory>
#include <vector>

#include "http/server_rig.h"

namespace outflow::http {
namespace {

class AdmissionTest : public ServerTest {
protected:
    AdmissionTest() : ServerTest({.connections_max = 1'100, .timeout = 60s}) {
        server.route("POST", "/things", Server::LaterHandler([](const Request& request, Responder responder) {
                         responder.respond({.body = std::to_string(request.body.size()) + " bytes\n"});
                     }),
                     1'000'000, [this](const Request& request) -> std::optional<Response> {
                         ++admissions;
                         if (request.field("X-Key") == "known") return std::nullopt;
                         return sentence(401, "Who are you?");
                     });
    }

    int admissions = 0;
};

TEST_F(AdmissionTest, a_large_body_of_nobody_is_refused_before_it_comes) {
    Client nobody(server.port());
    nobody.send(request_of("POST /things", "Content-Length: 16385\r\n"));
    EXPECT_TRUE(wait_text(nobody, "Who are you?"));
    EXPECT_TRUE(nobody.has("HTTP/1.1 401 ") && nobody.has("Connection: close"));
    Client known(server.port());
    known.send(request_of("POST /things", "X-Key: known\r\nContent-Length: 20000\r\n") + std::string(20'000, 'x'));
    EXPECT_TRUE(wait_text(known, "20000 bytes\n"));
    EXPECT_EQ(admissions, 2);
}

TEST_F(AdmissionTest, a_small_body_is_the_handlers_to_judge) {
    Client client(server.port());
    client.send(request_of("POST /things", "Content-Length: 16384\r\n") + std::string(16'384, 'x'));
    EXPECT_TRUE(wait_text(client, "16384 bytes\n"));
    EXPECT_EQ(admissions, 0);
}

TEST_F(AdmissionTest, a_body_of_nobody_that_does_not_say_its_size_stays_small) {
    const std::string chunked = request_of("POST /things", "Transfer-Encoding: chunked\r\n");
    Client small(server.port());
    small.send(chunked + "3\r\nabc\r\n0\r\n\r\n");
    EXPECT_TRUE(wait_text(small, "3 bytes\n"));
    Client large(server.port());
    large.send(chunked + "4001\r\n");
    EXPECT_TRUE(wait_text(large, "HTTP/1.1 413 "));
    Client known(server.port());
    known.send(request_of("POST /things", "X-Key: known\r\nTransfer-Encoding: chunked\r\n") + "4e20\r\n" +
               std::string(20'000, 'x') + "\r\n0\r\n\r\n");
    EXPECT_TRUE(wait_text(known, "20000 bytes\n"));
}

TEST_F(AdmissionTest, a_thousand_nobodies_hold_16_MiB_of_bodies_and_keep_no_known_one_out) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 1'000; ++i) {
        clients.push_back(std::make_unique<Client>(server.port()));
        clients.back()->reset_at_close();
        const bool is_large = i % 2 == 0;
        clients.back()->send(
            request_of("POST /things", is_large ? "Content-Length: 1000000\r\n" : "Content-Length: 16384\r\n"));
        clients.back()->try_send(std::string(16'383, 'x'));
        if (i % 100 == 99) wait([&] { return server.counts().accepted == clients.size(); });
    }
    ASSERT_TRUE(wait([&] { return server.counts().body_bytes == 500 * 16'383U; }));
    Client known(server.port());
    known.send(request_of("POST /things", "X-Key: known\r\nContent-Length: 20000\r\n") + std::string(20'000, 'x'));
    EXPECT_TRUE(wait_text(known, "20000 bytes\n"));
}

class UnreadAnswersTest : public ServerTest {
protected:
    UnreadAnswersTest() : ServerTest({.answers_bytes_max = 20'000'000, .timeout = 60s}) {
        server.route("GET", "/large", [](const Request&) { return Response{.body = std::string(15'000'000, 'x')}; });
    }
    std::unique_ptr<Client> ask_and_do_not_read() {
        auto client = std::make_unique<Client>(server.port(), 4'096);
        client->send(request_of("GET /large"));
        const std::uint64_t requests = server.counts().requests;
        EXPECT_TRUE(wait([&] { return server.counts().requests == requests + 1; }));
        return client;
    }
};

TEST_F(UnreadAnswersTest, above_the_limit_new_requests_are_refused_until_slow_readers_are_closed) {
    const auto first = ask_and_do_not_read();
    const auto second = ask_and_do_not_read();
    Client refused(server.port());
    refused.send(request_of("GET /metrics"));
    ASSERT_TRUE(wait_text(refused, "\r\n\r\n"));
    EXPECT_TRUE(refused.has("HTTP/1.1 503 ") && refused.has("Retry-After: 1\r\n")) << refused.received;
    EXPECT_EQ(asked, 0) << "it was not handled";
    EXPECT_EQ(server.counts().busy, 1U);
    const auto begin = loop.now();
    ASSERT_TRUE(wait([&] { return loop.now() - begin > 1s; }));
    Client served(server.port());
    served.send(request_of("GET /metrics"));
    EXPECT_TRUE(wait_text(served, "up 1\n"));
    EXPECT_EQ(server.counts().slow_readers, 1U) << "the first one, which is enough";
    EXPECT_EQ(server.counts().evicted, 0U);
}

}  // namespace
}  // namespace outflow::http
