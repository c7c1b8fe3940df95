// The lines of a header or of trailer fields, a byte at a time: whatever two readers could understand differently is refused
// (RFC 9112, 2.2, 5.1, 5.2), so that nobody smuggles a request past a proxy. Beast alone takes some of it.
#pragma once

#include <cstddef>
#include <string_view>

namespace outflow::http {

class HeaderScan {
public:
    enum class Verdict {
        more,
        end,     // this byte was the last one, of the empty line
        faulty,  // fault() says why
    };

    // Of a request, with its request line, before which empty lines count for nothing; or of trailer fields.
    enum class Part { request, trailer };
    explicit HeaderScan(Part part) : is_request_line_(part == Part::request) {}

    Verdict take(char c);
    std::string_view fault() const { return fault_; }
    // No byte of a line was taken yet, unless of an empty one before the request.
    bool is_before_request() const { return is_request_line_ && length_ == 0; }

private:
    Verdict refuse(std::string_view fault);
    Verdict end_line();

    bool is_request_line_;
    bool follows_cr_ = false;
    bool is_name_ = true;     // of a field, before the colon
    std::size_t length_ = 0;  // of the line
    std::string_view fault_;
};

// A character of a method's or a field's name (RFC 9110, 5.6.2).
bool is_token(char c);

}  // namespace outflow::http
