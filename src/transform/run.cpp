// Running: one event in, its records out.
#include "base/limits.h"
#include "event/render.h"
#include "transform/program.h"
#include "transform/record_text.h"

namespace outflow::transform {

using event::Property;
using json::Kind;
using json::Value;

class ProgramRun {
public:
    ProgramRun(const Program& program, const event::Event& event, event::Arena& arena, Scratch& scratch)
        : program_(program),
          event_(event),
          arena_(arena),
          scratch_(scratch),
          reader_(event, program.context_, arena, scratch) {}

    Outcome run(std::vector<Record>& out) {
        if (!event_.poison.empty()) return undeliverable(event_.poison);
        if (program_.context_.validate == event::Validate::full) {
            Status fits = event::check_payload(event_, program_.context_, scratch_.walker);
            if (!fits) return undeliverable(fits.error().context);
            if (program_.context_.format == event::DataFormat::json) reader_.payload = SourceReader::Payload::checked;
        } else if (program_.reads_text_ && !json::is_utf8(event_.payload)) {
            return undeliverable("The payload is not UTF-8 text.");
        }
        if (program_.event_filter_ != nullptr) {
            Result<bool> matches = matches_event();
            if (!matches) return undeliverable(matches.error().context);
            if (!*matches) return filtered();
        }
        if (!program_.filter_.matches_envelope(event_, program_.context_, arena_, scratch_.match)) return filtered();
        if (program_.filter_path_) {
            if (const auto ended = ask_path(true)) return *ended;
        }
        if (!program_.paths_.empty()) {
            Status walked = walk();
            if (!walked) return undeliverable(walked.error().context);
            bool is_open = program_.filter_.walks_payload();
            if (is_open && !program_.filter_.matches_payload(scratch_.match)) return filtered();
        }
        if (program_.filter_path_) {
            if (const auto ended = ask_path(false)) return *ended;
        }
        if (program_.is_filter_only_) return {Verdict::records, {}};
        if (make_record(out.emplace_back())) return {Verdict::records, {}};
        out.pop_back();
        return {Verdict::undeliverable, reason_};
    }

private:
    static Outcome filtered() { return {Verdict::filtered, {}}; }
    Outcome undeliverable(std::string_view reason) { return {Verdict::undeliverable, arena_.copy(reason)}; }
    bool fail(std::string_view reason) {
        reason_ = arena_.copy(reason);
        return false;
    }

    // The outcome if the filter_path is asked at this point, and does not let the event pass.
    // Out of line: tasks without one pay for two comparisons.
    [[gnu::noinline]] std::optional<Outcome> ask_path(bool is_before_walk) {
        const std::optional<FilterPath>& path = program_.filter_path_;
        if (path->is_outside() != is_before_walk) return std::nullopt;
        bool is_found = false;
        if (!path->ask(reader_, is_found)) return Outcome{Verdict::undeliverable, reader_.reason()};
        return is_found ? std::nullopt : std::optional(filtered());
    }

    // On the rendered event. Errors: the payload does not fit, or what EventFilter::matches says.
    Result<bool> matches_event() {
        const bool is_json = program_.context_.format == event::DataFormat::json;
        if (is_json && reader_.payload != SourceReader::Payload::checked) {
            Status fits = event::check_payload(event_, program_.context_, scratch_.walker);
            if (!fits) return failed(std::move(fits).error());
            reader_.payload = SourceReader::Payload::checked;
        }
        std::string& text = scratch_.event_text;
        text.clear();
        event::append_event(text, event_, program_.context_, true, arena_);
        const std::size_t size = text.size();
        text.append(limits::chunk_padding, '\0');
        return program_.event_filter_->matches(std::string_view(text).substr(0, size), scratch_.event_filter);
    }

    Status walk() {
        if (reader_.payload == SourceReader::Payload::closed) {
            Status good = scratch_.walker.open(event_.payload);
            if (!good) return good;
            reader_.payload = SourceReader::Payload::open;
        }
        scratch_.values.resize(program_.paths_.values());
        const bool has_leaves = program_.filter_.walks_payload();
        const json::LeafSink sink = has_leaves ? program_.filter_.sink(scratch_.match) : json::LeafSink{};
        return scratch_.walker.walk(program_.paths_, scratch_.values, sink);
    }

    bool make_record(Record& record) {
        return read_body(record.body) && read_topic(record.destination) && read_keys(record.keys) &&
               read_text(program_.tags_, "tags", record.tags) &&
               read_text(program_.sharding_key_, "sharding_key", record.order_key) &&
               read_properties(record.properties);
    }

    bool read_source(const ValueSource& source, Value& value) {
        if (reader_.read(source, value)) return true;
        reason_ = reader_.reason();
        return false;
    }

    // Of a field that is not constant. False: undeliverable.
    bool read_value(const FieldPlan& plan, std::string_view field, Value& value) {
        if (plan.layout) return render(plan, field, value);
        return read_source(*plan.source, value);
    }

    bool render(const FieldPlan& plan, std::string_view field, Value& value) {
        std::vector<Value>& variables = scratch_.variables;
        variables.resize(plan.variables.size());
        for (std::size_t i = 0; i < variables.size(); ++i) {
            if (!read_source(plan.variables[i], variables[i])) return false;
        }
        scratch_.text.clear();
        auto failure = plan.layout->render(variables, scratch_.text);
        if (failure) return fail_template(plan, field, *failure);
        value = {plan.layout->is_json_object() ? Kind::object : Kind::string, false, arena_.copy(scratch_.text)};
        return true;
    }

    bool fail_template(const FieldPlan& plan, std::string_view field, const Template::Failure& failure) {
        if (failure.repeated) {
            return fail("The template of `" + std::string(field) + "` gives the name `" + *failure.repeated +
                        "` twice in one object.");
        }
        const std::string& name = plan.layout->needs()[failure.need].name;
        const std::string path = plan.variables[failure.need].shown();
        std::string sentence = "The template of `" + std::string(field) + "` ";
        if (failure.found == Kind::missing) return fail(sentence + "needs `" + name + "`: nothing at " + path + ".");
        return fail(sentence + "embeds `" + name + "`, which needs an object; at " + path + " there is a JSON " +
                    std::string(json::to_string(failure.found)) + ".");
    }

    // Empty where nothing or null is.
    bool read_text(const FieldPlan& plan, std::string_view field, std::string_view& text) {
        text = plan.constant;
        if (plan.is_constant()) return true;
        Value value;
        if (!read_value(plan, field, value)) return false;
        if (value.kind != Kind::null) text = text_of(value, arena_);
        return true;
    }

    bool read_keys(std::string_view& keys) {
        const FieldPlan& plan = program_.keys_;
        keys = plan.constant;
        if (plan.is_constant()) return true;
        Value value;
        if (!read_value(plan, "keys", value)) return false;
        if (value.kind != Kind::null) keys = keys_of(value, arena_);
        return true;
    }

    bool read_topic(std::string_view& topic) {
        const FieldPlan& plan = program_.topic_;
        if (!read_text(plan, "topic", topic)) return false;
        return !topic.empty() || fail_topic(plan);
    }

    // Apart from what every event goes through.
    [[gnu::cold, gnu::noinline]] bool fail_topic(const FieldPlan& plan) {
        if (plan.layout) return fail("The RocketMQ topic is empty: its template gives no text.");
        return fail("The RocketMQ topic is missing: nothing at " + plan.source->shown() + ".");
    }

    bool read_body(std::string_view& body) {
        const FieldPlan& plan = program_.body_;
        body = plan.constant;
        if (plan.is_constant()) return true;
        if (plan.is_raw()) {
            body = event_.payload;
            return !body.empty() || fail("The message is empty: RocketMQ takes no empty body.");
        }
        Value value;
        if (!read_value(plan, "body", value)) return false;
        if (value.kind == Kind::missing) return fail("The body is missing: nothing at " + plan.source->shown() + ".");
        body = text_of(value, arena_);
        return !body.empty() || fail_body(plan);
    }

    [[gnu::cold, gnu::noinline]] bool fail_body(const FieldPlan& plan) {
        if (plan.layout) return fail("The body is empty, as its template gives no text: RocketMQ takes no empty body.");
        if (plan.is_text()) return fail("The message is empty: RocketMQ takes no empty body.");
        return fail("The body is empty at " + plan.source->shown() + ": RocketMQ takes no empty body.");
    }

    bool read_properties(std::span<const Property>& properties) {
        const FieldPlan& plan = program_.properties_;
        if (plan.is_constant()) {
            properties = program_.constant_properties_;
            return true;
        }
        if (plan.source && plan.source->is_user_properties()) {
            properties = event::user_properties(event_, arena_);
            return true;
        }
        Value value;
        if (!read_value(plan, "properties", value)) return false;
        if (value.kind == Kind::missing || value.kind == Kind::null) return true;
        if (value.kind != Kind::object) {
            return fail("Properties need an object; at " + plan.source->shown() + " there is a JSON " +
                        std::string(json::to_string(value.kind)) + ".");
        }
        properties = properties_of(value, arena_, scratch_.properties);
        return true;
    }

    const Program& program_;
    const event::Event& event_;
    event::Arena& arena_;
    Scratch& scratch_;
    SourceReader reader_;
    std::string_view reason_;
};

Outcome Program::run(const event::Event& event, event::Arena& arena, Scratch& scratch, std::vector<Record>& out) const {
    // What one far larger event has left is given back.
    constexpr std::size_t kept_bytes = 1024 * 1024;
    if (scratch.text.capacity() > kept_bytes) scratch.text = {};
    if (scratch.event_text.capacity() > kept_bytes) scratch.event_text = {};
    return ProgramRun(*this, event, arena, scratch).run(out);
}

}  // namespace outflow::transform
