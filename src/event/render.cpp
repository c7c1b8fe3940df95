#include "event/render.h"

#include "base/base64.h"
#include "event/memory.h"
#include "event/properties.h"

namespace outflow::event {

namespace {

// Appends `"name":value` for every place that has a value, with commas between.
void append_places(std::string& out, std::span<const NamedPlace> places, const Event& event,
                   const EventContext& context, Arena& arena) {
    bool first = true;
    for (const NamedPlace& entry : places) {
        const bool is_levels = entry.place == Place::levels;  // written where they stand
        Target target;
        target.place = entry.place;
        json::Value value = is_levels ? json::Value() : read_target(event, context, target, arena);
        if (value.kind == json::Kind::missing && !is_levels) continue;
        if (!first) out += ',';
        first = false;
        json::append_json_string(out, entry.name);
        out += ':';
        is_levels ? append_levels(out, event.topic) : json::append_json(out, value);
    }
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() != '{') out += ',';
    json::append_json_string(out, name);
    out += ':';
    json::append_json_string(out, value);
}

void append_body(std::string& out, const Event& event, const EventContext& context, bool fits, Arena& arena) {
    out += ",\"body\":";
    if (fits && context.format == DataFormat::json) {
        out += json::without_byte_order_mark(event.payload);
    } else if (fits) {
        json::append_json(out, read_body(event, context, arena));
    } else {
        json::append_json_string(out, encode_base64(event.payload));
    }
}

// Days since 1970-01-01 to year, month, day in the proleptic Gregorian calendar: the usual shift to a year that starts
// in March, so that the leap day is its last.
struct Date {
    std::int64_t year;
    unsigned month;
    unsigned day;
};

Date date_of(std::int64_t days) {
    days += 719'468;  // from 0000-03-01
    std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    auto day_of_era = static_cast<unsigned>(days - era * 146'097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted_month = (5 * day_of_year + 2) / 153;
    unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

void write_digits(char* to, std::int64_t value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

void write_time(std::int64_t unix_ms, char* to) {
    constexpr std::int64_t day_ms = 86'400'000;
    std::int64_t days = unix_ms / day_ms - (unix_ms % day_ms < 0 ? 1 : 0);
    std::int64_t ms = unix_ms - days * day_ms;
    Date date = date_of(days);
    std::string_view shape = "0000-00-00T00:00:00.000Z";
    shape.copy(to, shape.size());
    write_digits(to, date.year, 4);
    write_digits(to + 5, date.month, 2);
    write_digits(to + 8, date.day, 2);
    write_digits(to + 11, ms / 3'600'000, 2);
    write_digits(to + 14, ms / 60'000 % 60, 2);
    write_digits(to + 17, ms / 1000 % 60, 2);
    write_digits(to + 20, ms % 1000, 3);
}

void append_props(std::string& out, const Event& event, const EventContext& context, Arena& arena) {
    out += '{';
    append_places(out, prop_places(), event, context, arena);
    if (event.properties != nullptr && !event.properties->user.empty()) {
        out += ",\"userProperties\":";
        append_ordered_user_properties(out, event);
    }
    out += '}';
}

void append_levels(std::string& out, std::string_view topic) {
    out += '[';
    LevelReader levels(topic);
    for (std::string_view level; levels.next(level);) {
        if (out.back() != '[') out += ',';
        json::append_json_string(out, level);
    }
    out += ']';
}

void append_ordered_user_properties(std::string& out, const Event& event) {
    out += '[';
    for (const Property& property : event.properties->user) {
        if (out.back() != '[') out += ',';
        out += '{';
        append_member(out, "key", property.name);
        append_member(out, "value", property.value);
        out += '}';
    }
    out += ']';
}

void append_user_properties(std::string& out, const Event& event, Arena& arena) {
    out += '{';
    for (const Property& property : user_properties(event, arena)) append_member(out, property.name, property.value);
    out += '}';
}

void append_system_properties(std::string& out, const Event& event) {
    out += '{';
    for (std::string_view name : {keys_name, tags_name}) {
        const Property* property = find_user_property(event, name);
        if (property != nullptr) append_member(out, name, property->value);
    }
    out += '}';
}

void append_data(std::string& out, const Event& event, const EventContext& context, bool fits, Arena& arena) {
    out += "{\"topic\":";
    json::append_json_string(out, event.topic);
    append_body(out, event, context, fits, arena);
    out += ",\"props\":";
    append_props(out, event, context, arena);
    if (!user_properties(event, arena).empty()) {
        out += ",\"userProperties\":";
        append_user_properties(out, event, arena);
    }
    if (find_user_property(event, keys_name) != nullptr || find_user_property(event, tags_name) != nullptr) {
        out += ",\"systemProperties\":";
        append_system_properties(out, event);
    }
    out += '}';
}

void append_event(std::string& out, const Event& event, const EventContext& context, bool fits, Arena& arena) {
    out += '{';
    append_places(out, attribute_places(), event, context, arena);
    out += ",\"data\":";
    append_data(out, event, context, fits, arena);
    out += '}';
}

Rendered render_event(const Event& event, const EventContext& context, json::Walker& walker, std::string& out) {
    Arena arena;
    Rendered rendered;
    EventContext lenient = context;
    lenient.validate = Validate::off;
    rendered.fits = event.poison.empty() && check_payload(event, lenient, walker).has_value();
    append_event(out, event, context, rendered.fits, arena);
    return rendered;
}

Status check_payload(const Event& event, const EventContext& context, json::Walker& walker) {
    switch (context.format) {
    case DataFormat::binary: return {};
    case DataFormat::text:
        if (json::is_utf8(event.payload)) return {};
        return failed(ErrorCode::payload_unfit, "The payload is not UTF-8 text.");
    case DataFormat::json: break;
    }
    Status opened = walker.open(event.payload);
    if (!opened) return opened;
    return walker.check(context.validate == Validate::full ? json::RepeatedNames::refused
                                                           : json::RepeatedNames::allowed);
}

}  // namespace outflow::event
