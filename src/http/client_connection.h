// One connection of the HTTP server. Inside http only.
//
//   idle -> header -> body -> pending -----------> leaving -> idle, or draining -> ended
//    ^                           \-> streaming --------^
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/request_reader.h"
#include "http/responder.h"
#include "http/response_text.h"
#include "http/server.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "net/timer.h"

namespace outflow::http {

// Who answers a request, known once its header has come.
struct Plan {
    std::optional<Response> answer;  // instead of a handler
    std::uint64_t body_bytes_max = 0;
    const Server::LaterHandler* handler = nullptr;
};

class ClientConnection final : private net::Connection::Listener, private Answering {
public:
    class Owner {
    public:
        virtual Plan plan(RequestHead& head) = 0;
        // Else a request is to be answered 503. May close other connections.
        virtual bool has_room_for_answers() = 0;
        // What the connection itself answers.
        virtual Response refusal(unsigned status, std::string_view sentence) const = 0;
        // look_at_output() is wanted at the end of each turn until it returns false.
        virtual void sends(std::uint64_t number) = 0;
        // Once, from the loop: destroys the connection within.
        virtual void ended(std::uint64_t number) = 0;

    protected:
        ~Owner() = default;
    };

    // All references outlive the connection.
    struct Surroundings {
        net::EventLoop& loop;
        const ServerLimits& limits;
        ServerCounts& counts;
        Owner& owner;
        std::shared_ptr<net::TlsSource> tls;
    };

    ClientConnection(const Surroundings& surroundings, std::uint64_t number, net::AcceptedSocket socket);
    ~ClientConnection();  // closes; who answers is told nothing

    void start();
    // Goes on with what waited for output to leave. Returns whether output still waits.
    bool look_at_output();
    // All of an answer has left: the next turn goes on.
    bool has_left() const { return state_ == State::leaving && connection_.unsent_bytes() == 0; }

    // For its client: to send a request, or to read an answer, for a second at least.
    struct Wait {
        net::EventLoop::Clock::time_point since;
        // Who goes first: `since`, and later by the time that the bytes may take which have come, or have been read.
        net::EventLoop::Clock::time_point age;
    };
    std::optional<Wait> wait() const;  // nothing: it does not wait for its client
    // Of an answer that is complete; 0 while it is not.
    std::size_t unread_bytes() const { return state_ == State::leaving ? connection_.unsent_bytes() : 0; }
    // Before it is destroyed for a new one.
    void make_room();

private:
    enum class State { idle, header, body, pending, streaming, leaving, draining, ended };

    void on_connected() override {}
    void on_connect_failed(const Error&) override {}
    void on_readable() override;
    void on_closed(const Error& error) override;

    void answer(Response response) override;
    bool begin_stream(Response head) override;
    bool write(std::string_view bytes) override;
    std::size_t room() const override;
    void end_stream(bool is_complete) override;
    void give_up() override;

    void await_request(std::chrono::milliseconds limit);
    void parse();
    void begin_body();
    void call_handler();
    bool watch_body();
    void count_body(std::size_t bytes);
    Response refusal(unsigned status, std::string_view text) const;
    Response busy(std::string_view text);
    void refuse(Response response);
    void send(const Response& response);
    void leave();
    void sent();
    void watch_reader(std::size_t bytes);
    void give_room();
    void settle_exchange();
    void expired();
    void end();
    std::chrono::microseconds time_of(std::uint64_t bytes) const;

    const Surroundings surroundings_;
    const ServerLimits& limits_;
    const std::uint64_t number_;
    net::Connection connection_;
    net::Timer timer_;
    State state_ = State::idle;
    net::EventLoop::Clock::time_point since_{};  // of this wait
    std::string input_;
    RequestReader reader_;
    Plan plan_;
    std::shared_ptr<Exchange> exchange_;
    ResponseFraming framing_;
    net::EventLoop::Clock::time_point body_by_{};  // more of the body is to have come
    std::size_t answer_bytes_ = 0;                 // that waited when the answer was complete
    std::size_t body_bytes_ = 0;                   // that ServerCounts::body_bytes has of this connection
    std::size_t newer_bytes_ = 0;                  // written since the reader's deadline was set
    std::size_t drained_bytes_ = 0;                // while draining
};

}  // namespace outflow::http
