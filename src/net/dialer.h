// Gets from an endpoint to a connected socket: resolves, then tries the addresses in turn, all within one deadline.
// Inside net only: shows Asio.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"
#include "net/endpoint.h"
#include "net/event_loop.h"
#include "net/lookup.h"
#include "net/timer.h"

namespace outflow::net {

struct Dialed {
    boost::asio::ip::tcp::socket socket;  // connected and non-blocking
    std::string peer;                     // "127.0.0.1:1883"
};

// Held by shared_ptr: its own operations under way share it.
class Dialer : public std::enable_shared_from_this<Dialer> {
public:
    using OnDone = std::function<void(Result<Dialed>)>;

    explicit Dialer(EventLoop& loop);

    // Calls `on_done` once, from the loop, never within this call. One at a time: cancel() an earlier one first.
    void start(const Endpoint& endpoint, std::chrono::milliseconds timeout, OnDone on_done);
    // `on_done` is not called any more. A name lookup goes on, and the next start() for the same name uses it.
    void cancel();
    // Like cancel(), for good: afterwards the loop may end.
    void detach();

private:
    using tcp = boost::asio::ip::tcp;

    void resolve();
    void resolved(Result<Addresses> addresses);
    void try_next();
    void give_up_attempt();
    void connected(const boost::system::error_code& error);
    void finish(Result<Dialed> result);
    void attempt_failed(ErrorCode code, const std::string& reason);
    EventLoop::Clock::duration time_left() const { return deadline_ - EventLoop::Clock::now(); }

    EventLoop& loop_;
    tcp::socket socket_;
    Timer timer_;
    std::shared_ptr<Lookup> lookup_;

    OnDone on_done_;
    Endpoint endpoint_;
    std::chrono::milliseconds timeout_{};
    EventLoop::Clock::time_point deadline_{};
    std::vector<tcp::endpoint> addresses_;
    std::size_t next_ = 0;       // the address to try next
    std::uint64_t attempt_ = 0;  // the end of an operation of an earlier attempt means nothing
    Error last_error_{ErrorCode::network_error, {}};
};

std::string to_string(const boost::asio::ip::tcp::endpoint& address);

}  // namespace outflow::net
