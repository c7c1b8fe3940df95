// Where a path over an event leads (design, section 4), found once per task; and the reading of all places that are
// not inside the payload.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "event/memory.h"
#include "json/path.h"
#include "json/value.h"

namespace outflow::event {

enum class Place : std::uint8_t {
    nothing,  // no event of this context has anything there
    whole,    // $
    data,     // $.data
    specversion, id, source, type, subject, time, datacontenttype,
    topic,  // $.data.topic
    body,   // $.data.body and, with Target::steps, inside it
    props,  // $.data.props
    first_topic, second_topic, props_topic, qos, retain, dup, content_type, response_topic, correlation_data,
    message_expiry_interval, payload_format_indicator, client_id,
    ordered_user_properties,  // $.data.props.userProperties, an array of {"key": .., "value": ..} in the order received
    ordered_user_property,    // with Target::index and Target::member
    user_properties,          // $.data.userProperties without KEYS and TAGS
    user_property,            // $.data.userProperties.<Target::name>
    system_properties,        // $.data.systemProperties
    keys, tags,               // the publisher's user properties KEYS and TAGS
};

struct Target {
    enum class Member : std::uint8_t { whole, key, value };
    Place place = Place::nothing;
    Member member = Member::whole;
    std::string name;
    std::int64_t index = 0;
    std::vector<json::Step> steps;  // inside the body

    bool is_object() const {
        return place == Place::props || place == Place::user_properties || place == Place::system_properties;
    }
};

// Where `path` leads in events of this context. In Text and Binary events the body is a string: nothing is inside.
Target locate(const json::Path& path, const EventContext& context);

// The value there; objects and arrays are rendered as JSON into the arena, only when asked for. Not for whole, data and
// body (assertion). Valid as long as event and arena. Strings of the message are given as they are, UTF-8 or not.
json::Value read_target(const Event& event, const EventContext& context, const Target& target, Arena& arena);
// The same with a text to render in: allocates nothing once that and the arena have room.
json::Value read_target(const Event& event, const EventContext& context, const Target& target, Arena& arena,
                        std::string& scratch);

// The body as a value in Text and Binary events: the payload, or its Base64 in the arena.
json::Value read_body(const Event& event, const EventContext& context, Arena& arena);

// $.data.userProperties as a list: of a repeated name the last value, at the place of the first; KEYS and TAGS left
// out. Empty if there are none.
std::span<const Property> user_properties(const Event& event, Arena& arena);

}  // namespace outflow::event
