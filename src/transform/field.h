// How a sink field gets its value: the product's forms, and one for bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outflow::transform {

enum class Form : std::uint8_t { original, jsonpath, constant, template_text, raw };

std::string_view to_string(Form form);                      // "ORIGINAL", "JSONPATH", ..., "RAW"
std::optional<Form> form_of(std::string_view text);         // the inverse

struct Field {
    Form form = Form::constant;
    std::string value;          // JSONPATH: the path; CONSTANT: the text; TEMPLATE: its variables, as a JSON object
    std::string template_text;  // TEMPLATE only

    static Field original() { return {Form::original, {}, {}}; }
    // The payload byte for byte, in every data format. Of a body only.
    static Field raw() { return {Form::raw, {}, {}}; }
    static Field of_template(std::string text, std::string variables) {
        return {Form::template_text, std::move(variables), std::move(text)};
    }
    static Field jsonpath(std::string path) { return {Form::jsonpath, std::move(path), {}}; }
    static Field constant(std::string text) { return {Form::constant, std::move(text), {}}; }
    // The text that every event gives, where that is certain: a CONSTANT, or a TEMPLATE without variables.
    std::optional<std::string_view> constant_text() const;

    // The short form: a JSONPATH if it starts with `$.` or `$[`, else a CONSTANT.
    static Field from_text(std::string text);
};

}  // namespace outflow::transform
