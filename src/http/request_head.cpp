#include "http/request_head.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <fmt/format.h>

namespace outflow::http {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::empty_body>;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

tl::unexpected<Refusal> refuse(unsigned status, std::string reason) {
    return tl::unexpected<Refusal>(Refusal{status, std::move(reason)});
}

bool has_version(std::string_view header) {
    const std::string_view line = header.substr(0, header.find('\r'));
    return std::count(line.begin(), line.end(), ' ') == 2 && line.substr(line.rfind(' ')).starts_with(" HTTP/");
}

Refusal refusal_of(const boost::system::error_code& error, std::string_view header) {
    using Fault = beast::http::error;
    if (error == Fault::bad_version && has_version(header)) return {505, "The version is not HTTP/1.1 or HTTP/1.0."};
    if (error == Fault::bad_content_length || error == Fault::multiple_content_length)
        return {400, "Content-Length: it is one number, and never comes with Transfer-Encoding."};
    if (error == Fault::bad_transfer_encoding)
        return {400, "Transfer-Encoding: it comes once, and never with Content-Length."};
    return {400, fmt::format("This is not an HTTP/1.1 request: {}.", error.message())};
}

// Stricter than Beast, which takes lists such as "5, 5" and codings beside `chunked` (RFC 9112, 6.1 to 6.3).
tl::expected<void, Refusal> judge_framing(RequestHead& head) {
    const Fields& fields = head.request.fields;
    const std::size_t lengths = fields.count("Content-Length");
    const std::size_t codings = fields.count("Transfer-Encoding");
    if (codings > 0) {
        if (head.is_http_1_0) return refuse(400, "Transfer-Encoding: the field does not exist in HTTP/1.0.");
        if (codings > 1 || lengths > 0)
            return refuse(400, "Transfer-Encoding: it comes once, and never with Content-Length.");
        if (!equals_ignoring_case(fields.find("Transfer-Encoding"), "chunked"))
            return refuse(400, "Transfer-Encoding: only chunked is understood.");
        head.is_chunked = true;
        return {};
    }
    if (lengths == 0) return {};
    const std::string_view text = fields.find("Content-Length");
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (lengths > 1 || error != std::errc() || end != text.data() + text.size())
        return refuse(400, "Content-Length: it comes once, and is one number.");
    head.content_length = bytes;
    return {};
}

bool is_host(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return is_letter || (c >= '0' && c <= '9') ||
               std::string_view("-._~!$&'()*+,;=%:[]").find(c) != std::string_view::npos;
    });
}

// Origin-form, absolute-form, whose authority goes before the field Host, and the asterisk (RFC 9112, 3.2).
tl::expected<void, Refusal> judge_target(std::string_view target, RequestHead& head) {
    Request& request = head.request;
    if (request.fields.count("Host") > 1) return refuse(400, "Host: it comes more than once.");
    if (!head.is_http_1_0 && !request.fields.has("Host")) return refuse(400, "Host: the field is missing.");
    const std::size_t scheme = target.starts_with("http://") ? 7 : target.starts_with("https://") ? 8 : 0;
    if (scheme > 0) {
        const std::size_t end = std::min(target.find_first_of("/?", scheme), target.size());
        request.fields.set("Host", std::string(target.substr(scheme, end - scheme)));
        target.remove_prefix(end);
    } else if (!target.starts_with('/') && !(target == "*" && request.method == "OPTIONS")) {
        return refuse(400, "The request's target is not a path.");
    }
    if (!is_host(request.field("Host"))) return refuse(400, "Host: this is not a host.");
    if (target.find('#') != std::string_view::npos) return refuse(400, "The request's target has a fragment.");
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = mark == 0 ? "/" : std::string(target.substr(0, mark));
    request.query = target.substr(std::min(mark + 1, target.size()));
    return {};
}

tl::expected<void, Refusal> judge_expectation(RequestHead& head) {
    const Fields& fields = head.request.fields;
    if (head.is_http_1_0 || !fields.has("Expect")) return {};
    if (fields.count("Expect") > 1 || !equals_ignoring_case(fields.find("Expect"), "100-continue"))
        return refuse(417, "Expect: only 100-continue is understood.");
    head.expects_continue = head.has_body();
    return {};
}

}  // namespace

tl::expected<RequestHead, Refusal> parse_head(std::string_view header) {
    Parser parser;
    parser.header_limit(std::numeric_limits<std::uint32_t>::max());
    parser.body_limit(boost::none);
    boost::system::error_code error;
    parser.put(boost::asio::buffer(header.data(), header.size()), error);
    if (error) return tl::unexpected<Refusal>(refusal_of(error, header));
    if (!parser.is_header_done()) return refuse(400, "This is not an HTTP/1.1 request.");

    const auto& parsed = parser.get();
    RequestHead head;
    head.is_http_1_0 = parsed.version() == 10;
    head.keeps_alive = parser.keep_alive();
    head.request.method = view(parsed.method_string());
    head.request.is_head = head.request.method == "HEAD";
    for (const auto& field : parsed)
        head.request.fields.add(std::string(view(field.name_string())), std::string(view(field.value())));
    if (auto judged = judge_target(view(parsed.target()), head); !judged)
        return tl::unexpected(std::move(judged).error());
    if (auto judged = judge_framing(head); !judged) return tl::unexpected(std::move(judged).error());
    if (auto judged = judge_expectation(head); !judged) return tl::unexpected(std::move(judged).error());
    if (head.request.is_head) head.request.method = "GET";
    return head;
}

}  // namespace outflow::http
