// How a record's field gets its value: a short text, or a form.
#include <algorithm>

#include <fmt/format.h>

#include "base/spelling.h"
#include "json/document.h"
#include "task/draft.h"
#include "task/object.h"

namespace outflow::task {
namespace {

using transform::Field;
using transform::Form;

// The path that a text lacks the beginning of: `data.body.id`, `$data.body.id`. Empty: none.
std::string meant_path(std::string_view text) {
    const bool has_sign = text.starts_with('$');
    const std::string_view rest = text.substr(has_sign ? 1 : 0);
    const bool is_path = rest.starts_with("data.") && rest.find_first_of(" \t\n") == std::string_view::npos;
    return is_path ? fmt::format("$.{}", rest) : "";
}

// A short text that was probably meant as more.
void advise_on_text(Report& report, Place place, const std::string& path, std::string_view text) {
    if (text.find("${") != std::string_view::npos) {
        report.advice(place, path, "the text is a constant, and its ${...} stays as it is",
                      "write { form: TEMPLATE, template: ..., value: { NAME: PATH } }");
    } else if (text == "$") {
        report.advice(place, path, "the text is the constant $", "the whole event is { form: ORIGINAL }");
    } else if (text != "CONSTANT" && transform::form_of(text)) {
        report.advice(place, path, fmt::format("the text is the constant {}", text),
                      fmt::format("the form is written {{ form: {} }}", text));
    } else if (const std::string path_meant = meant_path(text); !path_meant.empty()) {
        report.advice(place, path, fmt::format("the text is the constant {}", text),
                      fmt::format("the path is written {}", path_meant));
    }
}

// A map that is no form, but names with what they are to have: `{ a: $.data.body.a }`.
bool is_map_of_names(const Node& node) {
    std::vector<std::string_view> words;
    for (const FieldRule& rule : fields_of("value")) words.push_back(rule.name);
    return node.kind == Node::Kind::map && !node.entries.empty() &&
           std::all_of(node.entries.begin(), node.entries.end(), [&words](const Node::Entry& entry) {
               return entry.value->kind == Node::Kind::scalar && nearest_word(entry.name, words).empty();
           });
}

std::string as_template(const Node& names) {
    constexpr std::size_t bytes_max = 200;
    std::string text;
    std::string values;
    for (const Node::Entry& entry : names.entries) {
        text += fmt::format("{}\"{}\":\"${{{}}}\"", text.empty() ? "" : ",", entry.name, entry.name);
        values += fmt::format("{}{}: {}", values.empty() ? "" : ", ", entry.name, entry.value->text);
    }
    if (text.size() + values.size() > bytes_max) return "a field made of several is a TEMPLATE";
    return fmt::format("write {{ form: TEMPLATE, template: '{{{}}}', value: {{ {} }} }}", text, values);
}

// Takes `value` and `template` for a form that has them; false when what is there does not fit the form.
class FormReader {
public:
    FormReader(Report& report, const Object& object) : report_(report), object_(object) {}

    bool read(Field& field) {
        const std::optional<Form> form = transform::form_of(object_.text("form"));
        field = Field{form.value_or(Form::constant), {}, {}};
        switch (field.form) {
        case Form::original:
        case Form::raw: return has_no("value") && has_no("template");
        case Form::jsonpath: return read_text(field, "the path") && has_no("template");
        case Form::constant: return read_text(field, "the constant text") && has_no("template");
        case Form::template_text: return read_template(field);
        }
        return false;
    }

private:
    bool error(Place place, std::string_view name, std::string sentence, std::string hint = {}) {
        report_.error(place, object_.path(name), std::move(sentence), std::move(hint));
        return false;
    }

    // An empty text says the same as nothing.
    bool has_no(std::string_view name) {
        const NodePtr node = object_.find(name);
        if (node == nullptr || (node->kind == Node::Kind::scalar && node->text.empty())) return true;
        const std::string sentence = fmt::format("the form {} has no {}", object_.text("form"), name);
        return error(node->place, name, sentence, "leave it out");
    }

    bool read_text(Field& field, std::string_view what) {
        const NodePtr node = object_.find("value");
        if (node == nullptr) return error(object_.place(), "value", "the field `value` is missing", std::string(what));
        if (node->kind != Node::Kind::scalar) {
            return error(node->place, "value", "expected text, found " + describe(*node),
                         "variables belong to the form TEMPLATE");
        }
        field.value = node->text;
        return true;
    }

    bool read_template(Field& field) {
        if (!object_.has("template")) {
            return error(object_.place(), "template", "the field `template` is missing", "the text with ${NAME} in it");
        }
        field.template_text = object_.text("template");
        const NodePtr node = object_.find("value");
        if (node == nullptr) return true;  // no variables
        if (node->kind == Node::Kind::scalar) {
            field.value = node->text;
            return true;
        }
        json::append_json(field.value, to_json(report_, *node, object_.path("value")));
        return true;
    }

    Report& report_;
    const Object& object_;
};

}  // namespace

void read_value(Report& report, const Object& sink, std::string_view name, Field& field,
                std::vector<std::string_view>& refused) {
    const NodePtr node = sink.find(name);
    if (node == nullptr) return refused.push_back(name);
    if (node->kind == Node::Kind::scalar) {
        field = Field::from_text(node->text);
        if (field.form == Form::constant) advise_on_text(report, node->place, sink.path(name), node->text);
        return;
    }
    if (is_map_of_names(*node)) {
        report.error(node->place, sink.path(name), "expected a path, a constant text or { form, value, template }",
                     as_template(*node));
        return refused.push_back(name);
    }
    const Object object = Object::read(report, node, sink.path(name), "value");
    if (!object.is_clean() || !FormReader(report, object).read(field)) refused.push_back(name);
}

void report_value(Report& report, Severity severity, const Object& sink, const transform::Fault& fault) {
    Place place = sink.place(fault.field);
    std::string path = sink.path(fault.field);
    // "/value/NAME": as far down as the file has it.
    NodePtr node = sink.find(fault.field);
    std::string_view pointer = fault.pointer;
    while (node != nullptr && node->kind == Node::Kind::map && pointer.starts_with('/')) {
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        NodePtr child;
        for (const Node::Entry& entry : node->entries) {
            std::string name;
            json::append_pointer(name, entry.name);
            if (child != nullptr || std::string_view(name).substr(1) != pointer.substr(0, end)) continue;
            place = entry.value->place;
            path += "." + path_name(entry.name);
            child = entry.value;
        }
        node = std::move(child);
        pointer.remove_prefix(end);
    }
    report.add(severity, place, std::move(path), fault.message, fault.hint);
}

}  // namespace outflow::task
