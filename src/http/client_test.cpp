// The blocking client against this folder's server, and against what is none.
#include "http/client.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "http/event_stream.h"
#include "http/server_rig.h"
#include "net/tls_context.h"
#include "net/tls_rig.h"

namespace outflow::http {
namespace {

struct ClientTls final : net::TlsSource {
    ClientTls(net::TlsRole role, const net::TlsMaterial& material) {
        auto made = net::TlsContext::create(role, material, [] { return std::chrono::seconds(1'500'000); });
        EXPECT_TRUE(made) << made.error().context;
        if (made) given = *made;
    }
    Result<std::shared_ptr<net::TlsContext>> context() override { return given; }
    std::string name_for(const std::string& host) const override { return host; }
    std::shared_ptr<net::TlsContext> given;
};

// The server, in a thread of its own while the test's thread waits in calls.
class BlockingClientTest : public ::testing::Test {
protected:
    explicit BlockingClientTest(std::shared_ptr<net::TlsSource> tls = nullptr)
        : server(std::make_unique<Server>(loop, ServerLimits{.body_bytes_max = 1'000'000}, std::move(tls))) {
        server->route("POST", "/echo", [](const Request& request) {
            Response response{.status = 201, .content_type = "application/json", .body = request.body};
            response.fields.add("ETag", "\"7\"");
            response.fields.add("X-Seen", request.query + "," + std::string(request.field("X-Mine")));
            return response;
        });
        server->route("GET", "/large", [](const Request&) { return Response{.body = std::string(3'000'000, 'x')}; });
        server->route("DELETE", "/thing", [](const Request&) { return Response{.status = 204, .content_type = ""}; });
        server->route("GET", "/never",
                      [this](const Request&, Responder responder) { kept.push_back(std::move(responder)); });
        server->route("GET", "/events", [this](const Request&, Responder responder) {
            EventStream events(std::move(responder));
            for (int i = 0; i < 3; ++i) events.send({.data = "number " + std::to_string(i), .event = "state"});
            streams.push_back(std::move(events.stream()));
        });
        EXPECT_TRUE(server->listen({.host = "127.0.0.1", .port = 0}));
        thread = std::thread([this] { loop.run(); });
    }
    ~BlockingClientTest() override {
        loop.stop();
        thread.join();
    }
    ClientOptions options() const { return {.endpoint = {"127.0.0.1", server->port()}, .timeout = 10s}; }
    std::string place() const { return "127.0.0.1:" + std::to_string(server->port()); }

    net::EventLoop loop;
    std::vector<Responder> kept;
    std::vector<ResponseStream> streams;
    std::unique_ptr<Server> server;
    std::thread thread;
};

TEST_F(BlockingClientTest, requests_arrive_and_answers_come_back) {
    BlockingClient client(options());
    for (int i = 0; i < 3; ++i) {
        const auto response = client.call("POST", "/echo?a=1", {{"X-Mine", "m"}}, "{\"a\":1.0}");
        ASSERT_TRUE(response) << response.error().context;
        EXPECT_EQ(response->status, 201U);
        EXPECT_EQ(response->body, "{\"a\":1.0}");
        EXPECT_EQ(response->content_type, "application/json");
        EXPECT_EQ(response->fields.find("etag"), "\"7\"");
        EXPECT_EQ(response->fields.find("X-Seen"), "a=1,m");
    }
    const auto gone = client.call("DELETE", "/thing");
    ASSERT_TRUE(gone) << gone.error().context;
    EXPECT_EQ(gone->status, 204U);
    EXPECT_EQ(client.call("GET", "/nothing")->status, 404U);
    EXPECT_EQ(client.call("POST", "/echo")->body, "");
    EXPECT_EQ(client.call("GET", "/large")->body.size(), 3'000'000U);
    EXPECT_EQ(client.call("POST", "/echo", {}, std::string(900'000, 'y'))->body.size(), 900'000U);
}

TEST_F(BlockingClientTest, what_would_be_another_request_is_not_sent) {
    BlockingClient client(options());
    EXPECT_FALSE(client.call("GET", "/a b"));
    EXPECT_FALSE(client.call("GET", "/a\r\nX: y"));
    EXPECT_FALSE(client.call("GET", "a"));
    EXPECT_FALSE(client.call("GET", "/a", {{"X", "y\r\nZ: 1"}}));
    EXPECT_EQ(client.call("GET", "/a")->status, 404U);
}

TEST_F(BlockingClientTest, waits_and_bodies_are_bounded) {
    ClientOptions few = options();
    few.timeout = 50ms;
    const auto late = BlockingClient(few).call("GET", "/never");
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::timeout);
    EXPECT_EQ(late.error().context, "the server at " + place() + " did not send a response within 50 ms");
    ClientOptions small = options();
    small.body_bytes_max = 2 * 1024 * 1024;
    const auto large = BlockingClient(small).call("GET", "/large");
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().context, "the response of the server at " + place() + " is larger than 2 MiB");
    ClientOptions whole = options();
    whole.time_max = 50ms;
    EXPECT_EQ(BlockingClient(whole).call("GET", "/never").error().code, ErrorCode::timeout);
}

TEST_F(BlockingClientTest, streams_are_given_as_they_come) {
    BlockingClient client(options());
    std::string got;
    const auto enough = client.stream("/events", {}, [&got](std::string_view piece) {
        got += piece;
        return got.find("number 2") == std::string::npos;
    });
    ASSERT_TRUE(enough) << enough.error().context;
    EXPECT_EQ(enough->status, 200U);
    EXPECT_EQ(enough->body, "");
    EXPECT_NE(got.find("event: state\ndata: number 0\n\n"), std::string::npos) << got;
    std::size_t bytes = 0;
    ASSERT_TRUE(client.stream("/large", {}, [&bytes](std::string_view piece) { return bytes += piece.size(), true; }));
    EXPECT_EQ(bytes, 3'000'000U);
    const auto refused = client.stream("/nothing", {}, [](std::string_view) { return ADD_FAILURE(), true; });
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 404U);
    EXPECT_FALSE(refused->body.empty());
}

TEST_F(BlockingClientTest, a_stream_ends_in_time) {
    ClientOptions once = options();
    once.time_max = 100ms;
    std::string got;
    const auto ended = BlockingClient(once).stream("/events", {}, [&got](std::string_view piece) {
        got += piece;
        return true;
    });
    ASSERT_TRUE(ended) << ended.error().context;
    EXPECT_NE(got.find("number 2"), std::string::npos);
    ClientOptions silent = options();
    silent.timeout = 50ms;
    EXPECT_EQ(BlockingClient(silent).stream("/events", {}, [](std::string_view) { return true; }).error().code,
              ErrorCode::timeout);
}

class BlockingClientTlsTest : public BlockingClientTest {
protected:
    BlockingClientTlsTest() : BlockingClientTest(shown()) {}
    struct Certificates {
        net::TestCertificate authority{{.common_name = "test CA", .is_ca = true}};
        net::TestCertificate identity{{.names = "IP:127.0.0.1"}, &authority};
    };
    static const Certificates& certificates() {
        static const Certificates made;
        return made;
    }
    static std::shared_ptr<net::TlsSource> shown() {
        net::TlsMaterial shows;
        shows.certificate = certificates().identity.certificate();
        shows.key = certificates().identity.key();
        return std::make_shared<ClientTls>(net::TlsRole::server, shows);
    }
};

TEST_F(BlockingClientTlsTest, calls_are_secret_and_strangers_are_not_believed) {
    net::TlsMaterial trusts;
    trusts.ca = certificates().authority.certificate();
    ClientOptions trusting = options();
    trusting.tls = std::make_shared<ClientTls>(net::TlsRole::client, trusts);
    BlockingClient client(trusting);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client.call("GET", "/large")->body.size(), 3'000'000U);
    ClientOptions doubting = options();
    const net::TestCertificate other({.common_name = "other CA", .is_ca = true});
    trusts.ca = other.certificate();
    doubting.tls = std::make_shared<ClientTls>(net::TlsRole::client, trusts);
    const auto refused = BlockingClient(doubting).call("GET", "/large");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::tls_failed);
    EXPECT_TRUE(refused.error().context.starts_with("cannot reach the server at " + place() + ": "))
        << refused.error().context;
    EXPECT_FALSE(BlockingClient(options()).call("GET", "/large"));  // plain, to a server that speaks TLS
}

// Says `answer` to one request, and closes or waits for the client's end.
class RawServer {
public:
    explicit RawServer(std::string answer, bool closes = true) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(socket_, 1), 0);
        EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port = ntohs(address.sin_port);
        thread_ = std::thread([this, answer = std::move(answer), closes] { serve(answer, closes); });
    }
    ~RawServer() {
        ::shutdown(socket_, SHUT_RDWR);  // in case nobody came
        thread_.join();
        ::close(socket_);
    }
    std::uint16_t port = 0;

private:
    void serve(const std::string& answer, bool closes) const {
        const int client = ::accept(socket_, nullptr, nullptr);
        if (client < 0) return;
        char block[4096];
        std::string request;
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = ::recv(client, block, sizeof block, 0);
            if (got <= 0) break;
            request.append(block, static_cast<std::size_t>(got));
        }
        ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        while (!closes && ::recv(client, block, sizeof block, 0) > 0) {}
        ::close(client);
    }
    int socket_;
    std::thread thread_;
};

TEST(BlockingClientAnswers, what_is_no_whole_response_is_an_error) {
    const struct {
        std::string answer;
        ErrorCode code;
        std::string_view words;
    } rows[] = {
        {"", ErrorCode::closed, "before its response was whole"},
        {"HTTP/1.1 200 OK\r\n", ErrorCode::closed, "before its response was whole"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", ErrorCode::closed, "before its response was whole"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", ErrorCode::closed, "whole"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ErrorCode::invalid_argument, "speak HTTP"},
        {"220 mail.example ESMTP\r\n\r\n", ErrorCode::invalid_argument, "does not speak HTTP"},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'), ErrorCode::invalid_argument, "does not speak HTTP"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(200'000, 'x'),
         ErrorCode::invalid_argument, "does not speak HTTP"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: " + std::string(200'000, 'x'),
         ErrorCode::invalid_argument, "does not speak HTTP"},
        {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ErrorCode::invalid_argument, "does not speak HTTP"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.answer.substr(0, 60));
        const RawServer server(row.answer);
        const auto response = BlockingClient({.endpoint = {"127.0.0.1", server.port}, .timeout = 10s}).call("GET", "/");
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().code, row.code) << response.error().context;
        EXPECT_NE(response.error().context.find(row.words), std::string::npos) << response.error().context;
    }
}

TEST(BlockingClientAnswers, whole_responses_are_taken_in_every_framing) {
    const struct {
        std::string answer;
        std::string_view body;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", "hello"},
        {"HTTP/1.0 200 OK\r\n\r\nhello", "hello"},  // up to the end of the connection
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n", "hello"},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.answer);
        const RawServer server(row.answer);
        const auto response = BlockingClient({.endpoint = {"127.0.0.1", server.port}, .timeout = 10s}).call("GET", "/");
        ASSERT_TRUE(response) << response.error().context;
        EXPECT_EQ(response->body, row.body);
    }
}

TEST(BlockingClientAnswers, a_body_that_stops_coming_is_given_up) {
    const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", false);
    const auto response = BlockingClient({.endpoint = {"127.0.0.1", server.port}, .timeout = 50ms}).call("GET", "/");
    ASSERT_FALSE(response);
    EXPECT_NE(response.error().context.find("did not send the rest of the response within 50 ms"), std::string::npos)
        << response.error().context;
}

TEST(BlockingClientAnswers, a_server_that_is_not_there_is_named) {
    std::uint16_t port = 0;
    { port = RawServer("").port; }
    const auto response = BlockingClient({.endpoint = {"127.0.0.1", port}}).call("GET", "/");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::network_error);
    EXPECT_EQ(response.error().context,
              "cannot reach the server at 127.0.0.1:" + std::to_string(port) + ": connection refused");
}

}  // namespace
}  // namespace outflow::http
