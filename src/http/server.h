// A small HTTP/1.1 server: requests for exact paths, and one handler for all others, answered at once from memory.
// Beast is behind it, in client_connection.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/endpoint.h"
#include "net/event_loop.h"

namespace outflow::http {

// Views: valid within the call of the handler.
struct Request {
    std::string_view method;        // "GET", also for HEAD
    std::string_view path;          // before the question mark, as sent
    std::string_view query;         // behind it, as sent; may be empty
    std::string_view host;          // the field Host; one at least in HTTP/1.1
    std::string_view content_type;  // empty when there is none
    std::string_view body;
};

struct Response {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};

struct ServerLimits {
    std::size_t header_bytes_max = 8 * 1024;    // request line and fields
    std::size_t body_bytes_max = 0;             // 0: requests with a body are refused, and all but GET and HEAD
    std::size_t connections_max = 64;           // further ones wait to be accepted
    std::chrono::milliseconds timeout{10'000};  // for a request to come, idle time included; for an answer to leave
};

// Answers 404 for other paths, 405 for other methods, 400 for what is no request, 413 for one with too large a body,
// 431 for one with too large a header; closes a connection that is too slow. Belongs to the loop's thread.
class Server {
public:
    using Handler = std::function<Response(const Request&)>;

    explicit Server(net::EventLoop& loop, ServerLimits limits = {});
    ~Server();  // closes everything
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Before or after listen(). Answers GET and HEAD of `path`. `handler` runs on the loop, must be quick and must not
    // destroy the server.
    void route(std::string path, Handler handler);
    // Answers everything that has no route: any path, and with `body_bytes_max` also POST, PUT, PATCH and DELETE.
    void fallback(Handler handler);

    // Port 0: any free one. A host name is resolved here and now. Errors: network_error, e.g. "listen on
    // 127.0.0.1:9090: address already in use".
    Status listen(const net::Endpoint& endpoint);
    std::uint16_t port() const;  // the port bound, 0 before listen()

private:
    struct Core;
    std::unique_ptr<Core> core_;
};

}  // namespace outflow::http
