// How a sink field gets its value: the product's forms, and one for bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outflow::transform {

enum class Form : std::uint8_t { original, jsonpath, constant, template_text, raw };

std::string_view to_string(Form form);               // "ORIGINAL", "JSONPATH", ..., "RAW"
std::optional<Form> form_of(std::string_view text);  // the inverse

// A path, and what is taken of what is there.
struct ValuePath {
    std::string path;          // a JSONPath
    std::string json;          // a JSONPath that goes on inside of the JSON that the text there is; empty: none
    bool takes_first = false;  // of several values; else they become an array

    bool operator==(const ValuePath&) const = default;
};

struct Field {
    Form form = Form::constant;
    std::string value;             // CONSTANT: the text; TEMPLATE: its variables, as a JSON object
    std::string template_text;     // TEMPLATE only
    std::vector<ValuePath> paths;  // JSONPATH only: one; of keys any number, each of which gives some

    // What the product's three texts say; `value` is a path for JSONPATH.
    static Field of_form(Form form, std::string value, std::string template_text);
    static Field original() { return {Form::original, {}, {}, {}}; }
    // The payload byte for byte, in every data format. Of a body only.
    static Field raw() { return {Form::raw, {}, {}, {}}; }
    static Field of_template(std::string text, std::string variables) {
        return {Form::template_text, std::move(variables), std::move(text), {}};
    }
    static Field jsonpath(std::string path) { return of_paths({{std::move(path), {}, false}}); }
    static Field of_paths(std::vector<ValuePath> paths) { return {Form::jsonpath, {}, {}, std::move(paths)}; }
    static Field constant(std::string text) { return {Form::constant, std::move(text), {}, {}}; }
    // The text that every event gives, where that is certain: a CONSTANT, or a TEMPLATE without variables.
    std::optional<std::string_view> constant_text() const;

    // The short form: a JSONPATH if it starts with `$.` or `$[`, else a CONSTANT.
    static Field from_text(std::string text);

    bool operator==(const Field&) const = default;
};

}  // namespace outflow::transform
