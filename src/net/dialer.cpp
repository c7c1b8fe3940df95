#include "net/dialer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include "base/assert.h"
#include "net/loop_access.h"
#include "net/reason.h"

namespace outflow::net {

std::string to_string(const boost::asio::ip::tcp::endpoint& address) {
    return to_string(Endpoint{.host = address.address().to_string(), .port = address.port()});
}

Dialer::Dialer(EventLoop& loop) : loop_(loop), socket_(LoopAccess::context(loop)), timer_(loop) {}

void Dialer::start(const Endpoint& endpoint, std::chrono::milliseconds timeout, OnDone on_done) {
    OUTFLOW_ASSERT(!on_done_);
    on_done_ = std::move(on_done);
    endpoint_ = endpoint;
    timeout_ = timeout;
    deadline_ = EventLoop::Clock::now() + timeout;
    addresses_.clear();
    next_ = 0;
    last_error_ = {ErrorCode::network_error, {}};
    const std::uint64_t number = ++attempt_;
    loop_.post([self = shared_from_this(), number] {
        if (number == self->attempt_) self->resolve();
    });
}

void Dialer::cancel() {
    ++attempt_;
    on_done_ = nullptr;
    timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (lookup_) lookup_->tell(nullptr);
}

void Dialer::detach() {
    cancel();
    if (lookup_) lookup_->detach();
    lookup_ = nullptr;
}

void Dialer::resolve() {
    boost::system::error_code not_numeric;
    const auto address = boost::asio::ip::make_address(endpoint_.host, not_numeric);
    if (!not_numeric) {
        addresses_.emplace_back(address, endpoint_.port);
        return try_next();
    }
    if (!lookup_ || !lookup_->is_under_way_for(endpoint_.host, endpoint_.port)) {
        if (lookup_) lookup_->detach();
        lookup_ = Lookup::start(loop_, endpoint_.host, endpoint_.port);
    }
    if (!lookup_) {
        return finish(failed(ErrorCode::network_error,
                             fmt::format("resolve {}: the system starts no more threads", endpoint_.host)));
    }
    timer_.start(time_left(), [this] {
        finish(failed(ErrorCode::timeout,
                      fmt::format("resolve {}: no answer within {}", endpoint_.host, in_words(timeout_))));
    });
    lookup_->tell([self = shared_from_this()](Result<Addresses> found) { self->resolved(std::move(found)); });
}

void Dialer::resolved(Result<Addresses> addresses) {
    if (!addresses) return finish(failed(addresses.error()));
    for (const SocketAddress& address : *addresses) {
        tcp::endpoint& target = addresses_.emplace_back();
        std::memcpy(target.data(), &address.storage, address.size);
        target.resize(address.size);
    }
    try_next();
}

void Dialer::try_next() {
    timer_.cancel();
    boost::system::error_code error;
    socket_.close(error);
    if (next_ == addresses_.size()) return finish(failed(std::move(last_error_)));
    const tcp::endpoint& target = addresses_[next_++];
    socket_.open(target.protocol(), error);
    if (!error) socket_.native_non_blocking(true, error);
    if (error) {
        attempt_failed(ErrorCode::network_error, system_reason(error.value()));
        return try_next();
    }
    // An address that swallows packets must not use up the time of those behind it.
    const auto tries_left = static_cast<std::int64_t>(addresses_.size() - next_ + 1);
    timer_.start(time_left() / tries_left, [this] { give_up_attempt(); });
    const std::uint64_t number = ++attempt_;
    socket_.async_connect(target, [self = shared_from_this(), number](const boost::system::error_code& failure) {
        if (number == self->attempt_) self->connected(failure);
    });
}

void Dialer::give_up_attempt() {
    const auto self = shared_from_this();
    ++attempt_;
    attempt_failed(ErrorCode::timeout, fmt::format("no answer within {}", in_words(timeout_)));
    try_next();
}

void Dialer::connected(const boost::system::error_code& error) {
    boost::system::error_code ignored;
    boost::system::error_code failure = error;
    const tcp::endpoint& target = addresses_[next_ - 1];
    // Connecting to a free local port in the range of outgoing ports can meet itself (TCP simultaneous open).
    if (!failure && socket_.local_endpoint(ignored) == target) failure = boost::asio::error::connection_refused;
    if (failure) {
        attempt_failed(ErrorCode::network_error, system_reason(failure.value()));
        return try_next();
    }
    std::string peer = to_string(target);
    finish(Dialed{std::move(socket_), std::move(peer)});
}

void Dialer::attempt_failed(ErrorCode code, const std::string& reason) {
    const tcp::endpoint& target = addresses_[next_ - 1];
    const std::string address = target.address().to_string();
    const std::string which = address == endpoint_.host ? "" : fmt::format(" ({})", address);
    last_error_ = {code, fmt::format("connect to {}{}: {}", to_string(endpoint_), which, reason)};
}

void Dialer::finish(Result<Dialed> result) {
    const OnDone on_done = std::exchange(on_done_, nullptr);
    cancel();
    on_done(std::move(result));
}

}  // namespace outflow::net
