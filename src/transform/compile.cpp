// Compiling: every fault of the source is found, each with its place.
#include "transform/program.h"

namespace outflow::transform {

class ProgramCompiler {
public:
    explicit ProgramCompiler(std::vector<Fault>& faults) : faults_(faults), before_(faults.size()), program_(new Program) {}

    std::unique_ptr<Program> run(ProgramSource source) {
        program_->context_ = std::move(source.context);
        compile_filter(source.filter);
        compile_topic(source.topic);
        compile_body(source.body);
        compile_properties(source.properties);
        program_->keys_ = compile_field("keys", source.keys);
        program_->tags_ = compile_field("tags", source.tags);
        program_->sharding_key_ = compile_field("sharding_key", source.sharding_key);
        if (faults_.size() > before_) return nullptr;
        return std::move(program_);
    }

private:
    using Kind = FieldSource::Kind;

    void fault(std::string_view field, std::string message, std::string hint = {}) {
        faults_.push_back({std::string(field), "", std::move(message), std::move(hint), 0, 0});
    }

    void compile_filter(const json::Node& filter) {
        std::vector<pattern::Fault> faults;
        auto compiled = pattern::Pattern::compile(filter, program_->context_, faults);
        for (pattern::Fault& each : faults) {
            faults_.push_back({"filter", std::move(each.pointer), std::move(each.message), std::move(each.hint), each.line,
                               each.column});
        }
        if (!compiled) return;
        program_->filter_ = std::move(*compiled);
        program_->filter_.add_paths(program_->paths_);
        bool is_text = program_->context_.format == event::DataFormat::text;
        program_->reads_text_ = is_text && program_->filter_.reads_payload();
    }

    void compile_topic(const Field& field) {
        if (field.form == Form::constant && field.value.empty()) return fault("topic", "A task needs a RocketMQ topic.");
        program_->topic_ = compile_field("topic", field);
        refuse_nowhere("topic", program_->topic_);
    }

    void compile_body(const Field& field) {
        if (field.form == Form::constant && field.value.empty()) return fault("body", "RocketMQ takes no empty body.");
        program_->body_ = compile_field("body", field);
        refuse_nowhere("body", program_->body_);
    }

    // A topic or body that no event has would make every event a dead letter.
    void refuse_nowhere(std::string_view field, const FieldSource& source) {
        if (source.kind != Kind::target || source.target.place != event::Place::nothing) return;
        if (source.text.empty()) return;  // another fault was told
        fault(field, "No event of this task has anything at `" + source.text + "`.",
              "The message is at $.data.body, its topic at $.data.topic.");
    }

    void compile_properties(const Field& field) {
        if (field.form == Form::constant) return compile_constant_properties(field.value);
        FieldSource source = compile_field("properties", field);
        using event::Place;
        bool may_be_object = source.kind == Kind::in_payload || source.target.is_object() ||
                             source.target.place == Place::nothing;
        if (!may_be_object && source.kind != Kind::constant) {
            fault("properties", "Properties need an object; at `" + field.value + "` there is none.",
                  "$.data.userProperties has the user properties of the message.");
        }
        program_->properties_ = std::move(source);
    }

    void compile_constant_properties(const std::string& text) {
        if (text.empty()) return;
        auto document = json::parse_document(text);
        if (!document) return fault("properties", "Constant properties are a JSON object. " + document.error().context);
        if (!document->root.is(json::Kind::object)) return fault("properties", "Constant properties are a JSON object.");
        for (auto& [name, value] : document->root.members) {
            if (value.is(json::Kind::null)) continue;
            std::string value_text = value.text;
            if (value.is(json::Kind::object) || value.is(json::Kind::array)) json::append_json(value_text, value);
            program_->constant_texts_.emplace_back(name, std::move(value_text));
        }
        for (const auto& [name, value] : program_->constant_texts_) program_->constant_properties_.push_back({name, value});
    }

    FieldSource compile_field(std::string_view name, const Field& field) {
        FieldSource source;
        switch (field.form) {
        case Form::constant: source.text = field.value; return source;
        case Form::jsonpath: return compile_path(name, field.value);
        case Form::original:
        case Form::template_text:
            fault(name, "The form " + std::string(to_string(field.form)) + " is not supported yet in this version.",
                  "JSONPATH and CONSTANT are.");
            return source;
        }
        return source;
    }

    FieldSource compile_path(std::string_view name, const std::string& text) {
        FieldSource source;
        auto path = json::parse_path(text);
        if (!path) {
            fault(name, path.error().context);
            return source;
        }
        source.kind = Kind::target;
        source.text = text;
        source.target = event::locate(*path, program_->context_);
        if (source.target.place == event::Place::whole || source.target.place == event::Place::data) {
            fault(name, "The whole event (`" + text + "`) as a value is not supported yet in this version.",
                  "$.data.body is the message.");
        } else if (source.target.place == event::Place::body) {
            place_in_body(name, source);
        }
        return source;
    }

    void place_in_body(std::string_view name, FieldSource& source) {
        event::DataFormat format = program_->context_.format;
        if (name == "body" && source.target.steps.empty()) {
            source.kind = Kind::whole_body;
        } else if (format == event::DataFormat::json) {
            source.kind = Kind::in_payload;
            source.value = program_->paths_.add_value(source.target.steps);
        } else if (format == event::DataFormat::text) {
            program_->reads_text_ = true;
        }
    }

    std::vector<Fault>& faults_;
    std::size_t before_;
    std::unique_ptr<Program> program_;
};

std::unique_ptr<Program> Program::compile(ProgramSource source, std::vector<Fault>& faults) {
    return ProgramCompiler(faults).run(std::move(source));
}

}  // namespace outflow::transform
