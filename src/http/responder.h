// How a handler answers: at once or later, whole or in pieces. All of it belongs to the thread of the server's loop.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "http/message.h"

namespace outflow::http {

// The connection, as those see it who answer a request of it. Inside http only.
class Answering {
public:
    virtual void answer(Response response) = 0;
    // False: the response has ended already, or another one was sent in its place.
    virtual bool begin_stream(Response head) = 0;
    virtual bool write(std::string_view bytes) = 0;
    virtual std::size_t room() const = 0;
    virtual void end_stream(bool is_complete) = 0;
    // Who was to answer has gone without an answer.
    virtual void give_up() = 0;

protected:
    ~Answering() = default;
};

// One request's answer that is pending; shared by the connection and by who answers. Inside http only.
struct Exchange {
    Answering* connection = nullptr;  // null: the client has gone, or the answer is complete
    std::function<void()> on_gone;
    std::function<void()> on_room;
    bool wants_room = false;
};

// A response whose body comes in pieces. Destroyed before end(), it closes the connection, so that the client does not take
// a part for the whole. May outlive the server.
class ResponseStream {
public:
    ResponseStream() = default;  // ended
    explicit ResponseStream(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
    ResponseStream(ResponseStream&&) noexcept = default;
    ResponseStream& operator=(ResponseStream&& other) noexcept;
    ~ResponseStream() { abandon(); }

    // Sends `bytes` soon; copies them. False: nothing was taken, since the client has gone, or since there is no room: what
    // waits for the client stays below ServerLimits::stream_bytes_max. Then on_room tells when to try again; pieces beyond
    // that limit are never taken.
    bool write(std::string_view bytes);
    // Bytes that the next write may have; 0 when the client has gone.
    std::size_t room() const;
    // Called from the loop each time that half of the room is free again after a write that was refused, or room() of 0. May
    // end or destroy the stream; must not destroy the server.
    void on_room(std::function<void()> function);
    // Called from the loop, once, when the client has gone, was closed for not reading, or has sent the end of its stream. Not
    // after end(), and not when the server ends. May destroy the stream and the server.
    void on_gone(std::function<void()> function);
    // The body is complete.
    void end();
    bool is_open() const { return exchange_ != nullptr && exchange_->connection != nullptr; }

private:
    void abandon();

    std::shared_ptr<Exchange> exchange_;
};

// Destroyed without an answer, it answers 500. May outlive the server.
class Responder {
public:
    explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&& other) noexcept;
    ~Responder() { give_up(); }

    // Answers, from within the handler or later. One answer a request: what is said afterwards is dropped.
    void respond(Response response);
    // Begins a response in pieces with the status and fields of `head`. The stream has ended already when the client has gone,
    // when only the header was asked for (HEAD), or when the server has ServerLimits::streams_max streams (the answer is 503).
    ResponseStream stream(Response head);
    // Called from the loop, once, when the client has gone before the answer was complete; also when it has sent the end of
    // its stream. Not when the server ends. May destroy the responder and the server. A stream of it begins without such a
    // function.
    void on_gone(std::function<void()> function);
    // Whether an answer is still wanted.
    bool is_open() const { return exchange_ != nullptr && exchange_->connection != nullptr; }

private:
    void give_up();

    std::shared_ptr<Exchange> exchange_;
};

}  // namespace outflow::http
