// Bytes in, requests or a refusal out: no socket, no clock. However the bytes are split, the result is the same.
//
//   header -----> header_done -- read_body() --> body ----> complete -- restart() --> header
//       \              |                           |
//        '-------------+---------------------------+------> refused
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/chunked_body.h"
#include "http/header_scan.h"
#include "http/request_head.h"

namespace outflow::http {

class RequestReader {
public:
    enum class State { header, header_done, body, complete, refused };

    // Bytes of the request line, the fields, and empty lines before.
    explicit RequestReader(std::size_t header_bytes_max) : header_bytes_max_(header_bytes_max) {}

    // Takes from the front as long as the state is header or body; returns how many bytes it took. Its memory is twice what has
    // come of the header, then of the body, at most: what a client only announces takes none.
    std::size_t take(std::string_view bytes);

    // Only when header_done: goes on to the body, which may have so many bytes; to complete when there is none.
    void read_body(std::uint64_t body_bytes_max);

    // After complete: for the next request. Gives all memory back.
    void restart();

    State state() const { return state_; }
    bool has_begun() const { return header_bytes_ > 0; }
    // From header_done on. The body is there when complete; take it out by moving.
    RequestHead& head() { return *head_; }
    // Only when refused.
    const Refusal& refusal() const { return refusal_; }

private:
    std::size_t take_header(std::string_view bytes);
    std::size_t take_sized(std::string_view bytes);
    std::size_t take_chunked(std::string_view bytes);
    void end_header();
    void refuse(Refusal refusal);
    void refuse_body();

    const std::size_t header_bytes_max_;
    State state_ = State::header;
    std::string header_;
    std::size_t header_bytes_ = 0;
    HeaderScan scan_{HeaderScan::Part::request};
    std::optional<RequestHead> head_;
    std::optional<ChunkedBody> chunks_;
    std::uint64_t body_bytes_max_ = 0;
    Refusal refusal_;
};

}  // namespace outflow::http
