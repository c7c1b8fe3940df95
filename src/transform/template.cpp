// Rendering a template; template_parser.cpp makes its parts.
#include "transform/template.h"

#include <algorithm>

#include "json/elements.h"

namespace outflow::transform {

using json::Kind;
using json::Value;
using Context = TemplatePart::Context;

namespace {

void append_decoded(std::string& out, std::string_view raw) {
    std::size_t start = out.size();
    out.resize(start + raw.size());
    std::size_t size = json::decode_string(raw, out.data() + start).size();
    out.resize(start + size);
}

void append_value(std::string& out, const Value& value, Context context) {
    switch (context) {
    case Context::json: return json::append_json(out, value);
    case Context::text:
        if (value.escaped) return append_decoded(out, value.raw);
        out += value.raw;
        return;
    case Context::string:
        if (value.escaped) {
            out += value.raw;  // is what stands between quotes
        } else {
            append_inside_string(out, value.raw);
        }
        return;
    }
}

// Whether the object that `out` ends in has a member already.
bool has_begun(std::string_view out) {
    std::size_t last = out.find_last_not_of(" \t\r\n");
    return last != std::string_view::npos && out[last] != '{';
}

bool is_taken(std::string& out, const std::vector<std::string>& names, const Value& name) {
    if (names.empty()) return false;
    if (!name.escaped) return std::binary_search(names.begin(), names.end(), name.raw, std::less<>());
    std::size_t start = out.size();
    append_decoded(out, name.raw);
    bool found = std::binary_search(names.begin(), names.end(), std::string_view(out).substr(start), std::less<>());
    out.resize(start);
    return found;
}

void append_members(std::string& out, const TemplatePart& part, const Value& object) {
    json::ElementReader members(object);
    for (Value name, value; members.next(name, value);) {
        if (is_taken(out, part.names, name)) continue;
        if (has_begun(out)) out += ',';
        json::append_json(out, name);
        out += ':';
        json::append_json(out, value);
    }
}

}  // namespace

void append_inside_string(std::string& out, std::string_view text) {
    std::size_t start = out.size();
    json::append_json_string(out, text);
    out.erase(start, 1);
    out.pop_back();
}

std::optional<Template::Failure> Template::render(std::span<const Value> values, std::string& out) const {
    for (const TemplatePart& part : parts_) {
        switch (part.kind) {
        case TemplatePart::Kind::literal: out += part.text; break;
        case TemplatePart::Kind::comma:
            if (has_begun(out)) out += ',';
            break;
        case TemplatePart::Kind::variable: {
            const Value& value = values[part.need];
            if (value.kind != Kind::missing) {
                append_value(out, value, part.context);
            } else if (part.has_default) {
                out += part.text;
            } else {
                return Failure{part.need, Kind::missing};
            }
            break;
        }
        case TemplatePart::Kind::members: {
            const Value& object = values[part.need];
            if (object.kind == Kind::missing || object.kind == Kind::null) break;
            if (object.kind != Kind::object) return Failure{part.need, object.kind};
            append_members(out, part, object);
            break;
        }
        }
    }
    return std::nullopt;
}

}  // namespace outflow::transform
