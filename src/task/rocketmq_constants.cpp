// What a field of a RocketMQ sink gives for certain, judged by RocketMQ's rules before any event comes.
#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "json/document.h"
#include "rocketmq/properties.h"
#include "rocketmq/validate.h"
#include "task/draft.h"
#include "transform/template.h"

namespace outflow::task {
namespace {

using transform::Field;

// A constant, or what a template gives when its variables are null, and when they are not there.
std::vector<std::string> certain_texts(const Field& field) {
    if (const auto constant = field.constant_text()) return {std::string(*constant)};
    if (field.form != transform::Form::template_text) return {};
    std::vector<transform::Diagnostic> reported;  // by the compiler of fields
    const std::vector<transform::Variable> variables = transform::parse_variables(field.value, reported);
    const auto layout = transform::Template::parse(field.template_text, variables, reported, reported);
    std::vector<std::string> texts;
    for (const json::Kind kind : {json::Kind::null, json::Kind::missing}) {
        if (!layout) break;
        const json::Value value{kind, false, kind == json::Kind::null ? "null" : ""};
        const std::vector<json::Value> values(layout->needs().size(), value);
        std::string text;
        if (!layout->render(values, text)) texts.push_back(std::move(text));
    }
    return texts;
}

struct Judgement {
    std::string sentence;  // empty: RocketMQ takes it
    std::string hint;
};

bool has_separator(std::string_view text) { return text.find_first_of("\x01\x02") != std::string_view::npos; }

// Of a computed topic; one that is constant is judged when the instance, and with it the namespace, is known.
Judgement judge_topic(std::string_view text) {
    const auto bad = std::find_if_not(text.begin(), text.end(), [](char c) {
        return rocketmq::has_name_characters({&c, 1});
    });
    if (bad == text.end()) return {};
    return {fmt::format("RocketMQ takes letters, digits, -, _, % and | in a topic; the template has {}",
                        quote(text.substr(static_cast<std::size_t>(bad - text.begin())))),
            "every record with it would be undeliverable"};
}

Judgement judge_text(std::string_view text) {
    if (!has_separator(text)) return {};
    return {"RocketMQ cannot carry the bytes 0x01 and 0x02, which would become spaces", "leave them out"};
}

Judgement judge_property(const std::string& name, const std::string& value) {
    if (name.empty()) return {"a property needs a name", "RocketMQ would get none"};
    if (rocketmq::is_reserved_property(name)) {
        return {fmt::format("RocketMQ keeps the property name {} for itself; it would be carried as mqtt.{}",
                            quote(name), name),
                "choose another name; keys, tags and sharding_key are fields of their own"};
    }
    if (value.empty()) {
        return {fmt::format("RocketMQ has no empty properties; {} would be left out", quote(name)),
                "give it a text, or leave it out"};
    }
    return judge_text(name + value);
}

Judgement judge_properties(std::string_view text) {
    const auto document = json::parse_document(text);
    if (!document) return {};  // told by the compiler of fields
    std::string wire;
    rocketmq::PropertyChanges changes;
    for (const json::Member& member : document->root.members) {
        std::string value;
        if (member.value.is(json::Kind::string)) value = member.value.text;
        else json::append_json(value, member.value);  // null: no property, or a variable of a template
        if (Judgement judgement = judge_property(member.name, value); !judgement.sentence.empty()) return judgement;
        rocketmq::append_user_property(wire, member.name, value, changes);
    }
    const Status fits = rocketmq::check_properties(wire);
    return fits ? Judgement{} : Judgement{fits.error().context, {}};
}

Judgement judge(std::string_view name, const std::string& text) {
    if (name == "topic") return judge_topic(text);
    return name == "properties" ? judge_properties(text) : judge_text(text);
}

}  // namespace

void check_records(Report& report, const Object& object, const RocketmqSinkDefinition& sink,
                   const std::vector<std::string_view>& refused_fields) {
    const std::pair<std::string_view, const Field*> fields[] = {{"topic", &sink.topic},
                                                                {"properties", &sink.properties},
                                                                {"keys", &sink.keys},
                                                                {"tags", &sink.tags},
                                                                {"sharding_key", &sink.sharding_key}};
    for (const auto& [name, field] : fields) {
        const bool is_judged_later = name == "topic" && field->constant_text();
        const bool is_refused = std::find(refused_fields.begin(), refused_fields.end(), name) != refused_fields.end();
        if (is_judged_later || is_refused) continue;
        for (const std::string& text : certain_texts(*field)) {
            Judgement judgement = judge(name, text);
            if (judgement.sentence.empty()) continue;
            const std::string pointer = field->form == transform::Form::constant ? "/value" : "/template";
            report_value(report, Severity::error, object,
                         {std::string(name), pointer, std::move(judgement.sentence), std::move(judgement.hint), 0, 0});
            break;  // the other text has the same around its variables
        }
    }
}

}  // namespace outflow::task
