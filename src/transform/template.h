// The form TEMPLATE: a text with `${name}` in it, and what the names stand for (docs/transform.md).
//
//   {"id":"${m}-1","t":${t},"note":"${n:-none}"}    m, t, n: paths        the parts, each with how its value goes in:
//   literal{"id":"   m string   literal-1","t":   t json   literal,"note":"   n string, or none   literal"}
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "transform/diagnostic.h"
#include "transform/field.h"

namespace outflow::transform {

// What a name in a template stands for.
struct Variable {
    std::string name;
    ValuePath source;                      // not parsed yet; without a path: a constant
    json::Kind kind = json::Kind::string;  // of the constant: string, number, boolean or null
    std::string text;                      // of the constant, which may name other variables if it is a string
};

// Reads the `value` of a TEMPLATE: a JSON object of paths (texts that are `$` or start with `$.` or `$[`, and objects
// {"path", "json", "take"}) and constants. All errors are appended, with pointers "/value" and "/value/NAME".
std::vector<Variable> parse_variables(std::string_view text, std::vector<Diagnostic>& diagnostics);

// "/value/NAME"
std::string variable_pointer(std::string_view name);

// A member of this name in a JSON template has a variable as its value, and the members of that object stand there.
inline constexpr std::string_view embedding_name = "EB_SYS_EMBED_OBJECT";

struct TemplatePart {
    enum class Kind : std::uint8_t {
        literal,   // `text`
        variable,  // the value
        members,   // those of the value, behind a comma if the object has begun; nothing if it is missing or null. None
                   // that `object` has itself
        comma,     // if the object has begun
    };
    enum class Context : std::uint8_t { text, json, string };  // as text; as JSON; as text inside of a JSON string
    Kind kind = Kind::literal;
    Context context = Context::text;
    bool has_default = false;
    bool replaces_null = false;  // the default does
    std::size_t need = 0;        // the number of the variable among Template::needs()
    std::size_t object = 0;      // members: the number of the object that they go into
    std::string text;            // a variable's default as it goes in
};

// The names of an object in a JSON template, without those of what is embedded.
struct TemplateObject {
    std::vector<std::string> names;               // that every event gives, sorted
    std::vector<std::vector<TemplatePart>> made;  // with variables in them, as text
};

// Immutable.
class Template {
public:
    // A variable of the event that the template reads.
    struct Need {
        std::string name;
        ValuePath source;
        bool is_required = false;  // some place of it has no default
    };
    // The event does not have what the template needs: nothing for a variable, or no object to be embedded. Or it makes
    // an object have a name twice.
    struct Failure {
        std::size_t need = 0;
        json::Kind found = json::Kind::missing;
        std::optional<std::string> repeated;
    };

    // Null if there is any error; all are appended, with pointers "/template" and "/value/NAME". `warnings` gets what
    // is no error and yet hardly meant.
    static std::optional<Template> parse(std::string_view text, std::span<const Variable> variables,
                                         std::vector<Diagnostic>& diagnostics, std::vector<Diagnostic>& warnings);

    const std::vector<Need>& needs() const { return needs_; }  // in the order of the values for render()
    bool is_json() const { return is_json_; }
    bool is_json_object() const { return is_json_object_; }

    // Appends the text. A JSON template gives JSON, if the values are. Allocates nothing once `out` has room.
    std::optional<Failure> render(std::span<const json::Value> values, std::string& out) const;

private:
    friend class TemplateParser;
    friend class TemplateRun;
    Template() = default;

    std::vector<TemplatePart> parts_;
    std::vector<TemplateObject> objects_;  // those with names of variables, and those that something is embedded in
    std::vector<Need> needs_;
    bool is_json_ = false;
    bool is_json_object_ = false;
};

// Appends `text` as it stands between the quotes of a JSON string.
void append_inside_string(std::string& out, std::string_view text);

}  // namespace outflow::transform
