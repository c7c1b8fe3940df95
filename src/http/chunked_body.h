// A chunked body, a byte at a time (RFC 9112, 7.1):
//
//   size in hex [; extension] CRLF  data CRLF  ...  0 [; extension] CRLF  [trailer field CRLF] ...  CRLF
//
// Extensions and trailer fields are bounded, and dropped. Beast's own would keep a line until it is whole, take bare line feeds
// in trailer fields, and mix these into the header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/header_scan.h"

namespace outflow::http {

class ChunkedBody {
public:
    // Of all chunks together.
    static constexpr std::size_t extension_bytes_max = 16 * 1024;
    static constexpr std::size_t trailer_bytes_max = 8 * 1024;

    struct Step {
        enum class Kind {
            more,    // all was taken
            data,    // `data`, which is part of the body, and what was before it were taken
            end,     // of the body: the rest belongs to the next request
            faulty,  // fault() says why
        };
        Kind kind;
        std::size_t taken;
        std::string_view data = {};
    };

    // Until the next step, of all that follows.
    Step take(std::string_view bytes);
    std::string_view fault() const { return fault_; }
    // Of the data that a chunk still announces; so a body that grows too large is known before it has come.
    std::uint64_t announced_bytes() const { return left_; }

private:
    enum class Place { size, extension, size_end, data, data_cr, data_lf, trailer };

    Step::Kind take(char c);
    Step::Kind take_size(char c);
    Step::Kind refuse(std::string_view fault);

    Place place_ = Place::size;
    std::uint64_t left_ = 0;  // bytes of the chunk's data; its size while that is read
    std::size_t digits_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    HeaderScan trailer_{HeaderScan::Part::trailer};
    std::string_view fault_;
};

}  // namespace outflow::http
