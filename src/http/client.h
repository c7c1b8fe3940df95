// A small HTTP/1.1 client that blocks: for the command line. A connection a call.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "net/endpoint.h"
#include "net/event_loop.h"

namespace outflow::net {
class TlsSource;
}

namespace outflow::http {

struct ClientOptions {
    net::Endpoint endpoint;
    std::shared_ptr<net::TlsSource> tls = nullptr;  // null: plain TCP
    // For the connection with its TLS, for the header of the response from then on, and for each further piece of its body.
    std::chrono::milliseconds timeout{30'000};
    // Of a whole call or stream; 0: no limit.
    std::chrono::milliseconds time_max{0};
    std::size_t body_bytes_max = 64 * 1024 * 1024;  // of a body that is kept; a stream may be longer
};

// Of one thread, with an event loop of its own that runs only within its calls. Redirections are not followed.
// Errors of all: a sentence that names the server. network_error and tls_failed: it cannot be reached; timeout; closed: it
// has closed the connection before the response was whole; invalid_argument: what it sent is no HTTP response, or is too large.
class BlockingClient {
public:
    explicit BlockingClient(ClientOptions options) : options_(std::move(options)) {}

    // `target`: path and query, encoded. Host, Content-Length and Connection are added to `fields`. Any status is a success.
    Result<Response> call(std::string_view method, std::string_view target, const Fields& fields = {},
                          std::string_view body = {});

    // False: no more is wanted, which ends the stream without an error.
    using Take = std::function<bool(std::string_view piece)>;

    // A GET whose body is given to `take` as it comes, when its status is 200; else the response has its body, as in call().
    // Returns when the body is whole, when `take` wants no more, or after time_max, which is no error here.
    Result<Response> stream(std::string_view target, const Fields& fields, const Take& take);

    const ClientOptions& options() const { return options_; }

private:
    ClientOptions options_;
    net::EventLoop loop_;
};

}  // namespace outflow::http
