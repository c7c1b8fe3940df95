// An event pattern written in YAML becomes the JSON tree that the pattern compiler takes.
#include <set>

#include <fmt/format.h>

#include "pattern/explain/warning.h"
#include "task/draft.h"
#include "task/object.h"

namespace outflow::task {
namespace {

json::Node scalar_to_json(Report& report, const YamlNode& node, const std::string& path) {
    switch (node.type) {
    case ScalarType::text: return json::Node::string(node.text);
    case ScalarType::null: return {};
    case ScalarType::boolean: return json::Node::boolean(node.text[0] == 't' || node.text[0] == 'T');
    case ScalarType::integer:
    case ScalarType::decimal: break;
    }
    if (is_json_number(node.text)) return json::Node::number(node.text);
    // 007, +49 and 0x1F are numbers to YAML; guessing what was meant would match the wrong events.
    report.error(node.place, path, fmt::format("{} is a number that JSON cannot spell", quote(node.text)),
                 "put it into quotes for a text, or write the number in decimal");
    return {};
}

}  // namespace

json::Node to_json(Report& report, const YamlNode& node, const std::string& path) {
    json::Node out;
    if (node.kind == YamlNode::Kind::scalar) {
        out = scalar_to_json(report, node, path);
    } else if (node.kind == YamlNode::Kind::sequence) {
        out = json::Node::array();
        for (const YamlNodePtr& item : node.items) out.items.push_back(to_json(report, *item, path));
    } else {
        out = json::Node::object();
        std::set<std::string_view> names;
        for (const YamlNode::Entry& entry : node.entries) {
            if (!names.insert(entry.name).second) {
                report.error(entry.place, path, quote(entry.name) + " is given twice", "keep one of them");
                continue;
            }
            out.members.emplace_back(entry.name, to_json(report, *entry.value, path));
        }
    }
    out.line = static_cast<std::uint32_t>(node.place.line);
    out.column = static_cast<std::uint32_t>(node.place.column);
    return out;
}

json::Node read_filter(Report& report, const YamlNode& node, const std::string& path, bool& from_text) {
    from_text = node.kind == YamlNode::Kind::scalar;
    if (!from_text) return to_json(report, node, path);
    Result<json::Document> parsed = json::parse_document(node.text);
    if (!parsed) {
        report.error(node.place, path, "the pattern is not JSON: " + parsed.error().context);
        return json::Node::object();
    }
    for (const pattern::Diagnostic& each : pattern::warn_about_repeated(parsed->repeated)) {
        report.warning(node.place, path + " at " + each.pointer, each.message, each.hint);
    }
    return std::move(parsed->root);
}

}  // namespace outflow::task
