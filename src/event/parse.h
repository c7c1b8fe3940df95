// A whole event as JSON text, as render_event writes it or a person does, back into an event: for previews and tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "event/memory.h"

namespace outflow::event {

// An event with the memory that its views point into.
struct OwnedEvent {
    Event event;
    EventContext context;
    // What the text says and no event of this context can have, a sentence each: a name that does not exist, an
    // attribute that follows from another one.
    std::vector<std::string> remarks;
    Arena memory;
};

// `context` is the task's: its format says how `data.body` shows the payload. What the text says of source, type, id
// and subject takes the place of the context's. Needed are `data` and `data.topic`; `now_ms` (Unix time) is the time of
// an event that has none. Of a repeated name the first counts; of user properties those of `data.userProperties` and
// `data.systemProperties` come after the list in `data.props.userProperties`, so that they win.
// Errors: json_malformed, json_too_deep, invalid_argument, with line and column.
Result<OwnedEvent> parse_event(std::string_view text, const EventContext& context, std::int64_t now_ms);

// RFC 3339, to the millisecond: the rest is cut. Nothing if it is not.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace outflow::event
