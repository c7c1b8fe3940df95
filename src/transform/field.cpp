#include "transform/field.h"

namespace outflow::transform {

namespace {
constexpr Form forms[] = {Form::original, Form::jsonpath, Form::constant, Form::template_text, Form::raw};
}

std::string_view to_string(Form form) {
    switch (form) {
    case Form::original: return "ORIGINAL";
    case Form::jsonpath: return "JSONPATH";
    case Form::constant: return "CONSTANT";
    case Form::template_text: return "TEMPLATE";
    case Form::raw: return "RAW";
    }
    return "unknown";
}

std::optional<Form> form_of(std::string_view text) {
    for (Form form : forms) {
        if (text == to_string(form)) return form;
    }
    return std::nullopt;
}

std::optional<std::string_view> Field::constant_text() const {
    if (form == Form::constant) return value;
    if (form == Form::template_text && template_text.find("${") == std::string::npos) return template_text;
    return std::nullopt;
}

Field Field::of_form(Form form, std::string value, std::string template_text) {
    if (form == Form::jsonpath) return jsonpath(std::move(value));
    return {form, std::move(value), std::move(template_text), {}};
}

Field Field::from_text(std::string text) {
    bool is_path = text.starts_with("$.") || text.starts_with("$[");
    return is_path ? jsonpath(std::move(text)) : constant(std::move(text));
}

}  // namespace outflow::transform
