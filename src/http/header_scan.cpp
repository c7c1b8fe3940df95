#include "http/header_scan.h"

#include <utility>

namespace outflow::http {

bool is_token(char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

HeaderScan::Verdict HeaderScan::refuse(std::string_view fault) {
    fault_ = fault;
    return Verdict::faulty;
}

HeaderScan::Verdict HeaderScan::end_line() {
    const bool is_empty = std::exchange(length_, 0) == 0;
    if (is_empty) return is_request_line_ ? Verdict::more : Verdict::end;
    if (!is_request_line_ && is_name_) return refuse("A line of the header has no colon.");
    is_request_line_ = false;
    is_name_ = true;
    return Verdict::more;
}

HeaderScan::Verdict HeaderScan::take(char c) {
    if (std::exchange(follows_cr_, false)) {
        return c == '\n' ? end_line() : refuse("A carriage return stands without a line feed.");
    }
    if (c == '\n') return refuse("A line ends without a carriage return.");
    if (c == '\r') {
        follows_cr_ = true;
        return Verdict::more;
    }
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return refuse("The header has a control character.");
    if (is_request_line_) {
        if (byte >= 0x7f || c == '\t') return refuse("The request line has a character that it may not have.");
    } else if (length_ == 0 && (c == ' ' || c == '\t')) {
        return refuse("A line of the header is folded.");
    } else if (is_name_ && c == ':') {
        if (length_ == 0) return refuse("A field of the header has no name.");
        is_name_ = false;
    } else if (is_name_ && !is_token(c)) {
        return refuse("The name of a field has a character that it may not have.");
    }
    ++length_;
    return Verdict::more;
}

}  // namespace outflow::http
