// Where a path over an event leads, found once per task; and the reading of all places that are
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
    specversion,
    id,
    source,
    type,
    subject,
    time,
    datacontenttype,
    topic,  // $.data.topic
    body,   // $.data.body and, with Target::steps, inside it
    props,  // $.data.props
    first_topic,
    second_topic,
    props_topic,
    levels,  // $.data.props.levels, an array of the topic's levels
    level,   // with Target::index
    qos,
    retain,
    dup,
    content_type,
    response_topic,
    correlation_data,
    message_expiry_interval,
    payload_format_indicator,
    client_id,
    ordered_user_properties,  // $.data.props.userProperties, an array of {"key": .., "value": ..} in the order received
    ordered_user_property,    // with Target::index and Target::member
    user_properties,          // $.data.userProperties without KEYS and TAGS
    user_property,            // $.data.userProperties.<Target::name>
    system_properties,        // $.data.systemProperties
    keys,
    tags,  // the publisher's user properties KEYS and TAGS
};

// What stands at a place if anything does: an object, an array or a kind of leaf. `missing`: nothing, or, in a body,
// anything.
constexpr json::Kind kind_of(Place place) {
    switch (place) {
    case Place::nothing:
    case Place::body: return json::Kind::missing;
    case Place::whole:
    case Place::data:
    case Place::props:
    case Place::user_properties:
    case Place::system_properties: return json::Kind::object;
    case Place::levels:
    case Place::ordered_user_properties: return json::Kind::array;
    case Place::qos:
    case Place::message_expiry_interval:
    case Place::payload_format_indicator: return json::Kind::number;
    case Place::retain:
    case Place::dup: return json::Kind::boolean;
    case Place::specversion:
    case Place::id:
    case Place::source:
    case Place::type:
    case Place::subject:
    case Place::time:
    case Place::datacontenttype:
    case Place::topic:
    case Place::first_topic:
    case Place::second_topic:
    case Place::props_topic:
    case Place::level:
    case Place::content_type:
    case Place::response_topic:
    case Place::correlation_data:
    case Place::client_id:
    case Place::ordered_user_property:  // its key or value
    case Place::user_property:
    case Place::keys:
    case Place::tags: return json::Kind::string;
    }
    return json::Kind::missing;
}

// How a path passes through arrays: by indices, as a JSONPath; or by itself, as the names of a pattern.
enum class Arrays : std::uint8_t { by_index, by_themselves };

struct Target {
    enum class Member : std::uint8_t { whole, key, value };
    Place place = Place::nothing;
    Member member = Member::whole;
    std::string name;
    std::int64_t index = 0;
    std::vector<json::Step> steps;  // inside the body

    json::Kind kind() const {
        const bool is_pair = place == Place::ordered_user_property && member == Member::whole;
        return is_pair ? json::Kind::object : kind_of(place);
    }
};

// Where `path` leads in events of this context. In Text and Binary events the body is a string: nothing is inside.
Target locate(const json::Path& path, const EventContext& context, Arrays arrays = Arrays::by_index);

// The value there; objects and arrays are rendered as JSON into the arena, only when asked for. Not for whole, data and
// body (assertion). Valid as long as event and arena. Strings of the message are given as they are, UTF-8 or not.
json::Value read_target(const Event& event, const EventContext& context, const Target& target, Arena& arena);
// The same with a text to render in: allocates nothing once that and the arena have room.
json::Value read_target(const Event& event, const EventContext& context, const Target& target, Arena& arena,
                        std::string& scratch);

// The levels of an MQTT topic, one after the other: of `a//b` a, an empty one and b.
class LevelReader {
public:
    explicit LevelReader(std::string_view topic) : rest_(topic) {}

    // False behind the last one.
    bool next(std::string_view& level) {
        if (is_over_) return false;
        const std::size_t slash = rest_.find('/');
        level = rest_.substr(0, slash);
        is_over_ = slash == std::string_view::npos;
        if (!is_over_) rest_.remove_prefix(slash + 1);
        return true;
    }

private:
    std::string_view rest_;
    bool is_over_ = false;
};

// The body as a value in Text and Binary events: the payload, or its Base64 in the arena.
json::Value read_body(const Event& event, const EventContext& context, Arena& arena);

// $.data.userProperties as a list: of a repeated name the last value, at the place of the first; KEYS and TAGS left
// out. Empty if there are none.
std::span<const Property> user_properties(const Event& event, Arena& arena);

}  // namespace outflow::event
