#include "event/parse.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/base64.h"
#include "event/properties.h"
#include "event/target.h"
#include "json/document.h"
#include "json/elements.h"
#include "json/walker.h"

namespace outflow::event {

namespace {

using json::Kind;
using json::Value;

constexpr std::size_t id_digits = 16;

json::Path path_of(std::initializer_list<std::string_view> names) {
    json::Path path;
    for (std::string_view name : names) path.push_back(json::Step::of_name(std::string(name)));
    return path;
}

// A member that was looked for: an attribute or one of `data.props`.
struct Known {
    NamedPlace named;
    std::string path;  // "data.props.qos", for people
    std::size_t value = 0;
};

}  // namespace

class EventParser {
public:
    EventParser(std::string_view text, const EventContext& context, std::int64_t now_ms) {
        owned_.context = context;
        owned_.event.received_ms = now_ms;
        text_ = owned_.memory.copy(text);
    }

    Result<OwnedEvent> run() {
        if (Status status = find_values(); !status) return failed(std::move(status).error());
        if (at(whole_).kind != Kind::object) return wrong(at(whole_), "an event", "an object");
        if (at(data_).kind != Kind::object) return wrong(at(data_), "`data`", "an object");
        for (auto read : {&EventParser::read_topic, &EventParser::read_attributes, &EventParser::read_props,
                          &EventParser::read_user_properties, &EventParser::read_body}) {
            if (Status status = (this->*read)(); !status) return failed(std::move(status).error());
        }
        remark_differences();
        remark_unknown();
        return std::move(owned_);
    }

private:
    Status find_values() {
        Status good = walker_.open(text_);
        if (good) good = walker_.check(json::RepeatedNames::allowed);
        if (!good) {
            auto document = json::parse_document(text_);  // tells line and column
            return document ? good : failed(std::move(document).error());
        }
        json::PathSet paths;
        whole_ = paths.add_value({});
        data_ = paths.add_value(path_of({"data"}));
        topic_ = paths.add_value(path_of({"data", "topic"}));
        body_ = paths.add_value(path_of({"data", "body"}));
        props_ = paths.add_value(path_of({"data", "props"}));
        list_ = paths.add_value(path_of({"data", "props", "userProperties"}));
        user_ = paths.add_value(path_of({"data", "userProperties"}));
        system_ = paths.add_value(path_of({"data", "systemProperties"}));
        for (const NamedPlace& named : attribute_places()) {
            known_.push_back({named, std::string(named.name), paths.add_value(path_of({named.name}))});
        }
        for (const NamedPlace& named : prop_places()) {
            std::size_t value = paths.add_value(path_of({"data", "props", named.name}));
            known_.push_back({named, "data.props." + std::string(named.name), value});
        }
        values_.resize(paths.values());
        return walker_.walk(paths, values_, {});
    }

    const Value& at(std::size_t value) const { return values_[value]; }

    const Known& known(Place place) const {
        auto is_it = [place](const Known& one) { return one.named.place == place; };
        return *std::find_if(known_.begin(), known_.end(), is_it);
    }

    tl::unexpected<Error> wrong(const Value& value, std::string_view what, std::string_view expected) const {
        std::string sentence;
        if (value.raw.data() != nullptr && value.kind != Kind::missing) {
            std::string_view before = text_.substr(0, static_cast<std::size_t>(value.raw.data() - text_.data()));
            std::size_t line_start = before.rfind('\n') + 1;                                         // npos + 1 is 0
            std::size_t column = before.size() - line_start + (value.kind == Kind::string ? 0 : 1);  // of the quote
            sentence = "Line " + std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ", column " +
                       std::to_string(column) + ": ";
        }
        sentence += "expected " + std::string(what) + " to be " + std::string(expected) + ", found ";
        sentence += value.kind == Kind::missing ? "nothing" : std::string(json::to_string(value.kind));
        if (value.is_leaf() && value.kind != Kind::null) {
            sentence += ' ';
            json::append_json(sentence, value);
        }
        return failed(ErrorCode::invalid_argument, sentence + ".");
    }

    std::string_view text_of(const Value& value) {
        if (!value.escaped) return value.raw;
        return json::decode_string(value.raw, owned_.memory.allocate(value.raw.size()));
    }

    Status read_topic() {
        if (at(topic_).kind != Kind::string || at(topic_).raw.empty()) {
            return wrong(at(topic_), "`data.topic`", "the MQTT topic, a text");
        }
        owned_.event.topic = text_of(at(topic_));
        return {};
    }

    Status read_attributes() {
        for (const Known& one : known_) {
            const Value& value = at(one.value);
            if (value.kind == Kind::missing || one.path.starts_with("data.")) continue;
            if (value.kind != Kind::string) return wrong(value, "`" + one.path + "`", "a string");
            if (Status status = take_attribute(one.named.place, value); !status) return status;
        }
        return {};
    }

    Status take_attribute(Place place, const Value& value) {
        EventContext& context = owned_.context;
        std::string_view text = text_of(value);
        if (place == Place::source) context.source = text;
        if (place == Place::type) context.type = text;
        if (place == Place::id) take_id(text);
        if (place == Place::subject && text.ends_with(owned_.event.topic)) {
            context.subject_prefix = text.substr(0, text.size() - owned_.event.topic.size());
        }
        if (place == Place::time) {
            auto time = parse_time(text);
            if (!time) return wrong(value, "`time`", "a time such as 2026-11-24T22:39:04.123Z");
            owned_.event.received_ms = *time;
        }
        return {};
    }

    // Another id than the text's cannot be had: remark_differences tells so.
    void take_id(std::string_view text) {
        const std::string_view of_part = text.substr(0, text.size() - id_suffix_size(text));
        if (take_number_of_id(text)) return;
        if (take_number_of_id(of_part)) {
            owned_.event.id_suffix = text.substr(of_part.size());
        } else {
            owned_.context.id_prefix = std::string(text) + "-";
        }
    }

    // Of `-3` or `-3-0` at the end.
    static std::size_t id_suffix_size(std::string_view text) {
        std::size_t size = 0;
        while (true) {
            const std::string_view rest = text.substr(0, text.size() - size);
            const std::size_t dash = rest.find_last_not_of("0123456789");
            const bool is_part = dash != std::string_view::npos && rest[dash] == '-' && rest.size() - dash - 1 > 0;
            if (!is_part || rest.size() - dash - 1 >= id_digits) return size;
            size += rest.size() - dash;
        }
    }

    // What ends in 16 hexadecimal digits.
    bool take_number_of_id(std::string_view text) {
        std::string_view digits = text.substr(text.size() - std::min(text.size(), id_digits));
        const char* end = digits.data() + digits.size();
        std::uint64_t number = 0;
        bool is_lower = std::none_of(digits.begin(), digits.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        bool is_number = std::from_chars(digits.data(), end, number, 16).ptr == end;
        if (digits.size() < id_digits || !is_lower || !is_number) return false;
        owned_.context.id_prefix = text.substr(0, text.size() - id_digits);
        owned_.event.number = number;
        return true;
    }

    Status read_props() {
        if (at(props_).kind == Kind::missing) return {};
        if (at(props_).kind != Kind::object) return wrong(at(props_), "`data.props`", "an object");
        Status status =
            take_number(Place::qos, 2, [this](std::uint32_t n) { owned_.event.qos = static_cast<std::uint8_t>(n); });
        if (status) status = take_flag(Place::retain, owned_.event.retain);
        if (status) status = take_flag(Place::dup, owned_.event.dup);
        if (status) status = take_text(Place::content_type, properties_.content_type);
        if (status) status = take_text(Place::response_topic, properties_.response_topic);
        if (status) status = take_correlation_data();
        if (status) {
            status = take_number(Place::message_expiry_interval, UINT32_MAX,
                                 [this](std::uint32_t n) { properties_.message_expiry_interval = n; });
        }
        if (status) {
            status = take_number(Place::payload_format_indicator, 1, [this](std::uint32_t n) {
                properties_.payload_format_indicator = static_cast<std::uint8_t>(n);
            });
        }
        return status;
    }

    template <class Take>
    Status take_number(Place place, std::uint32_t most, Take take) {
        const Known& one = known(place);
        const Value& value = at(one.value);
        if (value.kind == Kind::missing) return {};
        std::uint32_t number = 0;
        const char* end = value.raw.data() + value.raw.size();
        auto [last, error] = std::from_chars(value.raw.data(), end, number);
        bool is_number = value.kind == Kind::number && last == end && error == std::errc();
        if (!is_number || number > most) {
            return wrong(value, "`" + one.path + "`", "an integer from 0 to " + std::to_string(most));
        }
        take(number);
        has_properties_ |= place != Place::qos;
        return {};
    }

    Status take_flag(Place place, bool& flag) {
        const Known& one = known(place);
        const Value& value = at(one.value);
        if (value.kind == Kind::missing) return {};
        if (value.kind != Kind::boolean) return wrong(value, "`" + one.path + "`", "true or false");
        flag = value.raw == "true";
        return {};
    }

    Status take_text(Place place, std::optional<std::string_view>& text) {
        const Known& one = known(place);
        const Value& value = at(one.value);
        if (value.kind == Kind::missing) return {};
        if (value.kind != Kind::string) return wrong(value, "`" + one.path + "`", "a string");
        text = text_of(value);
        has_properties_ = true;
        return {};
    }

    Status take_correlation_data() {
        if (Status status = take_text(Place::correlation_data, properties_.correlation_data); !status) return status;
        if (!properties_.correlation_data) return {};
        auto bytes = decode_base64(*properties_.correlation_data);
        if (!bytes) {
            return wrong(at(known(Place::correlation_data).value), "`data.props.correlationData`", "Base64");
        }
        properties_.correlation_data = owned_.memory.copy(*bytes);
        return {};
    }

    Status read_user_properties() {
        std::vector<Property> list;
        if (Status status = read_list(list); !status) return status;
        std::map<std::string_view, std::string_view> last;
        for (const Property& property : list) last[property.name] = property.value;
        Status status = read_names(at(system_), "data.systemProperties", last, list);
        if (status) status = read_names(at(user_), "data.userProperties", last, list);
        if (!status) return status;
        const Value& client_id = at(known(Place::client_id).value);
        const std::string& carrier = owned_.context.client_id_property;
        if (client_id.kind == Kind::string && !carrier.empty()) {
            add(owned_.memory.copy(carrier), text_of(client_id), last, list);
        }
        if (list.empty() && !has_properties_) return {};
        auto* user = owned_.memory.allocate_array<Property>(list.size());
        std::copy(list.begin(), list.end(), user);
        properties_.user = {user, list.size()};
        auto* kept = owned_.memory.allocate_array<MessageProperties>(1);
        owned_.event.properties = new (kept) MessageProperties(properties_);
        return {};
    }

    Status read_list(std::vector<Property>& list) {
        if (at(list_).kind == Kind::missing) return {};
        if (at(list_).kind != Kind::array) return wrong(at(list_), "`data.props.userProperties`", "an array");
        json::ElementReader elements(at(list_));
        for (Value element; elements.next(element);) {
            Value key, value, name, member;
            json::ElementReader members(element);
            while (members.next(name, member)) {
                std::string_view which = text_of(name);
                if (which == "key" && key.kind == Kind::missing) key = member;
                if (which == "value" && value.kind == Kind::missing) value = member;
            }
            if (key.kind != Kind::string || value.kind != Kind::string) {
                return wrong(element, "an element of `data.props.userProperties`", R"({"key": text, "value": text})");
            }
            list.push_back({text_of(key), text_of(value)});
        }
        return {};
    }

    using Last = std::map<std::string_view, std::string_view>;

    static void add(std::string_view name, std::string_view value, Last& last, std::vector<Property>& list) {
        auto [place, is_new] = last.emplace(name, value);
        if (!is_new && place->second == value) return;
        place->second = value;
        list.push_back({name, value});
    }

    Status read_names(const Value& object, const std::string& path, Last& last, std::vector<Property>& list) {
        if (object.kind == Kind::missing) return {};
        if (object.kind != Kind::object) return wrong(object, "`" + path + "`", "an object");
        bool is_system = object.raw.data() == at(system_).raw.data();
        std::set<std::string_view> seen;
        json::ElementReader members(object);
        for (Value name, value; members.next(name, value);) {
            std::string_view text = text_of(name);
            if (!seen.insert(text).second) continue;
            if (value.kind != Kind::string) return wrong(value, "`" + path + "." + std::string(text) + "`", "a string");
            bool is_system_name = text == keys_name || text == tags_name;
            if (is_system && !is_system_name) {
                remark(path + "." + std::string(text), "no event has this; left out");
                continue;
            }
            if (!is_system && is_system_name) {
                remark(path + "." + std::string(text), "it moves to data.systemProperties");
            }
            add(text, text_of(value), last, list);
        }
        return {};
    }

    Status read_body() {
        const Value& body = at(body_);
        if (body.kind == Kind::missing) return {};
        if (owned_.context.format == DataFormat::json) {
            bool is_string = body.kind == Kind::string;  // then with its quotes
            owned_.event.payload = {body.raw.data() - (is_string ? 1 : 0), body.raw.size() + (is_string ? 2 : 0)};
            return {};
        }
        bool is_text = owned_.context.format == DataFormat::text;
        std::string_view wanted = is_text ? "a string, as in a Text event" : "Base64, as in a Binary event";
        if (body.kind != Kind::string) return wrong(body, "`data.body`", wanted);
        owned_.event.payload = text_of(body);
        if (is_text) return {};
        auto bytes = decode_base64(owned_.event.payload);
        if (!bytes) return wrong(body, "`data.body`", wanted);
        owned_.event.payload = owned_.memory.copy(*bytes);
        return {};
    }

    void remark(std::string_view path, std::string_view what) {
        constexpr std::size_t remarks_max = 100;
        if (owned_.remarks.size() == remarks_max) return;
        owned_.remarks.push_back("`" + std::string(path) + "`: " + std::string(what) + ".");
    }

    // To be compared: however it is spelled.
    std::string plain(const Value& value) {
        if (value.kind != Kind::array) return std::string(text_of(value));
        std::string text;
        json::append_json(text, json::parse_document(value.raw)->root);
        return text;
    }

    void remark_differences() {
        for (const Known& one : known_) {
            const Value& said = at(one.value);
            if (said.kind == Kind::missing || one.named.place == Place::time) continue;
            Target target;
            target.place = one.named.place;
            Value is = read_target(owned_.event, owned_.context, target, owned_.memory);
            if (is.kind == said.kind && plain(is) == plain(said)) continue;
            std::string what = "it cannot be ";
            json::append_compact_json(what, said);
            what += is.kind == Kind::missing ? ", the event has none" : ", the event has ";
            json::append_json(what, is);
            remark(one.path, what);
        }
    }

    void remark_unknown() {
        remark_unknown(at(whole_), "", {"data"});
        remark_unknown(at(data_), "data.", {"topic", "body", "props", "userProperties", "systemProperties"});
        remark_unknown(at(props_), "data.props.", {"userProperties"});
    }

    void remark_unknown(const Value& object, const std::string& prefix,
                        std::initializer_list<std::string_view> others) {
        json::ElementReader members(object);
        for (Value name, value; members.next(name, value);) {
            std::string path = prefix + std::string(text_of(name));
            auto is_it = [&path](const Known& one) { return one.path == path; };
            bool is_other = std::find(others.begin(), others.end(), path.substr(prefix.size())) != others.end();
            bool is_known = is_other || std::any_of(known_.begin(), known_.end(), is_it);
            if (!is_known) remark(path, "no event has this; left out");
        }
    }

    OwnedEvent owned_;
    std::string_view text_;
    json::Walker walker_;
    std::vector<Known> known_;
    std::vector<Value> values_;
    std::size_t whole_ = 0, data_ = 0, topic_ = 0, body_ = 0, props_ = 0, list_ = 0, user_ = 0, system_ = 0;
    MessageProperties properties_;
    bool has_properties_ = false;
};

Result<OwnedEvent> parse_event(std::string_view text, const EventContext& context, std::int64_t now_ms) {
    return EventParser(text, context, now_ms).run();
}

}  // namespace outflow::event
