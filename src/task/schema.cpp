#include "task/schema.h"

#include <vector>

#include <fmt/format.h>

#include "json/value.h"
#include "task/object.h"

namespace outflow::task {
namespace {

// Objects that hold exactly one of their fields, if none of these is required.
constexpr std::string_view choices[] = {"instance", "secret", "task.transform", "task.sink",
                                        "task.property.dead_letter"};
constexpr std::string_view name_pattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,126}$";

std::string quoted(std::string_view text) {
    std::string out;
    json::append_json_string(out, text);
    return out;
}

std::string reference(std::string_view object) {
    return fmt::format("{{ \"$ref\": {} }}", quoted(fmt::format("#/$defs/{}", object)));
}

// A word that is a number in YAML may be written as one.
std::string word_list(std::string_view words) {
    std::vector<std::string> items;
    for (std::string_view word : split_words(words)) {
        items.push_back(quoted(word));
        if (is_json_number(word)) items.emplace_back(word);
    }
    return fmt::format("[{}]", fmt::join(items, ", "));
}

// The keywords that say what the value may be, without the braces around them.
std::string value_keywords(const FieldRule& rule) {
    switch (rule.type) {
    case FieldType::text:
        if (rule.object == "task" && rule.name == "name") {
            return fmt::format(R"("type": "string", "pattern": {})", quoted(name_pattern));
        }
        return rule.least > 0 ? R"("type": "string", "minLength": 1)" : R"("type": "string")";
    case FieldType::integer:
        return fmt::format(R"("type": "integer", "minimum": {:.0f}, "maximum": {:.0f})", rule.least, rule.most);
    case FieldType::decimal:
        return fmt::format(R"("type": "number", "minimum": {:.0f}, "maximum": {:.0f})", rule.least, rule.most);
    case FieldType::boolean: return R"("type": "boolean")";
    case FieldType::word: return fmt::format(R"("enum": {})", word_list(rule.words));
    case FieldType::object:
        if (object_of(rule).empty()) return R"("type": "object", "maxProperties": 0)";
        return fmt::format(R"("$ref": {})", quoted(fmt::format("#/$defs/{}", object_of(rule))));
    case FieldType::named:
        return fmt::format(R"("type": "object", "propertyNames": {{ "pattern": {} }}, "additionalProperties": {})",
                           quoted(name_pattern), reference(object_of(rule)));
    case FieldType::list: return fmt::format(R"("type": "array", "items": {})", reference(object_of(rule)));
    case FieldType::texts:
        return R"("anyOf": [{ "type": "string" }, { "type": "array", "minItems": 1, "items": { "type": "string" } }])";
    case FieldType::value:
        return fmt::format(R"("anyOf": [{{ "type": "string" }}, {}, {}])", reference("value"), reference("path"));
    case FieldType::values:
        return fmt::format(R"("anyOf": [{{ "type": "string" }}, {0}, {1}, {{ "type": "array", "minItems": 1, "items": )"
                           R"({{ "anyOf": [{{ "type": "string" }}, {1}] }} }}])",
                           reference("value"), reference("path"));
    case FieldType::secret: return fmt::format(R"("anyOf": [{{ "type": "string" }}, {}])", reference(object_of(rule)));
    case FieldType::variables:
        return fmt::format(R"("anyOf": [{{ "type": "string" }}, {{ "type": "object", "additionalProperties": )"
                           R"({{ "anyOf": [{{ "type": ["string", "number", "boolean", "null"] }}, {}] }} }}])",
                           reference("path"));
    case FieldType::pattern: return R"("type": ["object", "string"])";
    case FieldType::anything: return R"("not": {})";
    }
    return {};
}

std::string property_of(const FieldRule& rule) {
    const bool is_later = !rule.unsupported.empty();
    std::string meaning(rule.meaning);
    if (is_later) meaning = fmt::format("Not supported yet: {}", rule.unsupported);
    std::string out = fmt::format("        {}: {{\n          \"description\": {},\n          {}", quoted(rule.name),
                                  quoted(meaning), value_keywords(rule));
    if (!rule.default_value.empty()) out += fmt::format(",\n          \"default\": {}", rule.default_value);
    return out + "\n        }";
}

std::string definition_of(std::string_view object) {
    std::vector<std::string> properties;
    std::vector<std::string> required;
    for (const FieldRule& rule : fields_of(object)) {
        properties.push_back(property_of(rule));
        if (rule.required) required.push_back(quoted(rule.name));
    }
    std::string out = fmt::format("    {}: {{\n      \"type\": \"object\",\n", quoted(object));
    out += "      \"additionalProperties\": false,\n";
    for (std::string_view choice : choices) {
        if (choice == object && required.empty()) out += "      \"minProperties\": 1,\n      \"maxProperties\": 1,\n";
    }
    if (!required.empty()) out += fmt::format("      \"required\": [{}],\n", fmt::join(required, ", "));
    return out + fmt::format("      \"properties\": {{\n{}\n      }}\n    }}", fmt::join(properties, ",\n"));
}

}  // namespace

std::string schema_text() {
    std::vector<std::string> definitions;
    std::string_view last;
    for (const FieldRule& rule : all_fields()) {
        if (rule.object != last) definitions.push_back(definition_of(rule.object));
        last = rule.object;
    }
    std::string out = "{\n";
    out += "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n";
    out += "  \"title\": \"Outflow task file\",\n";
    out += "  \"$ref\": \"#/$defs/file\",\n";
    out += fmt::format("  \"$defs\": {{\n{}\n  }}\n}}\n", fmt::join(definitions, ",\n"));
    return out;
}

}  // namespace outflow::task
