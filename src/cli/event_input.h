// Where a command's pattern and event come from: a text, a file, or a message's payload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "event/parse.h"
#include "json/document.h"

namespace outflow::cli {

struct EventOptions {
    std::string event;                    // a whole event: text or @file
    std::string payload;                  // or a message: a file, - is standard input,
    std::string topic;                    // its topic
    std::vector<std::string> properties;  // and its user properties, NAME=VALUE

    bool is_given() const { return !event.empty() || !payload.empty(); }
};

// Adds -e, --payload, --topic and --property. Whether one of -e and --payload is given is the command's to check.
void add_event_options(Command& command, EventOptions& options);
// A topic belongs to a payload. Throws UsageError, as callbacks of commands do.
void check_event_options(const EventOptions& options);

// Adds --data-format.
void add_data_format(Command& command, event::DataFormat& format);

// The argument itself, or with @FILE what stands in the file (@-: standard input), without a byte order mark. Errors:
// file_error.
Result<std::string> read_argument(const std::string& argument, std::size_t bytes_max);

// "pattern", or the FILE of @FILE: what an error in it is reported with.
std::string name_argument(const std::string& argument, std::string_view what);

// The message as an event of `context`, received now with this QoS. Errors: file_error, invalid_argument (topic, a
// property).
Result<event::OwnedEvent> read_message(const EventOptions& options, const event::EventContext& context,
                                       std::uint8_t qos);

}  // namespace outflow::cli
