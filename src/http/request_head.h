// The header of a request as a value. Beast's parser is behind it, and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace outflow::http {

// Why a request is not taken; then the connection ends, since nobody knows where the next request begins.
struct Refusal {
    unsigned status = 400;
    std::string reason;  // a sentence for the client
};

struct RequestHead {
    Request request;                              // all but body, parameters and peer
    std::optional<std::uint64_t> content_length;  // bytes; none: chunked, or there is no body
    bool is_chunked = false;
    bool is_http_1_0 = false;
    bool keeps_alive = true;
    bool expects_continue = false;  // the client waits for "100 Continue" before it sends the body

    bool has_body() const { return is_chunked || content_length.value_or(0) > 0; }
};

// `header` is whole, with the empty line, and was taken by HeaderScan.
tl::expected<RequestHead, Refusal> parse_head(std::string_view header);

}  // namespace outflow::http
