// Plain TCP sockets on the loopback interface, and the buffers on both sides of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <poll.h>

#include "base/result.h"
#include "machine.h"

namespace outflow::bench {

struct Endpoint {
    std::uint32_t ipv4 = 0;  // host order
    std::uint16_t port = 0;
};

// "127.x.y.z:PORT" or "localhost:PORT". Any other address is refused: these tools are for one machine.
Result<Endpoint> parse_loopback(std::string_view text);

// Owns its descriptor. Non-blocking, TCP_NODELAY.
class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(Socket&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
    Socket& operator=(Socket&& other) noexcept;
    ~Socket() { close(); }

    int descriptor() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }
    void close();

private:
    int descriptor_ = -1;
};

Result<Socket> connect_loopback(const Endpoint& endpoint);
// Port 0: any free one. `bound` gets the port.
Result<Socket> listen_loopback(std::uint16_t port, std::uint16_t& bound);
// The next waiting connection; a closed socket when there is none.
Socket accept_connection(const Socket& listener);

// Waits until one of `polled` is ready, for at most `limit`, or until a signal to stop.
void wait_for(std::span<pollfd> polled, Microseconds limit);

// Bytes to be sent. Append to `bytes`, then flush.
class SendBuffer {
public:
    std::string bytes;

    // Sends what the socket takes. False: the connection is gone.
    bool flush(const Socket& socket);
    std::size_t pending() const { return bytes.size() - sent_; }

private:
    std::size_t sent_ = 0;
};

enum class Received : std::uint8_t { data, nothing, closed };

// Received bytes that are not yet consumed.
class ReceiveBuffer {
public:
    // One read. The buffer doubles when it is full, up to 32 MiB (then: closed).
    Received fill(const Socket& socket);
    std::string_view view() const { return std::string_view(bytes_).substr(begin_, end_ - begin_); }
    void consume(std::size_t count) { begin_ += count; }

private:
    std::string bytes_ = std::string(64 * 1024, '\0');
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace outflow::bench
