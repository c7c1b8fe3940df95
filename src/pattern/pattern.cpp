#include "pattern/pattern.h"

#include <algorithm>

#include "pattern/compiler.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using json::Node;

constexpr std::string_view top_level_keys[] = {
    "specversion",     "id",   "source",          "type",
    "subject",         "time", "datacontenttype", "dataschema",
    "data",            "aliyunaccountid",         "aliyunoriginalaccountid",
    "aliyunpublishtime", "aliyuneventbusname",    "aliyunregionid",
    "aliyunpublishaddr"};

// Objects, arrays of objects, and where nothing ever is.
bool holds_no_leaf(const event::Target& target) {
    using event::Place;
    return target.is_object() || target.place == Place::nothing || target.place == Place::whole ||
           target.place == Place::data || target.place == Place::ordered_user_properties;
}

constexpr std::uint8_t leaf_seen = 1;
constexpr std::uint8_t satisfied = 2;

}  // namespace

// Walks the pattern; collects one Field for each array.
class Compiler {
public:
    Compiler(const event::EventContext& context, std::vector<Fault>& faults) : context_(context), faults_(faults) {}

    std::optional<Pattern> run(const Node& pattern) {
        if (!pattern.is(Kind::object)) {
            faults_.add(pattern, "", "Expected an object: a pattern has the shape of the event.");
            return std::nullopt;
        }
        for (const auto& [key, value] : pattern.members) {
            std::string place;
            json::append_pointer(place, key);
            bool is_known = std::find(std::begin(top_level_keys), std::end(top_level_keys), key) != std::end(top_level_keys);
            if (key == "$or") {
                refuse_or(value, place);
            } else if (!is_known) {
                faults_.add(value, place, "An event has no `" + key.substr(0, 100) + "`; fields of the message are below `data`.",
                            suggest(key, top_level_keys));
            } else {
                names_ = {key};
                key == "data" ? compile_value(value, place) : compile_attribute(value, place);
            }
        }
        Pattern compiled = finish();
        if (faults_.any()) return std::nullopt;
        return compiled;
    }

private:
    void refuse_or(const Node& value, const std::string& place) {
        faults_.add(value, place, "`$or` is not supported yet in this version.");
    }

    void compile_attribute(const Node& value, const std::string& place) {
        if (!value.is(Kind::array)) {
            return faults_.add(value, place, "Expected an array of alternatives.", array_hint(value));
        }
        compile_value(value, place);
    }

    static std::string array_hint(const Node& value) {
        return value.is(Kind::object) || value.is(Kind::array) ? "" : "Put the value in brackets: [ ... ].";
    }

    void compile_value(const Node& value, const std::string& place) {
        if (value.is(Kind::object)) return compile_object(value, place);
        if (!value.is(Kind::array)) {
            return faults_.add(value, place, "Expected an array of alternatives or an object.", array_hint(value));
        }
        if (value.items.empty()) return faults_.add(value, place, "Expected at least one alternative.");
        Pattern::Field field;
        field.pointer = place;
        std::vector<std::string> names = nested_names();
        json::Path path;
        for (const std::string& name : names) path.push_back(json::Step::of_name(name));
        field.target = event::locate(path, context_);
        bool is_list = names.size() == 4 && names[1] == "props" && names[2] == "userProperties";
        if (is_list && (names[3] == "key" || names[3] == "value")) {
            field.target.place = event::Place::ordered_user_property;
            field.target.member = names[3] == "key" ? event::Target::Member::key : event::Target::Member::value;
        }
        compile_conditions(value, place, field.conditions, faults_);
        bool in_payload = field.target.place == event::Place::body && context_.format == event::DataFormat::json;
        if (in_payload) field.names.assign(names.begin() + 2, names.end());
        (in_payload ? inside_ : outside_).push_back(std::move(field));
    }

    // Keys with dots are nested keys, in patterns as in events; but the name of a user property is one name.
    std::vector<std::string> nested_names() const {
        std::vector<std::string> names;
        for (const std::string& key : names_) {
            std::size_t start = 0;
            for (std::size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', start)) {
                names.push_back(key.substr(start, dot - start));
                start = dot + 1;
            }
            names.push_back(key.substr(start));
        }
        if (names.size() > 3 && names[1] == "userProperties") {
            for (std::size_t i = 3; i < names.size(); ++i) names[2] += "." + names[i];
            names.resize(3);
        }
        return names;
    }

    void compile_object(const Node& value, const std::string& place) {
        if (value.members.empty()) return faults_.add(value, place, "Expected at least one key.");
        for (const auto& [key, member] : value.members) {
            std::string member_place = place;
            json::append_pointer(member_place, key);
            if (key == "$or") {
                refuse_or(member, member_place);
                continue;
            }
            names_.push_back(key);
            compile_value(member, member_place);
            names_.pop_back();
        }
    }

    Pattern finish() {
        Pattern pattern;
        json::PathSet paths;
        for (std::size_t i = 0; i < inside_.size(); ++i) {
            if (paths.add_leaf(inside_[i].names) == i) continue;
            faults_.add({}, inside_[i].pointer, "The pattern has another condition array for the same field.");
            break;
        }
        pattern.payload_fields_ = inside_.size();
        pattern.fields_ = std::move(inside_);
        for (auto& field : outside_) pattern.fields_.push_back(std::move(field));
        for (const auto& field : pattern.fields_) {
            pattern.reads_payload_ = pattern.reads_payload_ || field.target.place == event::Place::body;
        }
        return pattern;
    }

    const event::EventContext& context_;
    FaultList faults_;
    std::vector<std::string> names_;  // from the top to the value that is compiled
    std::vector<Pattern::Field> inside_;   // the payload
    std::vector<Pattern::Field> outside_;
};

std::optional<Pattern> Pattern::compile(const json::Node& pattern, const event::EventContext& context,
                                        std::vector<Fault>& faults) {
    return Compiler(context, faults).run(pattern);
}

void Pattern::add_paths(json::PathSet& paths) const {
    for (std::size_t i = 0; i < payload_fields_; ++i) paths.add_leaf(fields_[i].names);
}

void Pattern::take_value(const Field& field, std::uint8_t& seen, const json::Value& value, std::string& text) {
    seen |= leaf_seen;
    if ((seen & satisfied) != 0) return;
    Leaf leaf;
    leaf.kind = value.kind;
    leaf.text = value.kind == Kind::string ? json::string_text(value, text) : value.raw;
    if (value.kind == Kind::number) leaf.number = parse_decimal(value.raw);
    if (field.conditions.hold_for(leaf)) seen |= satisfied;
}

bool Pattern::is_satisfied(const Field& field, std::uint8_t seen) {
    return (seen & satisfied) != 0 || (seen == 0 && field.conditions.missing_allowed());
}

bool Pattern::matches_envelope(const event::Event& event, const event::EventContext& context, event::Arena& arena,
                               MatchState& state) const {
    state.fields.assign(payload_fields_, 0);
    for (std::size_t i = payload_fields_; i < fields_.size(); ++i) {
        const Field& field = fields_[i];
        std::uint8_t seen = 0;
        if (field.target.place == event::Place::ordered_user_property) {
            take_user_properties(field, event, seen, state.text);
        } else if (field.target.place == event::Place::body) {
            take_value(field, seen, event::read_body(event, context, arena), state.text);
        } else if (!holds_no_leaf(field.target)) {
            json::Value value = event::read_target(event, context, field.target, arena);
            if (value.is_leaf()) take_value(field, seen, value, state.text);
        }
        if (!is_satisfied(field, seen)) return false;
    }
    return true;
}

void Pattern::take_user_properties(const Field& field, const event::Event& event, std::uint8_t& seen, std::string& text) {
    if (event.properties == nullptr) return;
    for (const event::Property& property : event.properties->user) {
        bool is_key = field.target.member == event::Target::Member::key;
        json::Value value{Kind::string, false, is_key ? property.name : property.value};
        take_value(field, seen, value, text);
    }
}

void Pattern::take_leaf(std::size_t leaf, const json::Value& value, MatchState& state) const {
    take_value(fields_[leaf], state.fields[leaf], value, state.text);
}

bool Pattern::matches_payload(const MatchState& state) const {
    for (std::size_t i = 0; i < payload_fields_; ++i) {
        if (!is_satisfied(fields_[i], state.fields[i])) return false;
    }
    return true;
}

Result<bool> match_event(const Pattern& pattern, const event::Event& event, const event::EventContext& context,
                         json::Walker& walker) {
    event::Arena arena;
    MatchState state;
    if (pattern.reads_payload() && context.format == event::DataFormat::text && !json::is_utf8(event.payload)) {
        return failed(ErrorCode::payload_unfit, "The payload is not UTF-8 text.");
    }
    if (!pattern.matches_envelope(event, context, arena, state)) return false;
    if (!pattern.walks_payload()) return true;
    json::PathSet paths;
    pattern.add_paths(paths);
    struct Context {
        const Pattern& pattern;
        MatchState& state;
    } taker{pattern, state};
    json::LeafSink sink{&taker, [](void* context_pointer, std::size_t leaf, const json::Value& value) {
                            auto& to = *static_cast<Context*>(context_pointer);
                            to.pattern.take_leaf(leaf, value, to.state);
                        }};
    Status opened = walker.open(event.payload);
    if (!opened) return failed(std::move(opened).error());
    Status walked = walker.walk(paths, {}, sink);
    if (!walked) return failed(std::move(walked).error());
    return pattern.matches_payload(state);
}

}  // namespace outflow::pattern
