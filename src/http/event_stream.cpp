#include "http/event_stream.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/format.h"

namespace outflow::http {

namespace {

std::string one_line(std::string_view text) {
    std::string line(text);
    std::erase_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return line;
}

// One line of the field for each line of `text`, whether it ends in CR, LF or both.
void append_lines(std::string& out, std::string_view field, std::string_view text) {
    while (true) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        append_format(out, "{}{}\n", field, text.substr(0, end));
        if (end == text.size()) return;
        text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
    }
}

}  // namespace

std::string render_event(const ServerSentEvent& event) {
    std::string text;
    if (!event.event.empty()) append_format(text, "event: {}\n", one_line(event.event));
    if (!event.id.empty()) append_format(text, "id: {}\n", one_line(event.id));
    if (event.retry) append_format(text, "retry: {}\n", event.retry->count());
    append_lines(text, "data: ", event.data);
    return text + "\n";
}

std::string render_comment(std::string_view text) {
    std::string lines;
    append_lines(lines, ": ", text);
    return lines + "\n";
}

Response event_stream_head() {
    return Response{
        .status = 200, .content_type = "text/event-stream", .body = {}, .fields = {{"X-Accel-Buffering", "no"}}};
}

}  // namespace outflow::http
