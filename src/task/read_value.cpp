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
using transform::ValuePath;

// The path that a text lacks the beginning of: `data.body.id`, `$data.body.id`. Empty: none.
std::string meant_path(std::string_view text) {
    const bool has_sign = text.starts_with('$');
    const std::string_view rest = text.substr(has_sign ? 1 : 0);
    const bool is_path = rest.starts_with("data.") && rest.find_first_of(" \t\n") == std::string_view::npos;
    return is_path ? fmt::format("$.{}", rest) : "";
}

// A short text that was probably meant as more.
void warn_about_text(Report& report, Position place, const std::string& path, std::string_view text) {
    if (text.find("${") != std::string_view::npos) {
        report.warning(place, path, "the text is a constant, and its ${...} stays as it is",
                       "write { form: TEMPLATE, template: ..., value: { NAME: PATH } }");
    } else if (text == "$") {
        report.warning(place, path, "the text is the constant $", "the whole event is { form: ORIGINAL }");
    } else if (text != "CONSTANT" && transform::form_of(text)) {
        report.warning(place, path, fmt::format("the text is the constant {}", text),
                       fmt::format("the form is written {{ form: {} }}", text));
    } else if (const std::string path_meant = meant_path(text); !path_meant.empty()) {
        report.warning(place, path, fmt::format("the text is the constant {}", text),
                       fmt::format("the path is written {}", path_meant));
    }
}

// A map that is no form, but names with what they are to have: `{ a: $.data.body.a }`.
bool is_map_of_names(const YamlNode& node) {
    std::vector<std::string_view> words;
    for (const FieldRule& rule : fields_of("value")) words.push_back(rule.name);
    return node.kind == YamlNode::Kind::map && !node.entries.empty() &&
           std::all_of(node.entries.begin(), node.entries.end(), [&words](const YamlNode::Entry& entry) {
               return entry.value->kind == YamlNode::Kind::scalar && nearest_word(entry.name, words).empty();
           });
}

std::string as_template(const YamlNode& names) {
    constexpr std::size_t bytes_max = 200;
    std::string text;
    std::string values;
    for (const YamlNode::Entry& entry : names.entries) {
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
        field = Field::of_form(form.value_or(Form::constant), {}, {});
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
    bool error(Position place, std::string_view name, std::string sentence, std::string hint = {}) {
        report_.error(place, object_.path(name), std::move(sentence), std::move(hint));
        return false;
    }

    // An empty text says the same as nothing.
    bool has_no(std::string_view name) {
        const YamlNodePtr node = object_.find(name);
        if (node == nullptr || (node->kind == YamlNode::Kind::scalar && node->text.empty())) return true;
        const std::string sentence = fmt::format("the form {} has no {}", object_.text("form"), name);
        return error(node->place, name, sentence, "leave it out");
    }

    bool read_text(Field& field, std::string_view what) {
        const YamlNodePtr node = object_.find("value");
        if (node == nullptr) return error(object_.place(), "value", "the field `value` is missing", std::string(what));
        if (node->kind != YamlNode::Kind::scalar) {
            return error(node->place, "value", "expected text, found " + describe(*node),
                         "variables belong to the form TEMPLATE");
        }
        field = Field::of_form(field.form, node->text, {});
        return true;
    }

    bool read_template(Field& field) {
        if (!object_.has("template")) {
            return error(object_.place(), "template", "the field `template` is missing", "the text with ${NAME} in it");
        }
        field.template_text = object_.text("template");
        const YamlNodePtr node = object_.find("value");
        if (node == nullptr) return true;  // no variables
        if (node->kind == YamlNode::Kind::scalar) {
            field.value = node->text;
            return true;
        }
        json::append_json(field.value, to_json(report_, *node, object_.path("value")));
        return true;
    }

    Report& report_;
    const Object& object_;
};

bool is_path(const YamlNode& node) {
    constexpr std::string_view names[] = {"path", "json", "take"};
    return node.kind == YamlNode::Kind::map &&
           std::any_of(node.entries.begin(), node.entries.end(), [&](const YamlNode::Entry& entry) {
               return std::find(std::begin(names), std::end(names), entry.name) != std::end(names);
           });
}

// { path, json, take }
std::optional<ValuePath> read_path(Report& report, const YamlNodePtr& node, std::string path) {
    const Object object = Object::read(report, node, std::move(path), "path");
    if (!object.is_clean()) return std::nullopt;
    return ValuePath{object.text("path"), object.text("json"), object.has("take")};
}

// Empty, and reported, if there is an error in it.
std::vector<ValuePath> read_paths(Report& report, const YamlNode& list, const std::string& path) {
    std::vector<ValuePath> paths;
    bool is_clean = true;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        const YamlNodePtr& item = list.items[i];
        const std::string item_path = fmt::format("{}[{}]", path, i);
        std::optional<ValuePath> read;
        if (item->kind == YamlNode::Kind::map) {
            read = read_path(report, item, item_path);
        } else if (const Field field = Field::from_text(item->text); field.form == Form::jsonpath) {
            read = field.paths[0];
        } else {
            report.error(item->place, item_path, "expected a path or { path, json, take }, found " + describe(*item),
                         "a path begins with $. or $[; for texts between the values write a TEMPLATE");
        }
        if (read) paths.push_back(std::move(*read));
        is_clean = is_clean && read.has_value();
    }
    return is_clean ? paths : std::vector<ValuePath>();
}

// The paths of a map or of a list.
std::vector<ValuePath> paths_of(Report& report, const YamlNodePtr& node, const std::string& path) {
    if (node->kind == YamlNode::Kind::sequence) return read_paths(report, *node, path);
    const std::optional<ValuePath> read = read_path(report, node, path);
    return read ? std::vector{*read} : std::vector<ValuePath>();
}

}  // namespace

void read_value(Report& report, const Object& sink, std::string_view name, Field& field,
                std::vector<std::string_view>& refused) {
    const YamlNodePtr node = sink.find(name);
    if (node == nullptr) return refused.push_back(name);
    if (node->kind == YamlNode::Kind::scalar) {
        field = Field::from_text(node->text);
        if (field.form == Form::constant) warn_about_text(report, node->place, sink.path(name), node->text);
        return;
    }
    if (node->kind == YamlNode::Kind::sequence || is_path(*node)) {
        field = Field::of_paths(paths_of(report, node, sink.path(name)));
        if (field.paths.empty()) refused.push_back(name);
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

void report_value(Report& report, Severity severity, const Object& sink, const transform::Diagnostic& diagnostic) {
    Position place = sink.place(diagnostic.field);
    std::string path = sink.path(diagnostic.field);
    // "/value/NAME" or, of a list, "/0": as far down as the file has it.
    YamlNodePtr node = sink.find(diagnostic.field);
    std::string_view pointer = diagnostic.pointer;
    while (node != nullptr && pointer.starts_with('/')) {
        pointer.remove_prefix(1);
        const std::string_view step = pointer.substr(0, pointer.find('/'));
        YamlNodePtr child;
        for (const YamlNode::Entry& entry : node->entries) {
            std::string name;
            json::append_pointer(name, entry.name);
            if (child != nullptr || std::string_view(name).substr(1) != step) continue;
            path += "." + path_name(entry.name);
            child = entry.value;
        }
        for (std::size_t i = 0; i < node->items.size(); ++i) {
            if (step != std::to_string(i)) continue;
            path += fmt::format("[{}]", i);
            child = node->items[i];
        }
        if (child != nullptr) place = child->place;
        node = std::move(child);
        pointer.remove_prefix(step.size());
    }
    report.add(severity, place, std::move(path), diagnostic.message, diagnostic.hint);
}

}  // namespace outflow::task
