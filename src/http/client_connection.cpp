#include "http/client_connection.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <fmt/format.h>

#include "net/connection.h"
#include "net/timer.h"
#include "platform/clock.h"

namespace outflow::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::chrono::milliseconds drain_time{2'000};  // for the peer to read an answer that ends the connection
constexpr std::size_t drain_bytes_max = 256 * 1024;
constexpr std::size_t read_bytes = 16 * 1024;

// RFC 9110, 5.6.7: "Tue, 24 Nov 2026 22:39:04 GMT".
std::string http_date() {
    const std::time_t now = platform::unix_ms() / 1'000;
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

class BeastConnection final : public ClientConnection, private net::Connection::Listener {
public:
    BeastConnection(net::EventLoop& loop, net::AcceptedSocket socket, const ServerLimits& limits, Callbacks callbacks)
        : limits_(limits),
          callbacks_(std::move(callbacks)),
          connection_(loop, *this),
          timer_(loop),
          hook_(loop.on_turn_end([this] { look_at_output(); })) {
        connection_.adopt(std::move(socket));
    }

    void start() override { await_request(); }

private:
    void on_connected() override {}
    void on_connect_failed(const Error&) override {}
    void on_readable() override;
    void on_closed(const Error&) override { end(); }

    void await_request();
    void parse();
    void refuse_error(error_code error);
    bool is_allowed(beast::http::verb method) const;
    Response judge();
    void refuse(unsigned status, std::string_view sentence);
    void send(const Response& response, bool is_head, bool keeps_alive);
    void look_at_output();
    void sent();
    void end();

    const ServerLimits limits_;
    Callbacks callbacks_;
    net::Connection connection_;
    net::Timer timer_;
    net::TurnHook hook_;
    std::string input_;
    std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
    bool is_leaving_ = false;  // the answer
    bool keeps_alive_ = true;
    bool is_over_ = false;  // the last answer has left: what still comes is passed over
    std::size_t passed_over_ = 0;
};

void BeastConnection::await_request() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
    parser_->body_limit(std::uint64_t{limits_.body_bytes_max});
    timer_.start(limits_.timeout, [this] { end(); });
    parse();
}

void BeastConnection::on_readable() {
    std::array<char, read_bytes> block;
    const auto result = connection_.read(block.data(), block.size());
    if (result.kind == net::Connection::ReadResult::Kind::closed) return;
    if (is_over_) {
        passed_over_ += result.size;
        if (passed_over_ > drain_bytes_max) return end();
        return connection_.want_read();
    }
    input_.append(block.data(), result.size);
    parse();
}

// As far as the input goes. While an answer is leaving nothing is read: a client that has ended its own direction gets
// all of it.
void BeastConnection::parse() {
    while (!input_.empty()) {
        error_code error;
        input_.erase(0, parser_->put(boost::asio::buffer(input_), error));
        if (error == beast::http::error::need_more) {
            if (input_.size() > limits_.header_bytes_max) return refuse_error(beast::http::error::header_limit);
            break;
        }
        if (error) return refuse_error(error);
        if (parser_->is_done()) {
            const bool is_head = parser_->get().method() == beast::http::verb::head;
            return send(judge(), is_head, parser_->keep_alive());
        }
        if (!parser_->is_header_done()) continue;
        if (limits_.body_bytes_max == 0) return refuse(413, "Requests with a body are not accepted.");
        parser_->eager(true);
    }
    connection_.want_read();
}

void BeastConnection::refuse_error(error_code error) {
    using Fault = beast::http::error;
    if (error == Fault::header_limit) return refuse(431, "The request's header is too large.");
    if (error != Fault::body_limit) return refuse(400, "This is not an HTTP/1.1 request.");
    refuse(413,
           limits_.body_bytes_max == 0 ? "Requests with a body are not accepted." : "The request's body is too large.");
}

bool BeastConnection::is_allowed(beast::http::verb method) const {
    using beast::http::verb;
    if (method == verb::get || method == verb::head) return true;
    return limits_.body_bytes_max > 0 &&
           (method == verb::post || method == verb::put || method == verb::patch || method == verb::delete_);
}

Response BeastConnection::judge() {
    using beast::http::field;
    const auto& request = parser_->get();
    const auto text_of = [&request](field name) {
        const auto text = request[name];
        return std::string_view(text.data(), text.size());
    };
    if (request.version() == 11 && request.count(field::host) != 1) return plain(400, "The field Host is missing.");
    if (!is_allowed(request.method())) {
        return plain(405,
                     limits_.body_bytes_max == 0 ? "Only GET and HEAD are accepted." : "This method is not accepted.");
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

void BeastConnection::refuse(unsigned status, std::string_view sentence) {
    send(plain(status, sentence), false, false);
}

void BeastConnection::send(const Response& response, bool is_head, bool keeps_alive) {
    const auto status = beast::http::obsolete_reason(static_cast<beast::http::status>(response.status));
    std::string& output = connection_.output();
    output = fmt::format(
        "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: {}\r\n\r\n",
        response.status, std::string_view(status.data(), status.size()), http_date(), response.content_type,
        response.body.size(), response.status == 405 && limits_.body_bytes_max == 0 ? "Allow: GET, HEAD\r\n" : "",
        keeps_alive ? "keep-alive" : "close");
    if (!is_head) output += response.body;
    keeps_alive_ = keeps_alive;
    is_leaving_ = true;
    timer_.start(limits_.timeout, [this] { end(); });
    connection_.flush();
}

// The next request of a client that sends several at once is answered within sent().
void BeastConnection::look_at_output() {
    while (is_leaving_ && connection_.unsent_bytes() == 0) sent();
}

void BeastConnection::sent() {
    is_leaving_ = false;
    if (keeps_alive_) return await_request();
    // Closing with input unread would reset the connection and could take the answer along.
    is_over_ = true;
    timer_.start(std::min(drain_time, limits_.timeout), [this] { end(); });
    connection_.end_output();
    connection_.want_read();
}

void BeastConnection::end() {
    connection_.close();
    const Callbacks callbacks = std::move(callbacks_);
    callbacks.ended();
}

}  // namespace

std::unique_ptr<ClientConnection> make_client_connection(net::EventLoop& loop, net::AcceptedSocket socket,
                                                         const ServerLimits& limits,
                                                         ClientConnection::Callbacks callbacks) {
    return std::make_unique<BeastConnection>(loop, std::move(socket), limits, std::move(callbacks));
}

}  // namespace outflow::http
