#include "socket.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace outflow::bench {
namespace {

constexpr std::size_t receive_bytes_max = 32 * 1024 * 1024;

sockaddr_in socket_address(const Endpoint& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(endpoint.ipv4);
    address.sin_port = htons(endpoint.port);
    return address;
}

void make_prompt(int descriptor) {
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

tl::unexpected<Error> failed_at(std::string_view what, std::uint16_t port) {
    return failed(ErrorCode::network_error, fmt::format("{} 127.0.0.1:{}: {}.", what, port, std::strerror(errno)));
}

}  // namespace

Result<Endpoint> parse_loopback(std::string_view text) {
    std::size_t colon = text.rfind(':');
    std::string host(text.substr(0, colon));
    if (host == "localhost") host = "127.0.0.1";
    Endpoint endpoint;
    std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    bool has_port = error == std::errc() && end == port.data() + port.size() && endpoint.port > 0;
    in_addr address{};
    bool is_address = inet_pton(AF_INET, host.c_str(), &address) == 1;
    endpoint.ipv4 = ntohl(address.s_addr);
    if (!has_port || !is_address || endpoint.ipv4 >> 24 != 127) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("'{}' is no loopback address (127.0.0.1:PORT); these tools reach no other.", text));
    }
    return endpoint;
}

Socket& Socket::operator=(Socket&& other) noexcept {
    if (this != &other) {
        close();
        std::swap(descriptor_, other.descriptor_);
    }
    return *this;
}

void Socket::close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

Result<Socket> connect_loopback(const Endpoint& endpoint) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = socket_address(endpoint);
    // On loopback a connection is refused or accepted at once, so that this blocks for nobody.
    if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return failed_at("Cannot connect to", endpoint.port);
    }
    make_prompt(socket.descriptor());
    return socket;
}

Result<Socket> listen_loopback(std::uint16_t port, std::uint16_t& bound) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    int on = 1;
    setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = socket_address({INADDR_LOOPBACK, port});
    socklen_t size = sizeof address;
    if (::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(socket.descriptor(), 64) != 0 ||
        ::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return failed_at("Cannot listen at", port);
    }
    bound = ntohs(address.sin_port);
    return socket;
}

Socket accept_connection(const Socket& listener) {
    Socket socket(::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.is_open()) make_prompt(socket.descriptor());
    return socket;
}

void wait_for(std::span<pollfd> polled, Microseconds limit) {
    limit = std::max<Microseconds>(limit, 0);
    timespec time{limit / 1'000'000, limit % 1'000'000 * 1'000};
    sigset_t none;
    sigemptyset(&none);
    if (ppoll(polled.data(), polled.size(), &time, &none) >= 0) return;
    for (pollfd& one : polled) one.revents = 0;
}

bool SendBuffer::flush(const Socket& socket) {
    while (sent_ < bytes.size()) {
        ssize_t count = ::send(socket.descriptor(), bytes.data() + sent_, bytes.size() - sent_, MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        sent_ += static_cast<std::size_t>(count);
    }
    bytes.clear();
    sent_ = 0;
    return true;
}

Received ReceiveBuffer::fill(const Socket& socket) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == bytes_.size() && begin_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == bytes_.size()) {
        if (bytes_.size() >= receive_bytes_max) return Received::closed;
        bytes_.resize(bytes_.size() * 2);
    }
    ssize_t count = ::recv(socket.descriptor(), bytes_.data() + end_, bytes_.size() - end_, 0);
    if (count > 0) end_ += static_cast<std::size_t>(count);
    if (count > 0) return Received::data;
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? Received::nothing : Received::closed;
}

}  // namespace outflow::bench
