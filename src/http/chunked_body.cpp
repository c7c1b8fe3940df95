#include "http/chunked_body.h"

#include <algorithm>
#include <charconv>

namespace outflow::http {

ChunkedBody::Step ChunkedBody::take(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        if (place_ == Place::data) {
            const std::string_view data =
                bytes.substr(taken, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - taken)));
            left_ -= data.size();
            if (left_ == 0) place_ = Place::data_cr;
            return {Step::Kind::data, taken + data.size(), data};
        }
        const Step::Kind kind = take(bytes[taken++]);
        if (kind != Step::Kind::more) return {kind, taken};
    }
    return {Step::Kind::more, taken};
}

ChunkedBody::Step::Kind ChunkedBody::refuse(std::string_view fault) {
    fault_ = fault;
    return Step::Kind::faulty;
}

ChunkedBody::Step::Kind ChunkedBody::take(char c) {
    switch (place_) {
    case Place::size: return take_size(c);
    case Place::extension: {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\r') place_ = Place::size_end;
        else if ((byte < 0x20 && c != '\t') || byte == 0x7f)
            return refuse("The extension of a chunk has a control character.");
        else if (++extension_bytes_ > extension_bytes_max) return refuse("The extensions of chunks are too large.");
        return Step::Kind::more;
    }
    case Place::size_end:
        if (c != '\n') return refuse("The line of a chunk's size does not end in CRLF.");
        place_ = left_ > 0 ? Place::data : Place::trailer;
        // The whole size is told before the data comes.
        return left_ > 0 ? Step::Kind::data : Step::Kind::more;
    case Place::data: break;  // not by the byte
    case Place::data_cr:
        if (c != '\r') return refuse("A chunk is longer than its size.");
        place_ = Place::data_lf;
        return Step::Kind::more;
    case Place::data_lf:
        if (c != '\n') return refuse("A chunk does not end in CRLF.");
        place_ = Place::size;
        digits_ = 0;
        return Step::Kind::more;
    case Place::trailer: break;
    }
    if (++trailer_bytes_ > trailer_bytes_max) return refuse("The trailer fields are too large.");
    switch (trailer_.take(c)) {
    case HeaderScan::Verdict::more: return Step::Kind::more;
    case HeaderScan::Verdict::end: return Step::Kind::end;
    case HeaderScan::Verdict::faulty: break;
    }
    return refuse(trailer_.fault());
}

// No more than 16 digits, so that it cannot overflow.
ChunkedBody::Step::Kind ChunkedBody::take_size(char c) {
    std::uint64_t digit = 0;
    const auto [end, error] = std::from_chars(&c, &c + 1, digit, 16);
    if (error == std::errc() && end == &c + 1) {
        if (++digits_ > 16) return refuse("The size of a chunk has too many digits.");
        left_ = left_ * 16 + digit;
        return Step::Kind::more;
    }
    if (digits_ == 0 || (c != '\r' && c != ';')) return refuse("The size of a chunk is not a hexadecimal number.");
    place_ = c == '\r' ? Place::size_end : Place::extension;
    return Step::Kind::more;
}

}  // namespace outflow::http
