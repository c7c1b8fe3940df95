// Events as JSON text and text as events' trees: for previews and verdicts. Pure.
#pragma once

#include <string>
#include <string_view>

#include "event/event.h"
#include "json/document.h"

namespace outflow::app {

// A JSON text with limits::chunk_padding readable bytes behind it.
class PaddedText {
public:
    explicit PaddedText(std::string_view text);
    std::string_view view() const { return std::string_view(bytes_).substr(0, size_); }

private:
    std::string bytes_;
    std::size_t size_;
};

// The whole event as JSON on one line. `fits`, if given: whether its payload fits the format (else it stands there as
// Base64).
std::string event_line(const event::Event& event, const event::EventContext& context, bool* fits = nullptr);

// The event as a tree for explanations: of a repeated name the first. `text` is valid JSON.
json::Node event_tree(std::string_view text);

}  // namespace outflow::app
