// What a task would do with an event, and whether a pattern matches one, over HTTP. Nothing is connected to, sent or stored.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "api/problem.h"
#include "api/registry.h"
#include "api/routes.h"
#include "pattern/dialect.h"

namespace outflow::api {

// As an MQTT broker would deliver it.
struct GivenMessage {
    std::string topic;
    std::string payload;
    std::uint8_t qos = 0;
    std::vector<std::pair<std::string, std::string>> user_properties;
    std::optional<std::string> content_type;
};

struct GivenEvent {
    std::string text;                     // a whole event as JSON, spelled as it was sent
    std::optional<GivenMessage> message;  // or the message that becomes one
};

// An answer's JSON, or what is wrong in what was sent, with pointers below the part that was given.
using Previewed = tl::expected<std::string, std::vector<Fault>>;
// What the first task of the document would do, as `outflow task preview --json` tells it; faults below `/event` or `/message`.
using Preview = std::function<Previewed(const task::Document& document, const GivenEvent& event)>;
// Whether the pattern matches the whole event, both JSON texts: `{"matches","decisions","warnings"}`; faults below `/pattern`
// or `/event`.
using TestPattern =
    std::function<Previewed(const std::string& pattern, pattern::Dialect dialect, const std::string& event)>;

// The registry outlives the routes. The functions are called on the control loop and take at most a moment.
void add_preview_routes(Routes& routes, Registry& registry, Preview preview, TestPattern test_pattern);

}  // namespace outflow::api
