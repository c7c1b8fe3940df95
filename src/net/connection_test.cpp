#include "net/connection.h"

#include <functional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/run_until.h"

namespace outflow::net {
namespace {

using namespace std::chrono_literals;

// A listening loopback socket and the one connection accepted from it. Never blocks.
class Peer {
public:
    explicit Peer(int backlog = 16, int receive_buffer = 0) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer > 0) ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_, backlog), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        endpoint = {.host = "127.0.0.1", .port = ntohs(address.sin_port)};
    }
    ~Peer() {
        close();
        stop_listening();
    }
    Peer(const Peer&) = delete;

    void accept() {
        close();
        socket_ = ::accept(listener_, nullptr, nullptr);
        EXPECT_GE(socket_, 0);
    }
    void stop_listening() {
        if (listener_ >= 0) ::close(std::exchange(listener_, -1));
    }
    void send(std::string_view bytes) {
        EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    // Takes what has come; false at the end of the stream, `was_reset` when that was a reset.
    bool receive() {
        std::string block(1 << 16, '\0');
        while (true) {
            const ssize_t got = ::recv(socket_, block.data(), block.size(), MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) return true;
            if (got < 0) was_reset = errno == ECONNRESET;
            if (got <= 0) return false;
            received.append(block, 0, static_cast<std::size_t>(got));
        }
    }
    void end_sending() { ::shutdown(socket_, SHUT_WR); }
    void reset() {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }
    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }

    Endpoint endpoint;
    std::string received;
    bool was_reset = false;

private:
    int listener_;
    int socket_ = -1;
};

// Writes down what happens ("connected readable closed"); reads everything unless told otherwise.
class Recorder final : public Connection::Listener {
public:
    void on_connected() override {
        note("connected", [] {});
    }
    void on_connect_failed(const Error& failure) override {
        error = failure;
        note("failed", [] {});
    }
    void on_readable() override {
        note("readable", [this] { read_all(); });
    }
    void on_closed(const Error& failure) override {
        error = failure;
        note("closed", [] {});
    }
    void read_all() {
        char block[4096];
        while (true) {
            const auto result = connection->read(block, sizeof block);
            if (result.kind == Connection::ReadResult::Kind::bytes) received.append(block, result.size);
            if (result.kind == Connection::ReadResult::Kind::would_block) return connection->want_read();
            if (result.kind == Connection::ReadResult::Kind::closed) return;
        }
    }

    std::string events;
    std::string received;
    Error error{ErrorCode::invalid_argument, {}};
    Connection* connection = nullptr;
    std::function<void(std::string_view event)> instead;  // of what is done by default

private:
    void note(std::string_view event, const std::function<void()>& by_default) {
        if (event != "readable" || !events.ends_with("readable")) {
            if (!events.empty()) events += ' ';
            events += event;
        }
        if (!instead) return by_default();
        const auto what = instead;  // may be replaced while it runs
        what(event);
    }
};

class ConnectionTest : public ::testing::Test {
protected:
    ConnectionTest() { make(); }

    void make(ConnectionOptions options = {}) {
        connection = std::make_unique<Connection>(loop, recorder, options);
        recorder.connection = connection.get();
    }
    // Asks every millisecond, too, because the peer is no part of the loop.
    bool wait(const std::function<bool()>& is_done, std::chrono::milliseconds limit = 5s) {
        Timer again(loop);
        std::function<void()> tick = [&] { again.start(1ms, tick); };
        tick();
        return run_until(loop, is_done, limit);
    }
    bool wait_event(std::string_view event) {
        return wait([&] { return recorder.events.ends_with(event); });
    }
    // Whether nothing more happens.
    bool stays(std::string_view events) {
        return !wait([&] { return recorder.events != events; }, 20ms);
    }
    void connect(Peer& peer) {
        recorder.events.clear();
        connection->open(peer.endpoint, 5s);
        ASSERT_TRUE(wait_event("connected")) << recorder.error.context;
        peer.accept();
    }

    EventLoop loop;
    Recorder recorder;
    std::unique_ptr<Connection> connection;
};

TEST_F(ConnectionTest, bytes_go_both_ways) {
    Peer peer;
    connection->open(peer.endpoint, 5s);
    EXPECT_EQ(connection->state(), Connection::State::connecting);
    EXPECT_EQ(recorder.events, "");
    ASSERT_TRUE(wait_event("connected"));
    EXPECT_EQ(connection->state(), Connection::State::open);
    EXPECT_EQ(connection->peer(), to_string(peer.endpoint));
    peer.accept();
    char byte = 0;
    EXPECT_EQ(connection->read(&byte, 1).kind, Connection::ReadResult::Kind::would_block);
    connection->want_read();
    connection->want_read();
    peer.send("hello");
    EXPECT_TRUE(wait([&] { return recorder.received == "hello"; }));
    connection->output() += "wor";
    connection->output() += "ld";
    EXPECT_EQ(connection->unsent_bytes(), 5U);
    connection->flush();
    EXPECT_EQ(connection->unsent_bytes(), 0U);
    EXPECT_TRUE(wait([&] { return peer.receive() && peer.received == "world"; }));
}

TEST_F(ConnectionTest, readable_comes_once_for_each_asking) {
    Peer peer;
    connect(peer);
    int calls = 0;
    recorder.instead = [&](std::string_view) { ++calls; };
    peer.send("a");
    EXPECT_TRUE(stays("connected"));
    connection->want_read();
    EXPECT_TRUE(wait([&] { return calls == 1; }));
    EXPECT_FALSE(wait([&] { return calls > 1; }, 20ms));
    connection->want_read();  // the byte is still there
    EXPECT_TRUE(wait([&] { return calls == 2; }));
}

TEST_F(ConnectionTest, a_refused_connection_is_said) {
    Peer peer;
    peer.stop_listening();
    connection->open(peer.endpoint, 5s);
    EXPECT_EQ(recorder.events, "");
    ASSERT_TRUE(wait_event("failed"));
    EXPECT_EQ(recorder.error.context, "connect to " + to_string(peer.endpoint) + ": connection refused");
    EXPECT_EQ(recorder.error.code, ErrorCode::network_error);
    EXPECT_EQ(connection->state(), Connection::State::closed);
}

TEST_F(ConnectionTest, a_peer_that_does_not_answer_times_out) {
    Peer peer(0);
    // A backlog of 0 takes one connection; the next ones' SYNs are dropped.
    std::vector<std::unique_ptr<Connection>> fillers;
    Recorder ignored;
    for (int i = 0; i < 3; ++i) {
        fillers.push_back(std::make_unique<Connection>(loop, ignored));
        fillers.back()->open(peer.endpoint, 5s);
    }
    EXPECT_TRUE(wait([&] { return !ignored.events.empty(); }));
    connection->open(peer.endpoint, 50ms);
    ASSERT_TRUE(wait_event("failed"));
    EXPECT_EQ(recorder.error.context, "connect to " + to_string(peer.endpoint) + ": no answer within 50 ms");
    EXPECT_EQ(recorder.error.code, ErrorCode::timeout);
}

TEST_F(ConnectionTest, names_are_resolved_and_every_address_is_tried) {
    Peer peer;  // on 127.0.0.1 only; localhost may be ::1 first
    connection->open({.host = "localhost", .port = peer.endpoint.port}, 5s);
    ASSERT_TRUE(wait_event("connected")) << recorder.error.context;
    EXPECT_EQ(connection->peer(), to_string(peer.endpoint));
    connection->close();
    peer.stop_listening();
    connection->open({.host = "localhost", .port = peer.endpoint.port}, 5s);
    ASSERT_TRUE(wait_event("failed"));
    EXPECT_TRUE(recorder.error.context.starts_with("connect to localhost:")) << recorder.error.context;
    EXPECT_TRUE(recorder.error.context.ends_with("): connection refused")) << recorder.error.context;
}

TEST_F(ConnectionTest, an_unknown_name_is_said) {
    connection->open({.host = "no-such-host.invalid", .port = 1}, 20s);
    ASSERT_TRUE(wait([&] { return !recorder.events.empty(); }, 25s));
    EXPECT_EQ(recorder.events, "failed");
    EXPECT_TRUE(recorder.error.context.starts_with("resolve no-such-host.invalid: ")) << recorder.error.context;
}

TEST_F(ConnectionTest, a_look_up_may_be_given_up) {
    for (int i = 0; i < 20; ++i) {
        connection->open({.host = i % 2 == 0 ? "localhost" : "no-such-host.invalid", .port = 1}, 5s);
        loop.post([] {});
        EXPECT_TRUE(wait([turns = 0]() mutable { return ++turns > 1; }));
        if (recorder.events.empty()) connection->close();
        recorder.events.clear();
        if (i % 5 == 0) make();
    }
    EXPECT_TRUE(stays(""));
    connection->open({.host = "no-such-host.invalid", .port = 1}, 0ms);
    ASSERT_TRUE(wait_event("failed"));
    // Mostly the look-up is given up at once; now and then it is quicker than that.
    EXPECT_TRUE(recorder.error.context.starts_with("resolve no-such-host.invalid: ")) << recorder.error.context;
}

TEST_F(ConnectionTest, the_rest_goes_out_when_the_peer_reads) {
    Peer peer(16, 4'096);
    make({.output_bytes_kept = 1024 * 1024});
    connect(peer);
    std::string all;
    for (int i = 0; all.size() < 32U * 1024 * 1024; ++i) {
        const std::string piece = std::to_string(i) + std::string(1'000, 'x');
        all += piece;
        connection->output() += piece;
        if (i % 100 == 0) connection->flush();
    }
    connection->flush();
    EXPECT_GT(connection->unsent_bytes(), 1024U * 1024);
    EXPECT_TRUE(wait([&] { return peer.receive() && connection->unsent_bytes() == 0; }, 60s));
    EXPECT_LE(connection->output().capacity(), 1024U * 1024);
    EXPECT_TRUE(wait([&] { return peer.receive() && peer.received.size() == all.size(); }));
    EXPECT_TRUE(peer.received == all);
    EXPECT_EQ(recorder.events, "connected");
}

TEST_F(ConnectionTest, the_end_of_the_peers_stream_closes) {
    for (bool only_half : {false, true}) {
        Peer peer;
        connect(peer);
        connection->want_read();
        peer.send("last words");
        only_half ? peer.end_sending() : peer.close();
        ASSERT_TRUE(wait_event("closed"));
        EXPECT_TRUE(recorder.received.ends_with("last words"));
        EXPECT_EQ(recorder.error.context, "connection to " + to_string(peer.endpoint) + ": closed by the peer");
        EXPECT_EQ(recorder.error.code, ErrorCode::closed);
        EXPECT_EQ(connection->state(), Connection::State::closed);
        EXPECT_EQ(connection->peer(), "");
    }
}

TEST_F(ConnectionTest, a_reset_closes) {
    Peer peer;
    connect(peer);
    connection->want_read();
    connection->output() = "unsent";
    peer.reset();
    ASSERT_TRUE(wait_event("closed"));
    EXPECT_EQ(recorder.error.context, "connection to " + to_string(peer.endpoint) + ": connection reset by peer");
    EXPECT_EQ(connection->unsent_bytes(), 0U);
    EXPECT_EQ(connection->read(recorder.received.data(), 1).kind, Connection::ReadResult::Kind::closed);
}

TEST_F(ConnectionTest, last_words_are_heard_before_a_failed_send_closes) {
    for (bool wants_to_hear : {true, false}) {
        Peer peer;
        connect(peer);
        recorder.received.clear();
        peer.send("not authorized");
        peer.close();
        // The first send meets a peer that is gone, which answers with a reset; then sending fails.
        EXPECT_TRUE(wait([&] {
            connection->output() = "x";
            connection->flush();
            return connection->unsent_bytes() == 1;
        }));
        if (wants_to_hear) connection->want_read();
        ASSERT_TRUE(wait_event("closed"));
        EXPECT_EQ(recorder.received, wants_to_hear ? "not authorized" : "");
        EXPECT_EQ(recorder.error.context.find("connection to " + to_string(peer.endpoint) + ": "), 0U);
    }
}

TEST_F(ConnectionTest, it_opens_again_many_times) {
    Peer peer;
    for (int i = 0; i < 50; ++i) {
        connect(peer);
        connection->want_read();
        connection->output() = "n" + std::to_string(i);
        connection->flush();
        if (i % 3 == 0) {
            connection->close();
            EXPECT_TRUE(stays("connected"));
        } else {
            i % 3 == 1 ? peer.close() : peer.reset();
            ASSERT_TRUE(wait_event("closed"));
        }
    }
}

TEST_F(ConnectionTest, close_sends_what_it_can_and_ends_in_order) {
    Peer peer;
    connect(peer);
    peer.send("never read");
    connection->output() = "goodbye";
    connection->close();
    EXPECT_TRUE(wait([&] { return !peer.receive(); }));
    EXPECT_EQ(peer.received, "goodbye");
    EXPECT_FALSE(peer.was_reset);
    EXPECT_TRUE(stays("connected"));
    connection->close();
}

TEST_F(ConnectionTest, the_end_of_the_output_comes_behind_all_of_it_and_reading_goes_on) {
    Peer peer(16, 4'096);
    connect(peer);
    connection->output() = std::string(4'000'000, 'x');
    connection->end_output();
    EXPECT_GT(connection->unsent_bytes(), 0U);
    EXPECT_TRUE(wait([&] { return !peer.receive(); }));
    EXPECT_EQ(peer.received.size(), 4'000'000U);
    EXPECT_FALSE(peer.was_reset);
    connection->want_read();
    peer.send("late");
    EXPECT_TRUE(wait_event("readable"));
    EXPECT_EQ(recorder.received, "late");
    connection->close();
    connect(peer);
    connection->output() = "again";
    connection->flush();
    EXPECT_TRUE(wait([&] { return !peer.receive() || peer.received.ends_with("again"); }));
    EXPECT_TRUE(peer.receive());
}

TEST_F(ConnectionTest, abort_resets) {
    Peer peer;
    connect(peer);
    connection->abort();
    EXPECT_TRUE(wait([&] { return !peer.receive(); }));
    EXPECT_TRUE(peer.was_reset);
}

TEST_F(ConnectionTest, nothing_is_called_after_close) {
    Peer peer;
    connection->open(peer.endpoint, 5s);
    connection->close();
    EXPECT_TRUE(stays(""));
    connect(peer);
    connection->want_read();
    peer.send("x");
    connection->close();
    EXPECT_TRUE(stays("connected"));
    peer.close();
    connect(peer);
    peer.close();
    recorder.read_all();  // has met the end, perhaps; on_closed would follow
    connection->close();
    EXPECT_TRUE(stays("connected"));
}

// At each event the listener closes, opens again or destroys the connection.
TEST_F(ConnectionTest, every_callback_may_do_everything) {
    const std::vector<std::function<void()>> deeds = {
        [&] { connection->close(); },
        [&] { connection->abort(); },
        [&] { connection.reset(); },
        [&] { make(); },
        [&] {
            connection->close();
            connection->open({.host = "127.0.0.1", .port = 1}, 5s);
        },
    };
    for (std::string_view where : {"connected", "readable", "closed", "failed"}) {
        for (std::size_t i = 0; i < deeds.size(); ++i) {
            SCOPED_TRACE(std::string(where) + " " + std::to_string(i));
            Peer peer;
            if (where == "failed") peer.stop_listening();
            make();
            recorder.events.clear();
            bool is_done = false;
            recorder.instead = [&](std::string_view event) {
                if (event == where) {
                    recorder.instead = nullptr;
                    deeds[i]();
                    is_done = true;
                } else if (event == "connected") {
                    peer.accept();
                    peer.send("x");
                    if (where == "closed") peer.close();
                    connection->want_read();
                } else if (event == "readable") {
                    recorder.read_all();
                }
            };
            connection->open(peer.endpoint, 5s);
            EXPECT_TRUE(wait([&] { return is_done; }));
            const bool opened_again = i == 4;
            if (opened_again) {
                EXPECT_TRUE(wait_event("failed"));
            } else {
                EXPECT_TRUE(stays(recorder.events));
            }
        }
    }
}

TEST_F(ConnectionTest, a_loop_may_end_with_operations_under_way) {
    Peer peer;
    auto other = std::make_unique<EventLoop>();
    auto waiting = std::make_unique<Connection>(*other, recorder);
    waiting->open({.host = "no-such-host.invalid", .port = 1}, 5s);
    other->post([] {});
    EXPECT_FALSE(run_until(
        *other, [] { return false; }, 1ms));
    waiting.reset();
    other.reset();
    connect(peer);
    connection->want_read();
}

}  // namespace
}  // namespace outflow::net
