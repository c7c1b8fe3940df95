// The whole event as text: dead letters, previews, functions. Never on the way of a plain delivery.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/event.h"
#include "event/memory.h"
#include "json/walker.h"

namespace outflow::event {

// Appends the event as a CloudEvents 1.0 JSON object. A JSON payload goes in as spelled if all of it is valid;
// a payload that does not fit its format goes in as a Base64 string in `data.body` and `fits` is false.
// `walker` checks the payload.
struct Rendered {
    bool fits = true;
};
Rendered render_event(const Event& event, const EventContext& context, json::Walker& walker, std::string& out);

// The same for a payload about whose fit check_payload has decided, and `data` of it alone. What is made on the way
// goes to `arena`; they allocate nothing else once `out` has room.
void append_event(std::string& out, const Event& event, const EventContext& context, bool fits, Arena& arena);
void append_data(std::string& out, const Event& event, const EventContext& context, bool fits, Arena& arena);

// 24 characters: 2026-11-24T22:48:42.123Z (RFC 3339), years 0 to 9999.
inline constexpr std::size_t time_text_size = 24;
void write_time(std::int64_t unix_ms, char* to);

// Whether the payload fits its format, all of it; with `validate: full` also that no JSON object repeats a name.
// Errors: payload_unfit, json_too_deep.
Status check_payload(const Event& event, const EventContext& context, json::Walker& walker);

}  // namespace outflow::event
