#include "transform/value_source.h"

#include <algorithm>

#include "event/render.h"
#include "json/elements.h"

namespace outflow::transform {

using event::Place;
using json::Kind;
using json::Value;

bool ValueSource::may_be_object() const {
    if (leads_on) return true;
    if (kind == Kind::list) return false;
    return kind == Kind::envelope ? target.kind() == json::Kind::object : kind != Kind::raw && kind != Kind::text;
}

ValueSource ValueSource::raw() {
    ValueSource source;
    source.kind = Kind::raw;
    return source;
}

std::string ValueSource::shown() const { return inside == nullptr ? path : inside_path + " in the text at " + path; }

namespace {

std::string_view without_end_spaces(std::string_view path) {
    return path.substr(0, path.find_last_not_of(" \t\r\n") + 1);
}

}  // namespace

Result<json::Query> parse_source(std::string_view path) { return json::parse_query(without_end_spaces(path)); }

Result<ValueSource> SourceCompiler::compile(const ValuePath& path, Body body) {
    TRY(json::Query query, parse_source(path.path));
    strays_.clear();
    ValueSource source = place_query(std::move(query), path.json.empty() ? body : Body::as_value, path.takes_first);
    source.path = without_end_spaces(path.path);
    source.takes_first = path.takes_first;
    if (!path.json.empty()) {
        TRY(json::Query inside, parse_source(path.json));
        source.inside = std::make_unique<const json::Query>(std::move(inside));
        source.inside_path = without_end_spaces(path.json);
    }
    if (source.is_nowhere()) return source;
    source.leads_on = source.query != nullptr || source.inside != nullptr;
    return source;
}

ValueSource SourceCompiler::place_query(json::Query query, Body body, bool takes_first) {
    if (const json::Path* definite = query.definite_path()) return place(*definite, body);
    if (!query.ending_names().empty() && !takes_first) return place_names(query);
    ValueSource source;
    if (query.refers_to_root()) {
        source = place_whole(ValueSource::Kind::event);
    } else {
        source = place(query.leading_steps(), Body::as_value, true);
        source.first_segment = query.leading_steps().size();
    }
    if (!source.is_nowhere()) source.query = std::make_unique<const json::Query>(std::move(query));
    return source;
}

ValueSource SourceCompiler::place(const json::Path& path, Body body, bool goes_on) {
    if (auto astray = event::find_astray(path, context_, event::Arrays::by_index, goes_on)) {
        strays_.push_back({path, std::move(*astray)});
        return {};
    }
    event::Target target = event::locate(path, context_);
    if (target.place == Place::whole) return place_whole(ValueSource::Kind::event);
    if (target.place == Place::data) return place_whole(ValueSource::Kind::data);
    if (target.place == Place::body) return place_in_body(target, body);
    ValueSource source;
    source.kind = ValueSource::Kind::envelope;
    source.target = std::move(target);
    return source;
}

ValueSource SourceCompiler::place_in_body(const event::Target& target, Body body) {
    const bool is_whole = target.steps.empty();
    if (body == Body::as_payload && is_whole && context_.format != event::DataFormat::binary) return ValueSource::raw();
    ValueSource source;
    if (context_.format != event::DataFormat::json) {
        source.kind = ValueSource::Kind::text;
        reads_text_ = reads_text_ || context_.format == event::DataFormat::text;
    } else {
        source.kind = ValueSource::Kind::payload;
        source.value = paths_.add_value(target.steps);
    }
    return source;
}

ValueSource SourceCompiler::place_whole(ValueSource::Kind kind) {
    ValueSource source;
    source.kind = kind;
    if (context_.format == event::DataFormat::json) reads_all_ = true;
    if (context_.format == event::DataFormat::text) reads_text_ = true;
    return source;
}

ValueSource SourceCompiler::place_names(const json::Query& query) {
    ValueSource source;
    std::vector<std::string_view> known;
    for (const std::string& name : query.ending_names()) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        known.push_back(name);
        json::Path path = query.leading_steps();
        path.push_back(json::Step::of_name(name));
        ValueSource member = place(path, Body::as_value);
        if (!member.is_nowhere()) source.members.push_back({name, std::move(member)});
    }
    if (!source.members.empty()) source.kind = ValueSource::Kind::names;
    return source;
}

bool SourceReader::fail(std::string_view reason) {
    reason_ = arena_.copy(reason);
    return false;
}

bool SourceReader::read_rarer(const ValueSource& source, Value& value) {
    switch (source.kind) {
    case ValueSource::Kind::nothing:
    case ValueSource::Kind::envelope:
    case ValueSource::Kind::payload: value = {}; return true;
    case ValueSource::Kind::raw: value = {Kind::string, false, event_.payload}; return true;
    case ValueSource::Kind::text: value = event::read_body(event_, context_, arena_); return true;
    case ValueSource::Kind::event:
    case ValueSource::Kind::data: return read_whole(source.kind, value);
    case ValueSource::Kind::names:
    case ValueSource::Kind::list: return read_members(source, value);
    }
    return true;
}

bool SourceReader::check_payload() {
    if (context_.format != event::DataFormat::json || payload == Payload::checked) return true;
    Status good;
    if (payload == Payload::closed) good = scratch_.walker.open(event_.payload);
    if (good) good = scratch_.walker.check(json::RepeatedNames::allowed);
    if (!good) return fail(good.error().context);
    payload = Payload::checked;
    return true;
}

bool SourceReader::read_whole(ValueSource::Kind kind, Value& value) {
    bool is_event = kind == ValueSource::Kind::event;
    std::string_view& text = is_event ? whole_ : data_;
    if (text.empty()) {
        if (!check_payload()) return false;
        scratch_.text.clear();
        if (is_event) {
            event::append_event(scratch_.text, event_, context_, true, arena_);
        } else {
            event::append_data(scratch_.text, event_, context_, true, arena_);
        }
        text = arena_.copy(scratch_.text);
    }
    value = {Kind::object, false, text};
    return true;
}

bool SourceReader::read_members(const ValueSource& source, Value& value) {
    const std::vector<NamedValueSource>& members = source.members;
    const bool is_list = source.kind == ValueSource::Kind::list;
    auto* values = arena_.allocate_array<Value>(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
        values[i] = {};
        if (!read(members[i].source, values[i])) return false;
    }
    std::string& text = scratch_.text;
    text = is_list ? '[' : '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (values[i].kind == Kind::missing) continue;
        if (is_list) {
            append_elements(values[i]);
            continue;
        }
        if (text.size() > 1) text += ',';
        json::append_json_string(text, members[i].name);
        text += ':';
        json::append_json(text, values[i]);
    }
    value = {};
    if (text.size() == 1) return true;
    text += is_list ? ']' : '}';
    value = {is_list ? Kind::array : Kind::object, false, arena_.copy(text)};
    return true;
}

bool SourceReader::find(const ValueSource& source, bool& is_found) {
    Value value;
    if (!read_start(source, value)) return false;
    is_found = value.kind != Kind::missing;
    if (source.query == nullptr || !is_found) return true;
    return open(value) && take(scratch_.evaluator.finds(*source.query, source.first_segment), is_found);
}

bool SourceReader::pass(const ValueSource& source, const json::Query& query, std::size_t first, bool& is_found) {
    is_found = false;
    if (source.kind == ValueSource::Kind::raw && context_.format == event::DataFormat::json) {
        if (!open({Kind::object, false, event_.payload})) return false;
    } else {
        Value value;
        if (!read(source, value)) return false;
        if (value.kind == Kind::missing) return true;
        if (!open(value)) return false;
    }
    return take(scratch_.evaluator.passes(query, first), is_found);
}

bool SourceReader::pass_by(std::span<const std::pair<std::size_t, ValueSource>> asked, const json::Query& query,
                           std::size_t first, std::optional<bool>& answer) {
    auto* values = arena_.allocate_array<Value>(query.numbers());
    for (std::size_t i = 0; i < query.numbers(); ++i) values[i] = {};
    for (const auto& [number, source] : asked) {
        if (!read(source, values[number])) return false;
    }
    return take(scratch_.evaluator.passes_by(query, first, {values, query.numbers()}), answer);
}

// A value, or those of an array, as one more element each.
void SourceReader::append_elements(const Value& value) {
    const auto append = [&text = scratch_.text](const Value& element) {
        if (text.size() > 1) text += ',';
        json::append_json(text, element);
    };
    if (value.kind != Kind::array) return append(value);
    json::ElementReader elements(value);
    for (Value element; elements.next(element);) append(element);
}

bool SourceReader::lead_on(const ValueSource& source, Value& value) {
    if (source.query != nullptr) {
        if (!open(value)) return false;
        if (!select(*source.query, source.first_segment, source.takes_first, value)) return false;
    }
    if (source.inside == nullptr) return true;
    const bool is_open = value.kind == Kind::string ? open_text(value, source.path) : open(value);
    return is_open && select(*source.inside, 0, source.takes_first, value);
}

bool SourceReader::open(const Value& value) {
    opened_ = {};
    Status opened = scratch_.evaluator.open(value);
    return opened.has_value() || fail(opened.error().context);
}

// Reads the JSON of the text at `path`, once for values that follow on one another.
bool SourceReader::open_text(const Value& text, const std::string& path) {
    const std::string_view raw = text.raw;
    if (!opened_.empty() && raw.data() == opened_.data() && raw.size() == opened_.size()) return true;
    opened_ = {};
    const std::string_view json =  // with limits::chunk_padding bytes behind it
        text.escaped ? json::decode_string(raw, arena_.allocate(raw.size())) : arena_.copy(raw);
    Status opened = scratch_.evaluator.open(json);
    if (opened) {
        opened_ = raw;
        return true;
    }
    constexpr std::string_view subject = "The payload";  // of whatever the reader of JSON reads
    std::string reason = std::move(opened).error().context;
    if (reason.starts_with(subject)) reason.replace(0, subject.size(), "The text at " + path);
    return fail(reason);
}

bool SourceReader::select(const json::Query& query, std::size_t first_segment, bool takes_first, Value& value) {
    auto nodes = scratch_.evaluator.select(query, first_segment);
    if (!nodes) return fail(nodes.error().context);
    if (nodes->empty()) {
        value = {};
    } else {
        value = takes_first || nodes->size() == 1 ? nodes->front() : list_of(*nodes);
    }
    return true;
}

Value SourceReader::list_of(std::span<const Value> nodes) {
    std::string& text = scratch_.text;
    text.clear();
    for (const Value& node : nodes) {
        text += text.empty() ? '[' : ',';
        json::append_json(text, node);
    }
    text += ']';
    return {Kind::array, false, arena_.copy(text)};
}

}  // namespace outflow::transform
