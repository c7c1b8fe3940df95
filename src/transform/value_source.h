// Where the values of an event come from: a JSONPath is placed once per task and read event by event.
//
//   $.data.topic                       envelope   read when asked for
//   $.data.body.a[0]                   payload    a value of the one walk, with all others
//   $.data.body                        raw        as the record's body: the payload, not parsed (Binary: text)
//                                      text       of Text and Binary events: the payload, its Base64
//   $  $.data                          event, data   rendered as JSON, once an event
//   $.data.body['a','b']               names      an object of two values of the walk
//   $.data.body.a[?@.b > 1].c          payload `a`, and the rest of the query on it
//   $.data.body.s, inside it $.t       payload `s`, and $.t in the JSON of that text
//   a list of paths                    list       an array of their values
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "event/memory.h"
#include "event/shape.h"
#include "event/target.h"
#include "json/query.h"
#include "json/walker.h"
#include "transform/field.h"
#include "transform/scratch.h"

namespace outflow::transform {

struct NamedValueSource;

struct ValueSource {
    enum class Kind : std::uint8_t { nothing, envelope, payload, raw, text, event, data, names, list };
    Kind kind = Kind::nothing;
    std::string path;                       // as written, for reasons
    std::string inside_path;                // the same
    event::Target target;                   // envelope
    std::size_t value = 0;                  // payload: its number in the walk
    std::vector<NamedValueSource> members;  // names; list: with none
    // What leads on from there, maybe to several places; null: nothing. Then, inside of the JSON that the text there
    // is.
    std::unique_ptr<const json::Query> query;
    std::size_t first_segment = 0;  // of the query
    std::unique_ptr<const json::Query> inside;
    bool leads_on = false;     // there is one of these
    bool takes_first = false;  // of what they find

    // The whole event, or all of its data.
    bool is_whole() const { return !leads_on && (kind == Kind::event || kind == Kind::data); }
    // The form RAW: the payload byte for byte.
    static ValueSource raw();
    // No event of the task has anything there.
    bool is_nowhere() const { return kind == Kind::nothing; }
    // In some event there may be an object.
    bool may_be_object() const;
    // For reasons: `$.data.body.t`, or `$.t in the text at $.data.body.payload`.
    std::string shown() const;
    bool is_user_properties() const {
        return kind == Kind::envelope && !leads_on && target.place == event::Place::user_properties;
    }
};

struct NamedValueSource {
    std::string name;
    ValueSource source;
};

// Parses a path as fields have it: spaces behind it are left out. Errors: jsonpath_invalid.
Result<json::Query> parse_source(std::string_view path);

// Places paths, and registers those inside the payload for the one walk.
class SourceCompiler {
public:
    enum class Body : std::uint8_t { as_value, as_payload };

    SourceCompiler(const event::EventContext& context, json::PathSet& paths) : context_(context), paths_(paths) {}

    // `as_payload`: `$.data.body` is the payload whatever is in it; of Binary events it stays Base64.
    // Errors: jsonpath_invalid.
    Result<ValueSource> compile(const ValuePath& path, Body body = Body::as_value);
    // The same for a path that leads to one place.
    ValueSource compile_path(const json::Path& path, Body body) { return place(path, body); }

    // A place of the last path where no event of the task has anything: the path's, or that of a name that it ends in.
    struct Stray {
        json::Path path;
        event::Astray astray;
    };
    const std::vector<Stray>& strays() const { return strays_; }

    bool is_json() const { return context_.format == event::DataFormat::json; }
    bool reads_text() const { return reads_text_; }  // a Text payload must be UTF-8
    bool reads_all() const { return reads_all_; }    // the payload must fit its format, all of it

private:
    ValueSource place_query(json::Query query, Body body, bool takes_first);
    // `goes_on`: the query does from there.
    ValueSource place(const json::Path& path, Body body, bool goes_on = false);
    ValueSource place_in_body(const event::Target& target, Body body);
    ValueSource place_whole(ValueSource::Kind kind);
    ValueSource place_names(const json::Query& query);

    const event::EventContext& context_;
    json::PathSet& paths_;
    std::vector<Stray> strays_;
    bool reads_text_ = false;
    bool reads_all_ = false;
};

// Reads the values of one event. What is made goes to the arena.
class SourceReader {
public:
    enum class Payload : std::uint8_t { closed, open, checked };  // by the scratch's walker

    SourceReader(const event::Event& event, const event::EventContext& context, event::Arena& arena, Scratch& scratch)
        : event_(event), context_(context), arena_(arena), scratch_(scratch) {}

    Payload payload = Payload::closed;

    // The value there; missing if there is none, one array if there are several. The walk must be over. Valid as long
    // as event and arena. False: the event is undeliverable, for the reason.
    bool read(const ValueSource& source, json::Value& value) {
        return read_start(source, value) && (!source.leads_on || lead_on(source, value));
    }
    // Whether there is anything. A query stops at the first that it finds.
    bool find(const ValueSource& source, bool& is_found);
    // Whether a filter of the query's segment `first` is true for the value there, and the rest of it finds something.
    bool pass(const ValueSource& source, const json::Query& query, std::size_t first, bool& is_found);
    // Whether a filter is true by what it asks for: sources by number. Nothing if that does not tell.
    bool pass_by(std::span<const std::pair<std::size_t, ValueSource>> asked, const json::Query& query,
                 std::size_t first, std::optional<bool>& answer);
    std::string_view reason() const { return reason_; }

private:
    // Where a query starts, or all of it.
    bool read_start(const ValueSource& source, json::Value& value) {
        if (source.kind == ValueSource::Kind::envelope) {
            value = event::read_target(event_, context_, source.target, arena_, scratch_.text);
        } else if (source.kind == ValueSource::Kind::payload) {
            value = scratch_.values[source.value];
        } else if (!read_rarer(source, value)) {
            return false;
        }
        return true;
    }
    bool read_rarer(const ValueSource& source, json::Value& value);
    bool read_whole(ValueSource::Kind kind, json::Value& value);
    bool read_members(const ValueSource& source, json::Value& value);
    void append_elements(const json::Value& value);
    bool lead_on(const ValueSource& source, json::Value& value);
    bool open(const json::Value& value);
    bool open_text(const json::Value& text, const std::string& path);
    bool select(const json::Query& query, std::size_t first_segment, bool takes_first, json::Value& value);
    template <class Answer>
    bool take(Result<Answer> answer, Answer& to) {
        if (!answer) return fail(answer.error().context);
        to = *answer;
        return true;
    }
    bool check_payload();
    json::Value list_of(std::span<const json::Value> nodes);
    bool fail(std::string_view reason);

    const event::Event& event_;
    const event::EventContext& context_;
    event::Arena& arena_;
    Scratch& scratch_;
    std::string_view whole_;  // rendered, once asked for
    std::string_view data_;
    std::string_view opened_;  // the text whose JSON the evaluator has read, as it was spelled
    std::string_view reason_;
};

}  // namespace outflow::transform
