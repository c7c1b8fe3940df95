// What is behind an AcceptedSocket. Inside net only: shows Asio.
#pragma once

#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "net/acceptor.h"

namespace outflow::net {

struct AcceptedSocket::Handle {
    explicit Handle(boost::asio::ip::tcp::socket connected) : socket(std::move(connected)) {}
    boost::asio::ip::tcp::socket socket;  // connected and non-blocking
};

}  // namespace outflow::net
