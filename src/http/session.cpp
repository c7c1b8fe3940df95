#include "http/session.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <fmt/format.h>

namespace outflow::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::chrono::milliseconds drain_time{2'000};  // for the peer to read an answer that ends the connection
constexpr std::size_t drain_bytes_max = 256 * 1024;

// RFC 9110, 5.6.7: "Tue, 24 Nov 2026 22:39:04 GMT".
std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

Response plain(unsigned status, std::string_view sentence) {
    return Response{.status = status, .body = fmt::format("{}\n", sentence)};
}

// The origin-form of a request target (RFC 9112, 3.2); empty when it has none.
std::string_view origin_form(std::string_view target) {
    if (target.starts_with('/')) return target;
    const std::size_t mark = target.find("://");
    if (mark == std::string_view::npos) return {};
    const std::size_t slash = target.find('/', mark + 3);
    return slash == std::string_view::npos ? "/" : target.substr(slash);
}

class BeastSession final : public Session, public std::enable_shared_from_this<BeastSession> {
public:
    BeastSession(asio::ip::tcp::socket socket, const ServerLimits& limits, Callbacks callbacks)
        : stream_(std::move(socket)), buffer_(limits.header_bytes_max + 1), limits_(limits),
          callbacks_(std::move(callbacks)) {}

    void start() override { read_request(); }

    void close() override {
        callbacks_ = {};
        stream_.close();
    }

private:
    void read_request();
    void header_read(error_code error);
    void request_read();
    bool failed(error_code error);
    Response judge();
    bool is_allowed(beast::http::verb method) const;
    void refuse(unsigned status, std::string_view sentence);
    void send(const Response& response, bool is_head, bool keeps_alive);
    void sent(error_code error, bool keeps_alive);
    void drain(std::size_t bytes_so_far);
    void end();

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    const ServerLimits limits_;
    Callbacks callbacks_;
    std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
    std::string answer_;
    std::array<char, 4096> drained_;
};

void BeastSession::read_request() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    parser_->body_limit(std::uint64_t{limits_.body_bytes_max});
    stream_.expires_after(limits_.timeout);
    beast::http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->header_read(error); });
}

// Answers or ends the connection for an error.
bool BeastSession::failed(error_code error) {
    using Fault = beast::http::error;
    if (!callbacks_.answer) return true;
    if (!error) return false;
    if (error == Fault::end_of_stream) {
        end();
    } else if (error == Fault::header_limit || error == Fault::buffer_overflow) {
        refuse(431, "The request's header is too large.");
    } else if (error == Fault::body_limit) {
        refuse(413, limits_.body_bytes_max == 0 ? "Requests with a body are not accepted." : "The request's body is too large.");
    } else if (error.category() == make_error_code(Fault::bad_method).category()) {
        refuse(400, "This is not an HTTP/1.1 request.");
    } else {
        end();
    }
    return true;
}

void BeastSession::header_read(error_code error) {
    if (failed(error)) return;
    if (parser_->is_done()) return request_read();
    if (limits_.body_bytes_max == 0) return refuse(413, "Requests with a body are not accepted.");
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = shared_from_this()](error_code failure, std::size_t) {
                                if (!self->failed(failure)) self->request_read();
                            });
}

void BeastSession::request_read() {
    const bool is_head = parser_->get().method() == beast::http::verb::head;
    send(judge(), is_head, parser_->keep_alive());
}

bool BeastSession::is_allowed(beast::http::verb method) const {
    using beast::http::verb;
    if (method == verb::get || method == verb::head) return true;
    return limits_.body_bytes_max > 0 &&
           (method == verb::post || method == verb::put || method == verb::patch || method == verb::delete_);
}

Response BeastSession::judge() {
    using beast::http::field;
    const auto& request = parser_->get();
    const auto text_of = [&request](field name) {
        const auto text = request[name];
        return std::string_view(text.data(), text.size());
    };
    if (request.version() == 11 && request.count(field::host) != 1) return plain(400, "The field Host is missing.");
    if (!is_allowed(request.method())) {
        return plain(405, limits_.body_bytes_max == 0 ? "Only GET and HEAD are accepted." : "This method is not accepted.");
    }
    const std::string_view target = origin_form({request.target().data(), request.target().size()});
    if (target.empty()) return plain(400, "The request's target is not a path.");
    const std::size_t mark = std::min(target.find('?'), target.size());
    const auto method = beast::http::to_string(request.method());
    return callbacks_.answer(Request{
        .method = request.method() == beast::http::verb::head ? "GET" : std::string_view(method.data(), method.size()),
        .path = target.substr(0, mark),
        .query = mark < target.size() ? target.substr(mark + 1) : std::string_view(),
        .host = text_of(field::host),
        .content_type = text_of(field::content_type),
        .body = request.body(),
    });
}

void BeastSession::refuse(unsigned status, std::string_view sentence) { send(plain(status, sentence), false, false); }

void BeastSession::send(const Response& response, bool is_head, bool keeps_alive) {
    const auto status = beast::http::obsolete_reason(static_cast<beast::http::status>(response.status));
    answer_ = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: {}\r\n\r\n",
                          response.status, std::string_view(status.data(), status.size()), http_date(),
                          response.content_type, response.body.size(),
                          response.status == 405 && limits_.body_bytes_max == 0 ? "Allow: GET, HEAD\r\n" : "", keeps_alive ? "keep-alive" : "close");
    if (!is_head) answer_ += response.body;
    stream_.expires_after(limits_.timeout);
    asio::async_write(stream_, asio::buffer(answer_),
                      [self = shared_from_this(), keeps_alive](error_code error, std::size_t) {
                          self->sent(error, keeps_alive);
                      });
}

void BeastSession::sent(error_code error, bool keeps_alive) {
    if (!callbacks_.answer) return;
    if (error) return end();
    if (keeps_alive) return read_request();
    // Closing with input unread would reset the connection and could take the answer along.
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::min(drain_time, limits_.timeout));
    drain(0);
}

void BeastSession::drain(std::size_t bytes_so_far) {
    stream_.async_read_some(asio::buffer(drained_), [self = shared_from_this(), bytes_so_far](error_code error,
                                                                                               std::size_t size) {
        if (error || bytes_so_far + size > drain_bytes_max) return self->end();
        self->drain(bytes_so_far + size);
    });
}

void BeastSession::end() {
    stream_.close();
    const Callbacks callbacks = std::exchange(callbacks_, {});
    if (callbacks.ended) callbacks.ended(*this);
}

}  // namespace

std::shared_ptr<Session> make_session(asio::ip::tcp::socket socket, const ServerLimits& limits,
                                      Session::Callbacks callbacks) {
    return std::make_shared<BeastSession>(std::move(socket), limits, std::move(callbacks));
}

}  // namespace outflow::http
