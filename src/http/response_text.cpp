#include "http/response_text.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/format.h"
#include "http/header_scan.h"
#include "platform/clock.h"

namespace outflow::http {

namespace {

// RFC 9110, 5.6.7: "Tue, 24 Nov 2026 22:39:04 GMT".
std::string http_date() {
    const std::time_t now = platform::unix_ms() / 1'000;
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

struct Reason {
    unsigned status;
    std::string_view phrase;
};

constexpr Reason reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

std::string_view reason_phrase(unsigned status) {
    const auto* found = std::find_if(std::begin(reasons), std::end(reasons),
                                     [status](const Reason& reason) { return reason.status == status; });
    return found == std::end(reasons) ? std::string_view("Other") : found->phrase;
}

bool is_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

bool is_servers_own(std::string_view name) {
    static constexpr std::string_view names[] = {"Date", "Content-Length", "Transfer-Encoding", "Connection"};
    return std::any_of(std::begin(names), std::end(names),
                       [name](std::string_view own) { return equals_ignoring_case(own, name); });
}

}  // namespace

bool has_no_body(unsigned status) { return status == 204 || status == 304; }

bool is_valid(const Response& response) {
    if (response.status < 200 || response.status > 599 || !is_value(response.content_type)) return false;
    return std::all_of(response.fields.begin(), response.fields.end(), [](const Fields::Field& field) {
        const bool is_name = !field.name.empty() && std::all_of(field.name.begin(), field.name.end(), is_token);
        return is_name && !is_servers_own(field.name) && is_value(field.value);
    });
}

void append_response(std::string& output, const Response& response, const ResponseFraming& framing) {
    OUTFLOW_ASSERT(is_valid(response));
    append_format(output, "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason_phrase(response.status),
                  http_date());
    const bool has_body = !has_no_body(response.status);
    if (has_body && !response.content_type.empty())
        append_format(output, "Content-Type: {}\r\n", response.content_type);
    if (has_body && framing.body == ResponseFraming::Body::sized)
        append_format(output, "Content-Length: {}\r\n", response.body.size());
    if (has_body && framing.body == ResponseFraming::Body::chunked) output += "Transfer-Encoding: chunked\r\n";
    if (!response.fields.has("Cache-Control")) output += "Cache-Control: no-store\r\n";
    if (!response.fields.has("X-Content-Type-Options")) output += "X-Content-Type-Options: nosniff\r\n";
    for (const Fields::Field& field : response.fields) append_format(output, "{}: {}\r\n", field.name, field.value);
    append_format(output, "Connection: {}\r\n\r\n", framing.keeps_alive ? "keep-alive" : "close");
    if (has_body && framing.body == ResponseFraming::Body::sized && !framing.is_head) output += response.body;
}

void append_chunk(std::string& output, std::string_view bytes) {
    OUTFLOW_ASSERT(!bytes.empty());
    append_format(output, "{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace outflow::http
