// Compiling: every error of the source is found, each with its place.
#include <algorithm>

#include "base/limits.h"
#include "pattern/explain/warning.h"
#include "transform/program.h"

namespace outflow::transform {

class ProgramCompiler {
public:
    ProgramCompiler(std::vector<Diagnostic>& diagnostics, std::vector<Diagnostic>& warnings)
        : diagnostics_(diagnostics),
          warnings_(warnings),
          before_(diagnostics.size()),
          program_(new Program),
          sources_(program_->context_, program_->paths_) {}

    std::unique_ptr<Program> run(ProgramDefinition source) {
        program_->context_ = std::move(source.context);
        compile_filter(source.filter, source.dialect);
        if (!source.filter_path.empty()) compile_filter_path(source.filter_path);
        program_->is_filter_only_ = source.is_filter_only;
        if (!source.is_filter_only) compile_fields(source);
        program_->reads_text_ = program_->reads_text_ || sources_.reads_text();
        program_->reads_all_ = program_->reads_all_ || sources_.reads_all();
        if (diagnostics_.size() > before_) return nullptr;
        return std::move(program_);
    }

private:
    void report(std::string_view field, std::string message, std::string hint = {}, std::string pointer = {}) {
        diagnostics_.push_back({std::string(field), std::move(pointer), std::move(message), std::move(hint), 0, 0});
    }
    void warn(std::string_view field, std::string message, std::string hint = {}, std::string pointer = {}) {
        warnings_.push_back({std::string(field), std::move(pointer), std::move(message), std::move(hint), 0, 0});
    }

    void compile_filter(const json::Node& filter, pattern::Dialect dialect) {
        std::vector<pattern::Diagnostic> diagnostics;
        if (dialect == pattern::Dialect::outflow) {
            compile_own_filter(filter, diagnostics);
        } else {
            compile_event_filter(filter, dialect, diagnostics);
        }
        append(pattern::find_warnings(filter, dialect, program_->context_, diagnostics), warnings_);
        append(std::move(diagnostics), diagnostics_);
    }

    static void append(std::vector<pattern::Diagnostic> reported, std::vector<Diagnostic>& to) {
        for (pattern::Diagnostic& each : reported) {
            to.push_back({"filter", std::move(each.pointer), std::move(each.message), std::move(each.hint), each.line,
                          each.column});
        }
    }

    void compile_filter_path(std::string_view path) {
        if (auto of_members = FilterPath::of_members(path, sources_)) {
            for (const std::string& sentence : of_members->warnings()) warn("filter_path", sentence);
            program_->filter_path_ = std::move(of_members);
        } else if (auto source = compile_source("filter_path", {std::string(path), {}, false}, {}, true)) {
            program_->filter_path_.emplace(std::move(*source));
        }
    }

    // It reads the whole event, so that the payload has to fit, all of it.
    void compile_event_filter(const json::Node& filter, pattern::Dialect dialect,
                              std::vector<pattern::Diagnostic>& diagnostics) {
        program_->event_filter_ = EventFilter::compile(dialect, filter, diagnostics);
        if (program_->event_filter_ == nullptr) return;
        program_->reads_text_ = program_->context_.format == event::DataFormat::text;
        program_->reads_all_ = program_->context_.format == event::DataFormat::json;
    }

    void compile_own_filter(const json::Node& filter, std::vector<pattern::Diagnostic>& diagnostics) {
        auto compiled = pattern::Pattern::compile(filter, program_->context_, diagnostics);
        if (!compiled) return;
        program_->filter_ = std::move(*compiled);
        program_->filter_.add_paths(program_->paths_);
        bool is_text = program_->context_.format == event::DataFormat::text;
        program_->reads_text_ = is_text && program_->filter_.reads_payload();
    }

    void compile_fields(const ProgramDefinition& source) {
        compile_topic(source.topic);
        compile_body(source.body);
        compile_properties(source.properties);
        program_->keys_ = compile_field("keys", source.keys);
        program_->tags_ = compile_field("tags", source.tags);
        program_->sharding_key_ = compile_field("sharding_key", source.sharding_key);
    }

    void compile_topic(const Field& field) {
        std::size_t before = diagnostics_.size();
        FieldPlan plan = compile_field("topic", field);
        if (diagnostics_.size() > before) return;
        if (plan.is_constant() && plan.constant.empty()) return report("topic", "A task needs a RocketMQ topic.");
        if (plan.source && plan.source->is_whole()) {
            warn("topic",
                 "A whole event is never the name of a RocketMQ topic, so that every event will be undeliverable.",
                 "A part of it may be: $.data.props.firstTopic.");
        }
        program_->topic_ = std::move(plan);
    }

    void compile_body(const Field& field) {
        std::size_t before = diagnostics_.size();
        FieldPlan plan = compile_field("body", field);
        if (diagnostics_.size() > before) return;
        if (plan.is_constant() && plan.constant.empty()) return report("body", "RocketMQ takes no empty body.");
        program_->body_ = std::move(plan);
    }

    void compile_properties(const Field& field) {
        std::size_t before = diagnostics_.size();
        FieldPlan plan = compile_field("properties", field);
        if (diagnostics_.size() > before) return;
        if (plan.is_constant()) return compile_constant_properties(plan.constant);
        if (plan.source && !plan.source->may_be_object()) {
            report("properties", "Properties need an object; at `" + plan.source->path + "` there is none.",
                   "$.data.userProperties has the user properties of the message.");
        }
        if (plan.layout && !plan.layout->is_json_object()) {
            report("properties", "Properties need an object; the template is no JSON object.",
                   "Write {\"name\":\"${variable}\"}; an object as it is needs the form JSONPATH.", "/template");
        }
        program_->properties_ = std::move(plan);
    }

    void compile_constant_properties(const std::string& text) {
        if (text.empty()) return;
        auto document = json::parse_document(text);
        const std::string expected = "Constant properties are a JSON object.";
        if (!document) return report("properties", expected + " " + document.error().context);
        if (!document->root.is(json::Kind::object)) return report("properties", expected);
        for (auto& [name, value] : document->root.members) {
            if (value.is(json::Kind::null)) continue;
            std::string value_text = value.text;
            if (value.is(json::Kind::object) || value.is(json::Kind::array)) json::append_json(value_text, value);
            program_->constant_texts_.emplace_back(name, std::move(value_text));
        }
        for (const auto& [name, value] : program_->constant_texts_) {
            program_->constant_properties_.push_back({name, value});
        }
    }

    FieldPlan compile_field(std::string_view name, const Field& field) {
        FieldPlan plan;
        std::string value = field.value;
        for (const ValuePath& path : field.paths) value += path.path + path.json;
        bool fits = check_size(name, value, "value") && check_size(name, field.template_text, "template");
        if (!fits) return plan;
        switch (field.form) {
        case Form::original: plan.source = compile_source(name, {"$", {}, false}, {}, false); break;
        case Form::jsonpath: plan.source = compile_paths(name, field.paths); break;
        case Form::constant: plan.constant = field.value; break;
        case Form::template_text: compile_template(name, field, plan); break;
        case Form::raw: compile_raw(name, plan); break;
        }
        return plan;
    }

    static bool is_needed(std::string_view name) { return name == "topic" || name == "body" || name == "sharding_key"; }

    void compile_raw(std::string_view name, FieldPlan& plan) {
        plan.source = ValueSource::raw();
        if (name == "body") return;
        report(name, "The form RAW gives the bytes of the payload, and only the body can carry bytes.",
               "As text the payload is at $.data.body; of the data format Binary that is its Base64.", "/form");
    }

    bool check_size(std::string_view name, std::string_view text, std::string_view part) {
        auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
        auto characters = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_first_byte));
        if (characters <= limits::field_characters_max) return true;
        report(name,
               "The " + std::string(part) + " has " + std::to_string(characters) + " characters; at most " +
                   std::to_string(limits::field_characters_max) + " are allowed.",
               {}, "/" + std::string(part));
        return false;
    }

    // `is_needed`: without a value every event would be undeliverable, or out of its order.
    std::optional<ValueSource> compile_source(std::string_view name, const ValuePath& path, const std::string& pointer,
                                              bool is_needed) {
        bool is_body = name == "body" && pointer.empty();
        using Body = SourceCompiler::Body;
        auto source = sources_.compile(path, is_body ? Body::as_payload : Body::as_value);
        if (!source) {
            report(name, source.error().context, {}, pointer);
            return std::nullopt;
        }
        for (const SourceCompiler::Stray& stray : sources_.strays()) {
            bool is_all = source->is_nowhere() && sources_.strays().size() == 1;
            report_stray(name, is_all ? source->path : "$." + event::short_path(stray.path), stray.astray, pointer,
                         is_needed && source->is_nowhere());
        }
        for (const auto& query : {source->query.get(), source->inside.get()}) {
            if (query == nullptr) continue;
            for (const std::string& sentence : query->warnings()) warn(name, sentence, {}, pointer);
        }
        return std::move(*source);
    }

    // One path is the field's value, several give a list of values.
    std::optional<ValueSource> compile_paths(std::string_view name, const std::vector<ValuePath>& paths) {
        if (paths.size() == 1) return compile_source(name, paths[0], {}, is_needed(name));
        ValueSource list;
        list.kind = ValueSource::Kind::list;
        for (std::size_t i = 0; i < paths.size(); ++i) {
            auto source = compile_source(name, paths[i], "/" + std::to_string(i), false);
            if (source) list.members.push_back({{}, std::move(*source)});
        }
        return list;
    }

    void report_stray(std::string_view name, const std::string& path, const event::Astray& astray,
                      const std::string& pointer, bool is_diagnostic) {
        std::string hint = "The message is at $.data.body, its topic at $.data.topic.";
        if (!astray.meant.empty()) hint = "Did you mean `$." + event::short_path(astray.meant) + "`?";
        std::string message = "No event of this task has anything at `" + path + "`: " + astray.why + ".";
        if (is_diagnostic) return report(name, std::move(message), std::move(hint), pointer);
        warn(name, std::move(message), std::move(hint), pointer);
    }

    void compile_template(std::string_view name, const Field& field, FieldPlan& plan) {
        std::size_t diagnostics_before = diagnostics_.size();
        std::size_t warnings_before = warnings_.size();
        std::vector<Variable> variables = parse_variables(field.value, diagnostics_);
        auto text = Template::parse(field.template_text, variables, diagnostics_, warnings_);
        for (std::size_t i = diagnostics_before; i < diagnostics_.size(); ++i) diagnostics_[i].field = name;
        for (std::size_t i = warnings_before; i < warnings_.size(); ++i) warnings_[i].field = name;
        for (const Variable& variable : variables) check_path(name, variable);
        if (diagnostics_.size() > diagnostics_before || !text) return;
        if (text->needs().empty()) {
            text->render({}, plan.constant);
            return;
        }
        for (const Template::Need& need : text->needs()) compile_need(name, need, plan);
        plan.layout = std::move(text);
    }

    // Also of those that are not used, so that no bad path passes.
    void check_path(std::string_view name, const Variable& variable) {
        for (const std::string& path : {variable.source.path, variable.source.json}) {
            if (path.empty()) continue;
            auto query = parse_source(path);
            if (!query) report(name, query.error().context, {}, variable_pointer(variable.name));
        }
    }

    void compile_need(std::string_view name, const Template::Need& need, FieldPlan& plan) {
        auto source = compile_source(name, need.source, variable_pointer(need.name), need.is_required);
        if (source) plan.variables.push_back(std::move(*source));
    }

    std::vector<Diagnostic>& diagnostics_;
    std::vector<Diagnostic>& warnings_;
    std::size_t before_;
    std::unique_ptr<Program> program_;
    SourceCompiler sources_;
};

ProgramDefinition ProgramDefinition::filter_half() const {
    ProgramDefinition half = *this;
    half.is_filter_only = true;
    return half;
}

ProgramDefinition ProgramDefinition::mapping_half() const {
    ProgramDefinition half = *this;
    half.filter = json::Node::object();
    half.dialect = pattern::Dialect::outflow;
    half.filter_path.clear();
    return half;
}

std::unique_ptr<Program> Program::compile(ProgramDefinition source, std::vector<Diagnostic>& diagnostics,
                                          std::vector<Diagnostic>* warnings) {
    std::vector<Diagnostic> unread;
    return ProgramCompiler(diagnostics, warnings != nullptr ? *warnings : unread).run(std::move(source));
}

}  // namespace outflow::transform
