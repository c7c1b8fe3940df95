// A TCP socket on an event loop: what a Connection is made of. Never blocks. tests/sim implements this header otherwise.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/acceptor.h"
#include "net/endpoint.h"
#include "net/event_loop.h"

namespace outflow::net {

class Socket {
public:
    // Called from the loop only, never from within a call of the socket, nor after close(). Each may close and destroy it.
    class Owner {
    public:
        virtual void on_socket_connected(Status connected) = 0;
        // One for each wait.
        virtual void on_socket_readable() = 0;
        virtual void on_socket_writable() = 0;

    protected:
        ~Owner() = default;
    };

    Socket(EventLoop& loop, Owner& owner);
    ~Socket();  // like close(false)
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    // Only when closed: see Connection::open.
    void connect(const Endpoint& endpoint, std::chrono::milliseconds timeout);
    // Only when closed: from now on it is this one. Nothing is called for it.
    void adopt(AcceptedSocket accepted);
    // See ConnectionOptions. Only when connected.
    void set_user_timeout(std::chrono::milliseconds timeout);

    // Bytes read, 0 at the end of the stream, -errno; -EAGAIN: nothing now.
    std::int64_t receive(char* into, std::size_t size);
    // Bytes taken, -errno; -EAGAIN: none now.
    std::int64_t transmit(std::string_view bytes);
    // What the socket cannot know where it carries encrypted bytes; only the simulation wants to. These bytes, plain, will be
    // sent, however often it takes; so many of those received were decrypted, and from the first call on, these count.
    void announce(std::string_view bytes);
    void note_decrypted(std::size_t bytes);
    // Of each only one at a time.
    void wait_readable();
    void wait_writable();
    // The peer sees the end of the stream; reading goes on.
    void end_output();
    // In order, or by a reset, after which the peer loses what it has not read. What was not read is thrown away.
    void close(bool with_reset);

    // Of the other side, "127.0.0.1:1883"; empty when not connected.
    const std::string& peer() const;

private:
    struct Core;
    std::shared_ptr<Core> core_;  // shared with the waits under way, which may end after the socket
};

}  // namespace outflow::net
