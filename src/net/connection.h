// A connection to a peer, for state machines that take bytes: non-blocking, on an event loop, over TCP or TLS.
//
//            open()                on_connected
//   closed ---------> connecting ---------------> open ---- on_closed, close(), abort() ----> closed
//      ^  \               |  on_connect_failed      ^
//      '---\--------------'                         |
//           '------------- adopt() -----------------'
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/acceptor.h"
#include "net/endpoint.h"
#include "net/event_loop.h"
#include "net/tls_context.h"

namespace outflow::net {

struct ConnectionOptions {
    // How long sent bytes may stay unacknowledged by the peer's machine (TCP_USER_TIMEOUT), and how long a silent
    // connection takes to be found dead (keep-alive). 0: the system's defaults.
    std::chrono::milliseconds user_timeout{20'000};
    // Memory of the output beyond this is given back when all has left.
    std::size_t output_bytes_kept = 8 * 1024 * 1024;
    // Null: plain TCP. Asked anew for each connection.
    std::shared_ptr<TlsSource> tls = nullptr;
};

class Connection {
public:
    // Calls come from the loop only, never from within a call of the connection, and are the last thing that the
    // connection does: each of them may call everything here, close and open again, and destroy the connection.
    // Nothing is called after close(), abort() or the destructor.
    class Listener {
    public:
        virtual void on_connected() = 0;
        virtual void on_connect_failed(const Error& error) = 0;
        // Answers one want_read(). There may be nothing to read after all.
        virtual void on_readable() = 0;
        // The connection is closed: by the peer (also when it only ended its sending direction), by an error or by the
        // user timeout. Unsent output is dropped.
        virtual void on_closed(const Error& error) = 0;

    protected:
        ~Listener() = default;
    };

    enum class State : std::uint8_t { closed, connecting, open };

    struct ReadResult {
        enum class Kind : std::uint8_t {
            bytes,        // `size` bytes, at least 1, were read; there may be more
            would_block,  // nothing now: want_read()
            closed,       // nothing ever again: on_closed follows from the loop
        };
        Kind kind;
        std::size_t size = 0;
    };

    Connection(EventLoop& loop, Listener& listener, ConnectionOptions options = {});
    ~Connection();  // like close()
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Only when closed. Resolves the host (numeric addresses at once, names in a thread of their own), tries its
    // addresses in turn, and shakes hands where there is TLS, all within `timeout`; then on_connected or on_connect_failed. Drops
    // old output. Errors: timeout, network_error; e.g. "connect to 127.0.0.1:9876: connection refused".
    void open(const Endpoint& endpoint, std::chrono::milliseconds timeout);

    // Only when closed: from now on it is this accepted connection, and open. Nothing is called for it. With TLS the
    // handshake goes on in read(); one that fails is told as a connection that closes.
    void adopt(AcceptedSocket socket);

    // Reads what is there, at most `size` (> 0) bytes: one recv(), into the caller's memory. Not open: `closed`.
    ReadResult read(char* into, std::size_t size);
    // Asks for one on_readable when there is something to read, or the end. Asking twice is asking once; what closes
    // the connection is noticed only while this, or output, waits.
    void want_read();

    // Bytes to send: append only. Nothing leaves before flush(). Stays when the connection is not open yet; cleared by
    // open() and when the connection closes.
    std::string& output();
    // Sends what it can at once (one send()), the rest by itself when the peer takes it. Not open: does nothing.
    void flush();
    // Nothing is appended any more: when the output has left, the peer sees the end of the stream. Reading goes on.
    void end_output();
    std::size_t unsent_bytes() const;

    // Ends it in order: one more try to send the output, then the end of the stream. Does not wait for the peer.
    void close();
    // Ends it by a reset: the peer loses what it has not read. Drops the output.
    void abort();

    State state() const;
    // The peer's address as connected, "127.0.0.1:1883"; empty when not open. Valid until the connection closes.
    std::string_view peer() const;

private:
    struct Core;
    std::shared_ptr<Core> core_;  // shared with the operations under way, which may end after the connection
};

}  // namespace outflow::net
