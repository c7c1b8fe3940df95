// Responses as bytes: the header, and the framing of a streamed body (RFC 9112, 4 and 7.1).
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace outflow::http {

struct ResponseFraming {
    enum class Body {
        sized,     // Content-Length
        chunked,   // comes in pieces
        to_close,  // comes in pieces and ends with the connection: for HTTP/1.0
    };
    Body body = Body::sized;
    bool keeps_alive = true;
    bool is_head = false;  // the answer to HEAD: the same header, no body
};

bool has_no_body(unsigned status);

// Whether the status is 200 to 599, names are names, and no value has a line end or another control character in it, which would let whoever chose the
// value write a response of his own.
bool is_valid(const Response& response);

// Appends the header, and the body if it is sized. `response` must be valid.
void append_response(std::string& output, const Response& response, const ResponseFraming& framing);

// Appends one chunk. `bytes` is not empty: an empty chunk would end the body.
void append_chunk(std::string& output, std::string_view bytes);
constexpr std::string_view last_chunk = "0\r\n\r\n";
constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace outflow::http
