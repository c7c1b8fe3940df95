#include "http/client.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>
#include <fmt/format.h>

#include "net/connection.h"
#include "net/reason.h"
#include "net/timer.h"

namespace outflow::http {
namespace {

namespace beast = boost::beast;
using Code = boost::system::error_code;

constexpr std::uint32_t head_bytes_max = 64 * 1024;

// A body that goes to whoever takes it, as it comes.
struct TakenBody {
    struct value_type {
        BlockingClient::Take take;
    };
    class reader {
    public:
        template <bool is_request, class FieldsType>
        reader(beast::http::header<is_request, FieldsType>&, value_type& body) : body_(body) {}
        void init(const boost::optional<std::uint64_t>&, Code& error) { error = {}; }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, Code& error) {
            error = {};
            std::size_t taken = 0;
            for (const auto buffer : beast::buffers_range_ref(buffers)) {
                taken += buffer.size();
                if (body_.take({static_cast<const char*>(buffer.data()), buffer.size()})) continue;
                error = beast::http::error::end_of_stream;  // of no meaning elsewhere within a body
                break;
            }
            return taken;
        }
        void finish(Code& error) { error = {}; }

    private:
        value_type& body_;
    };
};
using Parser = beast::http::response_parser<TakenBody>;

// One request and its response.
class Call final : private net::Connection::Listener {
public:
    Call(net::EventLoop& loop, const ClientOptions& options, const BlockingClient::Take* take)
        : loop_(loop),
          options_(options),
          take_(take),
          timer_(loop),
          limit_(loop),
          connection_(loop, *this, {.tls = options.tls}) {}

    Result<Response> run(std::string_view method, std::string request) {
        parser_.emplace();
        parser_->header_limit(head_bytes_max);
        parser_->body_limit(boost::none);
        parser_->eager(true);
        parser_->skip(method == "HEAD");
        parser_->get().body().take = [this](std::string_view piece) { return take(piece); };
        connection_.open(options_.endpoint, options_.timeout);
        connection_.output() += request;
        if (options_.time_max.count() > 0) limit_.start(options_.time_max, [this] { time_is_over(); });
        loop_.run();
        if (error_) return failed(std::move(*error_));
        return std::move(response_);
    }

private:
    void on_connected() override {
        connection_.flush();
        connection_.want_read();
        await("a response");
    }

    // "connect to 127.0.0.1:8420: connection refused" loses what the sentence says already.
    void on_connect_failed(const Error& error) override {
        std::string_view reason = error.context;
        const std::string begin = fmt::format("connect to {}: ", server());
        if (reason.starts_with(begin)) reason.remove_prefix(begin.size());
        end(error.code, fmt::format("cannot reach the server at {}: {}", server(), reason));
    }

    void on_readable() override {
        std::array<char, 64 * 1024> block;
        // Some blocks a turn; the header comes with the first, as a rule.
        for (int blocks = 0; blocks < 16; ++blocks) {
            const auto result = connection_.read(block.data(), block.size());
            if (result.kind != net::Connection::ReadResult::Kind::bytes) break;
            input_.append(block.data(), result.size);
            parse();
            if (is_over_) return;
            if (parser_->is_header_done()) await("the rest of the response");
        }
        connection_.want_read();
    }

    void on_closed(const Error& error) override {
        Code code;
        if (parser_->got_some() && error.code == ErrorCode::closed) parser_->put_eof(code);
        if (parser_->is_done()) return succeed();
        end(error.code == ErrorCode::network_error ? ErrorCode::network_error : ErrorCode::closed,
            fmt::format("the server at {} closed the connection before its response was whole: {}", server(),
                        error.context));
    }

    void parse() {
        while (!input_.empty() && !parser_->is_done()) {
            Code code;
            const std::size_t used = parser_->put(boost::asio::buffer(input_), code);
            input_.erase(0, used);
            if (has_enough_) return succeed();
            if (is_too_large_) {
                return end(ErrorCode::invalid_argument,
                           fmt::format("the response of the server at {} is larger than {} MiB", server(),
                                       options_.body_bytes_max >> 20U));
            }
            if (code == beast::http::error::need_more) {
                // Of a body nothing is left here: this is a header, or a chunk's line, that does not end.
                if (input_.size() <= head_bytes_max) return;
                code = beast::http::error::header_limit;
            }
            if (code) {
                return end(
                    ErrorCode::invalid_argument,
                    fmt::format("what answers at {} does not speak HTTP ({}): is it the server's port, and is it "
                                "http or https?",
                                server(), code.message()));
            }
        }
        if (parser_->is_done()) succeed();
    }

    bool take(std::string_view piece) {
        if (take_ != nullptr && parser_->get().result_int() == 200) {
            has_enough_ = !(*take_)(piece);
            return !has_enough_;
        }
        is_too_large_ = piece.size() > options_.body_bytes_max - response_.body.size();
        if (!is_too_large_) response_.body += piece;
        return !is_too_large_;
    }

    void await(std::string_view what) {
        timer_.start(options_.timeout, [this, what] {
            end(ErrorCode::timeout, fmt::format("the server at {} did not send {} within {}", server(), what,
                                                net::in_words(options_.timeout)));
        });
    }

    void time_is_over() {
        if (take_ != nullptr) return succeed();
        end(ErrorCode::timeout,
            fmt::format("the server at {} did not answer within {}", server(), net::in_words(options_.time_max)));
    }

    void succeed() {
        const auto& head = parser_->get();
        response_.status = head.result_int();
        for (const auto& field : head) {
            const auto name = field.name_string();
            const auto value = field.value();
            response_.fields.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
        }
        response_.content_type = response_.fields.find("Content-Type");
        finish();
    }

    void end(ErrorCode code, std::string context) {
        error_ = Error{code, std::move(context)};
        finish();
    }

    void finish() {
        is_over_ = true;
        timer_.cancel();
        limit_.cancel();
        connection_.close();
        loop_.stop();
    }

    std::string server() const { return to_string(options_.endpoint); }

    net::EventLoop& loop_;
    const ClientOptions& options_;
    const BlockingClient::Take* const take_;  // null: the body is kept
    std::optional<Parser> parser_;
    std::string input_;  // that the parser has not taken yet
    Response response_;
    std::optional<Error> error_;
    bool is_over_ = false;
    bool has_enough_ = false;
    bool is_too_large_ = false;
    net::Timer timer_;
    net::Timer limit_;
    net::Connection connection_;
};

std::string render_request(const ClientOptions& options, std::string_view method, std::string_view target,
                           const Fields& fields, std::string_view body) {
    std::string text =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", method, target, to_string(options.endpoint));
    for (const Fields::Field& field : fields) text += fmt::format("{}: {}\r\n", field.name, field.value);
    if (!body.empty() || method == "POST" || method == "PUT") {
        text += fmt::format("Content-Length: {}\r\n", body.size());
    }
    text += "\r\n";
    text += body;
    return text;
}

// A line end in it would begin another field.
Status check(std::string_view target, const Fields& fields) {
    const auto is_one_line = [](std::string_view text) {
        return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    };
    bool is_good = is_one_line(target) && target.starts_with('/') && target.find(' ') == target.npos;
    for (const Fields::Field& field : fields) is_good = is_good && is_one_line(field.name) && is_one_line(field.value);
    if (is_good) return {};
    return failed(ErrorCode::invalid_argument, "the request has a control character in its path or in a field");
}

}  // namespace

Result<Response> BlockingClient::call(std::string_view method, std::string_view target, const Fields& fields,
                                      std::string_view body) {
    if (Status good = check(target, fields); !good) return failed(std::move(good).error());
    return Call(loop_, options_, nullptr).run(method, render_request(options_, method, target, fields, body));
}

Result<Response> BlockingClient::stream(std::string_view target, const Fields& fields, const Take& take) {
    if (Status good = check(target, fields); !good) return failed(std::move(good).error());
    return Call(loop_, options_, &take).run("GET", render_request(options_, "GET", target, fields, {}));
}

}  // namespace outflow::http
