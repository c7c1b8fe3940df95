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
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>

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
    void request_read(error_code error);
    Response judge();
    void refuse(unsigned status, std::string_view sentence);
    void send(const Response& response, bool is_head, bool keeps_alive);
    void sent(error_code error, bool keeps_alive);
    void drain(std::size_t bytes_so_far);
    void end();

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    const ServerLimits limits_;
    Callbacks callbacks_;
    std::optional<beast::http::request_parser<beast::http::empty_body>> parser_;
    std::string answer_;
    std::array<char, 4096> drained_;
};

void BeastSession::read_request() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    parser_->body_limit(std::uint64_t{0});
    stream_.expires_after(limits_.timeout);
    beast::http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->request_read(error); });
}

void BeastSession::request_read(error_code error) {
    using Fault = beast::http::error;
    if (!callbacks_.answer) return;
    if (error == Fault::end_of_stream) return end();
    if (error == Fault::header_limit || error == Fault::buffer_overflow) {
        return refuse(431, "The request's header is too large.");
    }
    if (error == Fault::body_limit) return refuse(413, "Requests with a body are not accepted.");
    if (error.category() == make_error_code(Fault::bad_method).category()) {
        return refuse(400, "This is not an HTTP/1.1 request.");
    }
    if (error) return end();
    if (parser_->chunked() || !parser_->is_done()) return refuse(413, "Requests with a body are not accepted.");
    const bool is_head = parser_->get().method() == beast::http::verb::head;
    send(judge(), is_head, parser_->keep_alive());
}

Response BeastSession::judge() {
    const auto& request = parser_->get();
    const auto method = request.method();
    const bool is_http_1_1 = request.version() == 11;
    if (is_http_1_1 && request.count(beast::http::field::host) != 1) return plain(400, "The field Host is missing.");
    if (method != beast::http::verb::get && method != beast::http::verb::head) {
        return plain(405, "Only GET and HEAD are accepted.");
    }
    const std::string_view target = origin_form({request.target().data(), request.target().size()});
    if (target.empty()) return plain(400, "The request's target is not a path.");
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view query = mark < target.size() ? target.substr(mark + 1) : std::string_view();
    return callbacks_.answer(Request{.path = target.substr(0, mark), .query = query});
}

void BeastSession::refuse(unsigned status, std::string_view sentence) { send(plain(status, sentence), false, false); }

void BeastSession::send(const Response& response, bool is_head, bool keeps_alive) {
    const auto status = beast::http::obsolete_reason(static_cast<beast::http::status>(response.status));
    answer_ = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: {}\r\n\r\n",
                          response.status, std::string_view(status.data(), status.size()), http_date(),
                          response.content_type, response.body.size(),
                          response.status == 405 ? "Allow: GET, HEAD\r\n" : "", keeps_alive ? "keep-alive" : "close");
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
