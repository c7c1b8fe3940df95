#include "task/sensitive_fields.h"

#include "task/fields.h"

namespace outflow::task {

namespace {

using Visit = std::function<void(const std::string& pointer, json::Node& value, Sensitive what)>;

void visit_object(json::Node& object, std::string_view kind, const std::string& pointer, const Visit& visit);

void visit_secret(json::Node& value, const std::string& pointer, const Visit& visit) {
    visit(pointer, value, Sensitive::secret);
    if (!value.is(json::Kind::object)) return;
    for (json::Member& member : value.members) {
        if (!member.value.is(json::Kind::string)) continue;
        if (member.name == "env") visit(pointer + "/env", member.value, Sensitive::environment);
        if (member.name == "file") visit(pointer + "/file", member.value, Sensitive::file);
    }
}

void visit_field(json::Node& value, const FieldRule& rule, const std::string& pointer, const Visit& visit) {
    switch (rule.type) {
    case FieldType::secret: return visit_secret(value, pointer, visit);
    case FieldType::text:
        if ((rule.name == "file" || rule.name.ends_with("_file")) && value.is(json::Kind::string))
            visit(pointer, value, Sensitive::file);
        return;
    case FieldType::object: return visit_object(value, object_of(rule), pointer, visit);
    case FieldType::list:
        for (std::size_t i = 0; i < value.items.size(); ++i)
            visit_object(value.items[i], object_of(rule), pointer + "/" + std::to_string(i), visit);
        return;
    case FieldType::named:
        for (json::Member& member : value.members) {
            std::string inner = pointer;
            json::append_pointer(inner, member.name);
            visit_object(member.value, object_of(rule), inner, visit);
        }
        return;
    case FieldType::integer:
    case FieldType::decimal:
    case FieldType::boolean:
    case FieldType::word:
    case FieldType::texts:
    case FieldType::value:
    case FieldType::values:
    case FieldType::variables:
    case FieldType::pattern:
    case FieldType::anything: return;
    }
}

void visit_object(json::Node& object, std::string_view kind, const std::string& pointer, const Visit& visit) {
    if (!object.is(json::Kind::object)) return;
    for (json::Member& member : object.members) {
        for (const FieldRule& rule : fields_of(kind)) {
            if (rule.name != member.name) continue;
            std::string inner = pointer;
            json::append_pointer(inner, member.name);
            visit_field(member.value, rule, inner, visit);
        }
    }
}

}  // namespace

void for_each_sensitive(json::Node& object, std::string_view kind, const Visit& visit) {
    visit_object(object, kind, {}, visit);
}

}  // namespace outflow::task
