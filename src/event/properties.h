// The plain members of `$.data.props` and the attributes of an event: one table for paths and for rendering.
#pragma once

#include <span>
#include <string_view>

#include "event/target.h"

namespace outflow::event {

struct NamedPlace {
    std::string_view name;
    Place place;
};

// specversion, id, source, ...: the top level without `data`.
std::span<const NamedPlace> attribute_places();
// firstTopic, secondTopic, ...: `$.data.props` without userProperties.
std::span<const NamedPlace> prop_places();

// The last user property of that name, or null.
const Property* find_user_property(const Event& event, std::string_view name);

// Names that move from userProperties to systemProperties.
inline constexpr std::string_view keys_name = "KEYS";
inline constexpr std::string_view tags_name = "TAGS";

// Appends `["a","b"]`: the levels of the topic.
void append_levels(std::string& out, std::string_view topic);

// Appends `{"name":"value",...}`; an object without members is `{}`.
void append_props(std::string& out, const Event& event, const EventContext& context, Arena& arena);
void append_ordered_user_properties(std::string& out, const Event& event);
void append_user_properties(std::string& out, const Event& event, Arena& arena);
void append_system_properties(std::string& out, const Event& event);

}  // namespace outflow::event
