#include "event/target.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/assert.h"
#include "base/base64.h"
#include "event/properties.h"
#include "event/render.h"

namespace outflow::event {

namespace {

using json::Kind;
using json::Value;

constexpr NamedPlace attributes[] = {
    {"specversion", Place::specversion},
    {"id", Place::id},
    {"source", Place::source},
    {"type", Place::type},
    {"subject", Place::subject},
    {"time", Place::time},
    {"datacontenttype", Place::datacontenttype},
};

constexpr NamedPlace props[] = {
    {"firstTopic", Place::first_topic},
    {"secondTopic", Place::second_topic},
    {"topic", Place::props_topic},
    {"levels", Place::levels},
    {"qos", Place::qos},
    {"retain", Place::retain},
    {"dup", Place::dup},
    {"contentType", Place::content_type},
    {"responseTopic", Place::response_topic},
    {"correlationData", Place::correlation_data},
    {"messageExpiryInterval", Place::message_expiry_interval},
    {"payloadFormatIndicator", Place::payload_format_indicator},
    {"clientId", Place::client_id},
};

Target of_place(Place place) {
    Target target;
    target.place = place;
    return target;
}

Place find_place(std::span<const NamedPlace> places, const json::Step& step) {
    for (const NamedPlace& entry : places) {
        if (step.is(entry.name)) return entry.place;
    }
    return Place::nothing;
}

using Steps = std::span<const json::Step>;

// [0], [0].key and [0].value below $.data.props.userProperties; without the index where a path needs none.
Target locate_ordered(Steps rest, Arrays arrays) {
    if (rest.empty()) return of_place(Place::ordered_user_properties);
    Target target = of_place(Place::ordered_user_property);
    if (arrays == Arrays::by_index) {
        if (rest[0].kind != json::Step::Kind::index) return {};
        target.index = rest[0].index;
        rest = rest.subspan(1);
        if (rest.empty()) return target;
    }
    if (rest.size() > 1 || !(rest[0].is("key") || rest[0].is("value"))) return {};
    target.member = rest[0].is("key") ? Target::Member::key : Target::Member::value;
    return target;
}

Target locate_in_props(Steps rest, Arrays arrays) {
    if (rest.empty()) return of_place(Place::props);
    if (rest[0].is("userProperties")) return locate_ordered(rest.subspan(1), arrays);
    if (rest.size() == 1) return of_place(find_place(props, rest[0]));
    const bool is_level = rest.size() == 2 && rest[0].is("levels") && rest[1].kind == json::Step::Kind::index;
    if (!is_level || arrays == Arrays::by_themselves) return {};
    Target target = of_place(Place::level);
    target.index = rest[1].index;
    return target;
}

Target locate_in_data(Steps steps, const EventContext& context, Arrays arrays) {
    const json::Step& first = steps[0];
    Steps rest = steps.subspan(1);
    if (first.is("body")) {
        if (context.format != DataFormat::json && !rest.empty()) return {};
        Target target = of_place(Place::body);
        target.steps.assign(rest.begin(), rest.end());
        return target;
    }
    if (first.is("topic") && rest.empty()) return of_place(Place::topic);
    if (first.is("props")) return locate_in_props(rest, arrays);
    if (first.is("userProperties")) {
        if (rest.empty()) return of_place(Place::user_properties);
        bool is_system = rest[0].is(keys_name) || rest[0].is(tags_name);
        if (rest.size() > 1 || rest[0].kind != json::Step::Kind::name || is_system) return {};
        Target target = of_place(Place::user_property);
        target.name = rest[0].name;
        return target;
    }
    if (first.is("systemProperties")) {
        if (rest.empty()) return of_place(Place::system_properties);
        if (rest.size() == 1 && rest[0].is(keys_name)) return of_place(Place::keys);
        if (rest.size() == 1 && rest[0].is(tags_name)) return of_place(Place::tags);
    }
    return {};
}

Value string_value(std::string_view text) { return {Kind::string, false, text}; }
Value boolean_value(bool value) { return {Kind::boolean, false, value ? "true" : "false"}; }
Value optional_string(const std::optional<std::string_view>& text) { return text ? string_value(*text) : Value{}; }

Value number_value(std::uint64_t number, Arena& arena) {
    char* place = arena.allocate(20);
    char* end = std::to_chars(place, place + 20, number).ptr;
    return {Kind::number, false, {place, static_cast<std::size_t>(end - place)}};
}

Value property_value(const Property* property) { return property == nullptr ? Value{} : string_value(property->value); }

Value joined(std::string_view first, std::string_view second, Arena& arena) {
    if (first.empty()) return string_value(second);
    char* place = arena.allocate(first.size() + second.size());
    std::memcpy(place, first.data(), first.size());
    if (!second.empty()) std::memcpy(place + first.size(), second.data(), second.size());
    return string_value({place, first.size() + second.size()});
}

Value read_id(const Event& event, const EventContext& context, Arena& arena) {
    constexpr std::size_t digits = 16;
    const std::string_view prefix = context.id_prefix;
    const std::string_view suffix = event.id_suffix;
    char* place = arena.allocate(prefix.size() + digits + suffix.size());
    char* at = std::copy(prefix.begin(), prefix.end(), place);
    for (std::size_t i = 0; i < digits; ++i) *at++ = "0123456789abcdef"[event.number >> (60 - 4 * i) & 15];
    at = std::copy(suffix.begin(), suffix.end(), at);
    return string_value({place, static_cast<std::size_t>(at - place)});
}

Value read_time(const Event& event, Arena& arena) {
    char* place = arena.allocate(time_text_size);
    write_time(event.received_ms, place);
    return string_value({place, time_text_size});
}

Value read_attribute(const Event& event, const EventContext& context, Place place, Arena& arena) {
    if (place == Place::specversion) return string_value("1.0");
    if (place == Place::id) return read_id(event, context, arena);
    if (place == Place::source) return string_value(context.source);
    if (place == Place::type) return string_value(context.type);
    if (place == Place::subject) return joined(context.subject_prefix, event.topic, arena);
    if (place == Place::time) return read_time(event, arena);
    return string_value("application/json");  // datacontenttype
}

// The rest of the topic keeps its slash, as in the product: factory and /line1/press7.
Value read_topic_part(const Event& event, bool first) {
    std::size_t slash = event.topic.find('/');
    if (first) return string_value(event.topic.substr(0, slash));
    return slash == std::string_view::npos ? Value{} : string_value(event.topic.substr(slash));
}

Value read_level(std::string_view topic, std::int64_t index) {
    const std::int64_t last = std::count(topic.begin(), topic.end(), '/');
    if (index < 0) index += last + 1;
    if (index < 0 || index > last) return {};
    std::string_view level;
    LevelReader levels(topic);
    for (; index >= 0; --index) levels.next(level);
    return string_value(level);
}

Value read_message_property(const Event& event, Place place, Arena& arena) {
    if (event.properties == nullptr) return {};
    const MessageProperties& properties = *event.properties;
    if (place == Place::content_type) return optional_string(properties.content_type);
    if (place == Place::response_topic) return optional_string(properties.response_topic);
    if (place == Place::message_expiry_interval) {
        return properties.message_expiry_interval ? number_value(*properties.message_expiry_interval, arena) : Value{};
    }
    if (place == Place::payload_format_indicator) {
        return properties.payload_format_indicator ? number_value(*properties.payload_format_indicator, arena)
                                                   : Value{};
    }
    if (!properties.correlation_data) return {};
    std::size_t size = base64_size(properties.correlation_data->size());
    char* text = arena.allocate(size);
    encode_base64(*properties.correlation_data, text);
    return string_value({text, size});
}

template <class Append>
Value rendered(Kind kind, Arena& arena, std::string& scratch, Append append) {
    scratch.clear();
    append(scratch);
    return {kind, false, arena.copy(scratch)};
}

Value read_ordered_property(const Event& event, const Target& target, Arena& arena, std::string& scratch) {
    if (event.properties == nullptr) return {};
    std::span<const Property> user = event.properties->user;
    std::int64_t index = target.index < 0 ? target.index + static_cast<std::int64_t>(user.size()) : target.index;
    if (index < 0 || index >= static_cast<std::int64_t>(user.size())) return {};
    const Property& property = user[static_cast<std::size_t>(index)];
    if (target.member == Target::Member::key) return string_value(property.name);
    if (target.member == Target::Member::value) return string_value(property.value);
    return rendered(Kind::object, arena, scratch, [&](std::string& text) {
        text += "{\"key\":";
        json::append_json_string(text, property.name);
        text += ",\"value\":";
        json::append_json_string(text, property.value);
        text += '}';
    });
}

bool is_system_name(std::string_view name) { return name == keys_name || name == tags_name; }

}  // namespace

std::span<const NamedPlace> attribute_places() { return attributes; }
std::span<const NamedPlace> prop_places() { return props; }

const Property* find_user_property(const Event& event, std::string_view name) {
    if (event.properties == nullptr) return nullptr;
    const Property* found = nullptr;
    for (const Property& property : event.properties->user) {
        if (property.name == name) found = &property;
    }
    return found;
}

Target locate(const json::Path& path, const EventContext& context, Arrays arrays) {
    if (path.empty()) return of_place(Place::whole);
    Steps steps(path);
    if (!steps[0].is("data")) return steps.size() == 1 ? of_place(find_place(attributes, steps[0])) : Target{};
    return steps.size() == 1 ? of_place(Place::data) : locate_in_data(steps.subspan(1), context, arrays);
}

Value read_target(const Event& event, const EventContext& context, const Target& target, Arena& arena) {
    std::string scratch;
    return read_target(event, context, target, arena, scratch);
}

Value read_target(const Event& event, const EventContext& context, const Target& target, Arena& arena,
                  std::string& scratch) {
    switch (target.place) {
    case Place::nothing: return {};
    case Place::whole:
    case Place::data:
    case Place::body: OUTFLOW_ASSERT(false && "not a place outside of the payload"); return {};
    case Place::specversion:
    case Place::id:
    case Place::source:
    case Place::type:
    case Place::subject:
    case Place::time:
    case Place::datacontenttype: return read_attribute(event, context, target.place, arena);
    case Place::topic:
    case Place::props_topic: return string_value(event.topic);
    case Place::first_topic: return read_topic_part(event, true);
    case Place::second_topic: return read_topic_part(event, false);
    case Place::level: return read_level(event.topic, target.index);
    case Place::levels:
        return rendered(Kind::array, arena, scratch, [&](std::string& text) { append_levels(text, event.topic); });
    case Place::qos: return number_value(event.qos, arena);
    case Place::retain: return boolean_value(event.retain);
    case Place::dup: return boolean_value(event.dup);
    case Place::content_type:
    case Place::response_topic:
    case Place::correlation_data:
    case Place::message_expiry_interval:
    case Place::payload_format_indicator: return read_message_property(event, target.place, arena);
    case Place::client_id:
        if (context.client_id_property.empty()) return {};
        return property_value(find_user_property(event, context.client_id_property));
    case Place::user_property: return property_value(find_user_property(event, target.name));
    case Place::keys: return property_value(find_user_property(event, keys_name));
    case Place::tags: return property_value(find_user_property(event, tags_name));
    case Place::ordered_user_property: return read_ordered_property(event, target, arena, scratch);
    case Place::ordered_user_properties:
        if (event.properties == nullptr || event.properties->user.empty()) return {};
        return rendered(Kind::array, arena, scratch,
                        [&](std::string& text) { append_ordered_user_properties(text, event); });
    case Place::props:
        return rendered(Kind::object, arena, scratch,
                        [&](std::string& text) { append_props(text, event, context, arena); });
    case Place::user_properties:
        if (user_properties(event, arena).empty()) return {};
        return rendered(Kind::object, arena, scratch,
                        [&](std::string& text) { append_user_properties(text, event, arena); });
    case Place::system_properties:
        if (!find_user_property(event, keys_name) && !find_user_property(event, tags_name)) return {};
        return rendered(Kind::object, arena, scratch,
                        [&](std::string& text) { append_system_properties(text, event); });
    }
    return {};
}

Value read_body(const Event& event, const EventContext& context, Arena& arena) {
    if (context.format != DataFormat::binary) return string_value(event.payload);
    std::size_t size = base64_size(event.payload.size());
    char* text = arena.allocate(size);
    encode_base64(event.payload, text);
    return string_value({text, size});
}

std::span<const Property> user_properties(const Event& event, Arena& arena) {
    if (event.properties == nullptr || event.properties->user.empty()) return {};
    std::span<const Property> user = event.properties->user;
    auto* kept = arena.allocate_array<Property>(user.size());
    std::size_t count = 0;
    constexpr std::size_t few = 32;
    if (user.size() <= few) {
        for (const Property& property : user) {
            if (is_system_name(property.name)) continue;
            Property* known =
                std::find_if(kept, kept + count, [&](const Property& p) { return p.name == property.name; });
            *known = property;
            if (known == kept + count) ++count;
        }
        return {kept, count};
    }
    // Many: the positions sorted by name, so that the work stays n log n.
    auto* order = arena.allocate_array<std::uint32_t>(user.size());
    for (std::size_t i = 0; i < user.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
    std::sort(order, order + user.size(), [&](std::uint32_t left, std::uint32_t right) {
        return user[left].name != user[right].name ? user[left].name < user[right].name : left < right;
    });
    auto* last_of = arena.allocate_array<std::uint32_t>(user.size());  // at the place of a name's first: its last
    std::fill(last_of, last_of + user.size(), UINT32_MAX);
    for (std::size_t start = 0, end = 0; start < user.size(); start = end) {
        while (end < user.size() && user[order[end]].name == user[order[start]].name) ++end;
        last_of[order[start]] = order[end - 1];
    }
    for (std::size_t i = 0; i < user.size(); ++i) {
        if (last_of[i] != UINT32_MAX && !is_system_name(user[i].name)) kept[count++] = user[last_of[i]];
    }
    return {kept, count};
}

}  // namespace outflow::event
