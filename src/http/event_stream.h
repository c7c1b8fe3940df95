// Server-sent events (WHATWG HTML, 9.2) over a ResponseStream.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/responder.h"

namespace outflow::http {

struct ServerSentEvent {
    std::string_view data;        // any text in UTF-8: its lines become lines of the event
    std::string_view event = {};  // its name; empty: "message"
    std::string_view id = {};     // what the client says as Last-Event-ID when it comes again; empty: none
    std::optional<std::chrono::milliseconds> retry =
        std::nullopt;  // when a client that has lost the stream comes again
};

// As sent. Line ends in `event` and `id`, which would begin another field, are left out, and so is NUL.
std::string render_event(const ServerSentEvent& event);
// A line that clients pass over: keeps proxies from closing a silent stream, and finds clients that have gone.
std::string render_comment(std::string_view text);

// Status 200 with the fields of an event stream.
Response event_stream_head();

class EventStream {
public:
    EventStream() = default;
    explicit EventStream(Responder responder) : stream_(responder.stream(event_stream_head())) {}

    // See ResponseStream::write.
    bool send(const ServerSentEvent& event) { return stream_.write(render_event(event)); }
    bool comment(std::string_view text = {}) { return stream_.write(render_comment(text)); }
    ResponseStream& stream() { return stream_; }

private:
    ResponseStream stream_;
};

}  // namespace outflow::http
