// Running: one event in, its records out.
#include <algorithm>
#include <cstring>

#include "event/render.h"
#include "json/elements.h"
#include "transform/program.h"

namespace outflow::transform {

using event::Property;
using json::Kind;
using json::Value;

class ProgramRun {
public:
    ProgramRun(const Program& program, const event::Event& event, event::Arena& arena, Scratch& scratch)
        : program_(program), event_(event), arena_(arena), scratch_(scratch) {}

    Outcome run(std::vector<Record>& out) {
        if (!event_.poison.empty()) return unfit(event_.poison);
        bool opened = false;
        if (program_.context_.validate == event::Validate::full) {
            Status fits = event::check_payload(event_, program_.context_, scratch_.walker);
            if (!fits) return unfit(fits.error().context);
            opened = program_.context_.format == event::DataFormat::json;
        } else if (program_.reads_text_ && !json::is_utf8(event_.payload)) {
            return unfit("The payload is not UTF-8 text.");
        }
        if (!program_.filter_.matches_envelope(event_, program_.context_, arena_, scratch_.match)) return filtered();
        if (!program_.paths_.empty()) {
            Status walked = walk(opened);
            if (!walked) return unfit(walked.error().context);
            if (!program_.filter_.matches_payload(scratch_.match)) return filtered();
        }
        Record record;
        if (!make_record(record)) return {Verdict::unfit, reason_};
        out.push_back(record);
        return {Verdict::records, {}};
    }

private:
    static Outcome filtered() { return {Verdict::filtered, {}}; }
    Outcome unfit(std::string_view reason) { return {Verdict::unfit, arena_.copy(reason)}; }
    bool fail(std::string_view reason) {
        reason_ = arena_.copy(reason);
        return false;
    }

    Status walk(bool opened) {
        if (!opened) {
            Status good = scratch_.walker.open(event_.payload);
            if (!good) return good;
        }
        scratch_.values.resize(program_.paths_.values());
        json::LeafSink sink{this, [](void* context, std::size_t leaf, const Value& value) {
                                auto& self = *static_cast<ProgramRun*>(context);
                                self.program_.filter_.take_leaf(leaf, value, self.scratch_.match);
                            }};
        return scratch_.walker.walk(program_.paths_, scratch_.values, sink);
    }

    bool make_record(Record& record) {
        if (!read_body(record.body)) return false;
        record.topic = text_of(program_.topic_);
        if (record.topic.empty()) return fail("The RocketMQ topic is missing: nothing at " + program_.topic_.text + ".");
        record.keys = keys_of(program_.keys_);
        record.tags = text_of(program_.tags_);
        record.sharding_key = text_of(program_.sharding_key_);
        return read_properties(record.properties);
    }

    Value value_of(const FieldSource& source) {
        switch (source.kind) {
        case FieldSource::Kind::constant: return {Kind::string, false, source.text};
        case FieldSource::Kind::in_payload: return scratch_.values[source.value];
        case FieldSource::Kind::whole_body: return {Kind::string, false, event_.payload};
        case FieldSource::Kind::target: break;
        }
        if (source.target.place == event::Place::body) return event::read_body(event_, program_.context_, arena_);
        return event::read_target(event_, program_.context_, source.target, arena_);
    }

    // A string decoded, anything else as spelled.
    std::string_view text_of(const Value& value) {
        if (!value.escaped) return value.raw;
        return json::decode_string(value.raw, arena_.allocate(value.raw.size()));
    }

    // As above; empty where nothing or null is.
    std::string_view text_of(const FieldSource& source) {
        if (source.kind == FieldSource::Kind::constant) return source.text;
        Value value = value_of(source);
        return value.kind == Kind::null ? std::string_view() : text_of(value);
    }

    // The elements of an array become one text with spaces between.
    std::string_view keys_of(const FieldSource& source) {
        if (source.kind == FieldSource::Kind::constant) return source.text;
        Value value = value_of(source);
        if (value.kind == Kind::null) return {};
        if (value.kind != Kind::array) return text_of(value);
        // The texts are never longer than their spelling, and each comma makes room for a space.
        char* text = arena_.allocate(value.raw.size());
        std::size_t size = 0;
        json::ElementReader elements(value);
        for (Value element; elements.next(element);) {
            if (element.kind == Kind::null || element.raw.empty()) continue;
            if (size > 0) text[size++] = ' ';
            if (element.escaped) {
                size += json::decode_string(element.raw, text + size).size();
            } else {
                std::memcpy(text + size, element.raw.data(), element.raw.size());
                size += element.raw.size();
            }
        }
        return {text, size};
    }

    bool read_body(std::string_view& body) {
        const FieldSource& source = program_.body_;
        if (source.kind == FieldSource::Kind::whole_body) {
            bool is_binary = program_.context_.format == event::DataFormat::binary;
            body = is_binary ? event::read_body(event_, program_.context_, arena_).raw : event_.payload;
            return !body.empty() || fail("The message is empty: RocketMQ takes no empty body.");
        }
        Value value = value_of(source);
        if (value.kind == Kind::missing) return fail("The body is missing: nothing at " + source.text + ".");
        body = text_of(value);
        return !body.empty() || fail("The body is empty at " + source.text + ": RocketMQ takes no empty body.");
    }

    bool read_properties(std::span<const Property>& properties) {
        const FieldSource& source = program_.properties_;
        if (source.kind == FieldSource::Kind::constant) {
            properties = program_.constant_properties_;
            return true;
        }
        if (source.kind == FieldSource::Kind::target && source.target.place == event::Place::user_properties) {
            properties = event::user_properties(event_, arena_);
            return true;
        }
        Value value = value_of(source);
        if (value.kind == Kind::missing || value.kind == Kind::null) return true;
        if (value.kind != Kind::object) {
            return fail("Properties need an object; at " + source.text + " there is a JSON " +
                        std::string(json::to_string(value.kind)) + ".");
        }
        properties = properties_of(value);
        return true;
    }

    std::span<const Property> properties_of(const Value& object) {
        std::vector<Property>& list = scratch_.properties;
        list.clear();
        json::ElementReader members(object);
        for (Value name, value; members.next(name, value);) {
            list.push_back({text_of(name), value.kind == Kind::null ? std::string_view() : text_of(value)});
        }
        return keep_first(list);
    }

    // Of a repeated name the first counts; a null (no data, unlike an empty text) is no property.
    std::span<const Property> keep_first(const std::vector<Property>& list) {
        auto* order = arena_.allocate_array<std::uint32_t>(list.size());
        for (std::size_t i = 0; i < list.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
        std::sort(order, order + list.size(), [&](std::uint32_t left, std::uint32_t right) {
            return list[left].name != list[right].name ? list[left].name < list[right].name : left < right;
        });
        std::uint32_t* end = std::unique(order, order + list.size(), [&](std::uint32_t left, std::uint32_t right) {
            return list[left].name == list[right].name;
        });
        std::sort(order, end);
        auto* kept = arena_.allocate_array<Property>(list.size());
        std::size_t count = 0;
        for (const std::uint32_t* place = order; place != end; ++place) {
            if (list[*place].value.data() != nullptr) kept[count++] = list[*place];
        }
        return {kept, count};
    }

    const Program& program_;
    const event::Event& event_;
    event::Arena& arena_;
    Scratch& scratch_;
    std::string_view reason_;
};

Outcome Program::run(const event::Event& event, event::Arena& arena, Scratch& scratch, std::vector<Record>& out) const {
    return ProgramRun(*this, event, arena, scratch).run(out);
}

}  // namespace outflow::transform
