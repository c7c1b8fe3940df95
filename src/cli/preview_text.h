// Previews for people and for programs. Pure. Nothing in the text controls a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/preview_task.h"

namespace outflow::cli {

// Several lines: the event, indented; the filter's verdict with its decisions; the record as `outflow rocketmq consume`
// shows messages, or why there is none and what becomes of the event.
std::string render_preview_text(const app::TaskPreview& preview, const task::TaskDefinition& task);

// Appends compact JSON with a line a member and element, each after `margin` and two spaces a level.
void append_indented_json(std::string& out, std::string_view json, std::string_view margin);

}  // namespace outflow::cli
