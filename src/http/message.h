// What goes over HTTP: requests and responses as values that own their bytes (RFC 9110).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outflow::http {

bool equals_ignoring_case(std::string_view left, std::string_view right);

// Header fields in the order of the message. Names are compared without case.
class Fields {
public:
    struct Field {
        std::string name;
        std::string value;
    };

    Fields() = default;
    Fields(std::initializer_list<Field> fields) : fields_(fields) {}

    void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
    // In place of all fields of this name.
    void set(std::string_view name, std::string value);
    // The value of the first of this name; empty when there is none. Valid until a field is added or set.
    std::string_view find(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    bool has(std::string_view name) const { return count(name) > 0; }
    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }

private:
    std::vector<Field> fields_;
};

struct Request {
    std::string method = {};  // "GET", also for HEAD
    bool is_head = false;
    std::string path = {};                                             // before the question mark, as sent
    std::string query = {};                                            // behind it, as sent; may be empty
    std::vector<std::pair<std::string, std::string>> parameters = {};  // of the route's path, decoded
    Fields fields = {};                                                // one Host at most, and exactly one in HTTP/1.1
    std::string body = {};                                             // whole; trailer fields are dropped
    std::string peer = {};                                             // "127.0.0.1:53412"
    bool is_tls = false;

    std::string_view field(std::string_view name) const { return fields.find(name); }
    // Of the route "/tasks/{name}": "name". Empty when the route has no such parameter.
    std::string_view parameter(std::string_view name) const;
    // Decoded, of the first `name=value` in the query; "name" alone has the value "". Nothing when there is none, or when
    // its encoding is faulty.
    std::optional<std::string> query_value(std::string_view name) const;
};

struct Response {
    unsigned status = 200;                                   // 200 to 599
    std::string content_type = "text/plain; charset=utf-8";  // empty: no such field
    std::string body = {};                                   // dropped where the status has none: 204, 304
    // Further fields. Date, Content-Length, Transfer-Encoding and Connection are the server's, which also says
    // `Cache-Control: no-store` and `X-Content-Type-Options: nosniff` unless these say otherwise.
    Fields fields = {};
};

// A sentence as the body, with a newline behind it.
Response sentence(unsigned status, std::string_view text);

// "a%20b" -> "a b". Nothing when an encoding is faulty, or stands for NUL.
std::optional<std::string> decode_percent(std::string_view text);

}  // namespace outflow::http
