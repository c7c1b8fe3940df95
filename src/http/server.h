// An HTTP/1.1 server on an event loop, with TLS or without: routes by method and path, answers at once, later or in pieces.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "http/responder.h"
#include "net/endpoint.h"
#include "net/event_loop.h"

namespace outflow::net {
class TlsSource;
}

namespace outflow::http {

// Clients can make the server hold, besides what TLS needs (about 64 KiB a connection), at most
//
//   connections_max x (2 x header_bytes_max + 48 KiB) + 2 x bodies_bytes_max + streams_max x 2 x stream_bytes_max
//     + 2 x answers_bytes_max and one answer more
//
// and what handlers keep. Of whom no route has admitted: connections_max x 2 x small_body_bytes_max of bodies.
struct ServerLimits {
    std::size_t header_bytes_max = 8 * 1024;  // request line and fields
    std::size_t body_bytes_max = 0;           // 0: requests with a body are refused
    // Of all bodies that are coming, together; one that goes beyond is answered 503. Not below body_bytes_max, of a route
    // either.
    std::size_t bodies_bytes_max = 64 * 1024 * 1024;
    // What a client may send that Admission was not asked about, or has refused. Above it the answer is that refusal.
    std::size_t small_body_bytes_max = 16 * 1024;
    // Of all answers that their clients have not read yet, streams apart. Above it clients that have not read for a second are
    // closed; while that is not enough, a new request is answered 503 and not handled.
    std::size_t answers_bytes_max = 64 * 1024 * 1024;
    // At the limit the connection that has waited longest for its client is closed for a new one: after 50 ms at the
    // earliest when it is idle or within a request, after 1 s when an answer is not read. What has come of a body, or has
    // been read of an answer, counts as time at bytes_per_second_min. While none may be closed, one more is there, and new
    // ones wait in the system's queue.
    std::size_t connections_max = 64;
    std::size_t streams_max = 32;               // further ones are answered 503, so that a monitor gets in
    std::size_t stream_bytes_max = 256 * 1024;  // of a stream, that its client has not taken yet
    std::chrono::milliseconds timeout{10'000};  // for the first byte, for a header from its first byte, and see below
    std::chrono::milliseconds idle_timeout{60'000};  // from an answer to the next request
    // A body may be behind this rate by `timeout`; what has come faster before does not count. An answer, and what waits of a
    // stream, may take `timeout` and the time of all of it.
    std::size_t bytes_per_second_min = 16 * 1024;  // not 0
};

// Since the start; the first three are what there is now.
struct ServerCounts {
    std::size_t connections = 0;
    std::size_t streams = 0;
    std::size_t body_bytes = 0;  // of requests that are not whole
    std::uint64_t accepted = 0;
    std::uint64_t requests = 0;       // whole ones
    std::uint64_t refused = 0;        // for what they are, or since they had a body that nobody reads
    std::uint64_t evicted = 0;        // connections closed for a new one
    std::uint64_t slow_requests = 0;  // connections closed since a header or body came too slowly
    std::uint64_t slow_readers = 0;   // connections closed since an answer or a stream was not read
    std::uint64_t busy = 0;           // answered 503 for what others have not read, or send
    std::uint64_t tls_failed = 0;     // connections that TLS has ended: a handshake that failed, or a faulty record
};

// Answers what has no route with 404, a wrong method with 405, OPTIONS with the methods of the path, what is no request with
// 400, 413 (body), 417 (expectation), 431 (header) or 505 and an end of the connection. Requests of a connection are
// answered in order: the next one is read when the answer has left. A client that ends its own direction gets an answer that
// was given at once; for one that is still to come, or a stream, it counts as gone, and so does a client that sends 16 KiB
// behind such a request. Belongs to the loop's thread.
class Server {
public:
    // Called from the loop once the whole request has come; quick, and does not destroy the server.
    using Handler = std::function<Response(const Request&)>;
    // Called as a Handler: quick, and does not destroy the server. Keeps the responder until it answers, however long that
    // takes: no limit of time but the client's patience.
    using LaterHandler = std::function<void(Request, Responder)>;

    // Whether the route takes a body from who asks: called when the header has come and says of a body that it is larger than
    // ServerLimits::small_body_bytes_max, or does not say how large it is. What it returns is answered instead of a handler;
    // a refused body without a length may still be a small one. Quick.
    using Admission = std::function<std::optional<Response>(const Request&)>;

    // Quick, and called as a Handler.
    using Refusals = std::function<Response(unsigned status, std::string_view sentence)>;

    // With `tls` every connection shakes hands first.
    explicit Server(net::EventLoop& loop, ServerLimits limits = {}, std::shared_ptr<net::TlsSource> tls = nullptr);
    ~Server();  // closes everything
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Before or after listen(). `path` as for Router::add, in http/router.h; GET answers HEAD, too. `body_bytes_max`: of this
    // route's requests instead of the server's limit. Without `admission` everybody is admitted.
    void route(std::string method, std::string_view path, Handler handler,
               std::optional<std::size_t> body_bytes_max = std::nullopt);
    void route(std::string method, std::string_view path, LaterHandler handler,
               std::optional<std::size_t> body_bytes_max = std::nullopt, Admission admission = nullptr);
    // Before listen(). Answers what has no route: any path and method but `OPTIONS *`, with bodies up to the server's limit.
    void fallback(Handler handler);
    // Before listen(). Makes what the server itself answers with a status of 400 or more; without it the sentence is plain
    // text.
    void refusals(Refusals refusals);

    // Port 0: any free one. A host name is resolved here and now. Errors: network_error, e.g. "listen on
    // 127.0.0.1:9090: address already in use".
    Status listen(const net::Endpoint& endpoint);
    std::uint16_t port() const;  // the port bound, 0 before listen()
    const ServerCounts& counts() const;

private:
    struct Core;
    std::unique_ptr<Core> core_;
};

}  // namespace outflow::http
