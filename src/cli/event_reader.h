// Server-sent events out of the pieces of a stream (WHATWG HTML, 9.2.6). Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace outflow::cli {

class EventReader {
public:
    static constexpr std::size_t event_bytes_max = 16 * 1024 * 1024;

    // `data` is without its last line feed. False: no more is wanted.
    using OnEvent = std::function<bool(std::string_view name, std::string_view data)>;

    explicit EventReader(OnEvent on_event) : on_event_(std::move(on_event)) {}

    // False: no more is wanted, or an event is larger than event_bytes_max.
    bool take(std::string_view piece);

private:
    bool take_line(std::string_view line);

    OnEvent on_event_;
    std::string line_;
    std::string name_;
    std::string data_;
};

}  // namespace outflow::cli
