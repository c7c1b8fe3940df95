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

}  // namespace

void append_inside_string(std::string& out, std::string_view text) {
    std::size_t start = out.size();
    json::append_json_string(out, text);
    out.erase(start, 1);
    out.pop_back();
}

// Renders for one event. What is compared with a name is made at the end of `out` and taken away again.
class TemplateRun {
public:
    TemplateRun(std::span<const Value> values, std::string& out) : values_(values), out_(out) {}

    // A name twice would make a JSON text that everyone reads differently.
    std::optional<Template::Failure> check_names(const TemplateObject& object) {
        for (std::size_t i = 0; i < object.made.size(); ++i) {
            const std::size_t start = out_.size();
            if (auto failure = append(object.made[i], {})) return failure;
            const bool is_repeated = has_name(object, i, start);
            if (is_repeated) return Template::Failure{0, Kind::missing, out_.substr(start)};
            out_.resize(start);
        }
        return std::nullopt;
    }

    std::optional<Template::Failure> append(std::span<const TemplatePart> parts,
                                            std::span<const TemplateObject> objects) {
        for (const TemplatePart& part : parts) {
            switch (part.kind) {
            case TemplatePart::Kind::literal: out_ += part.text; break;
            case TemplatePart::Kind::comma:
                if (has_begun(out_)) out_ += ',';
                break;
            case TemplatePart::Kind::variable: {
                const Value& value = values_[part.need];
                if (value.kind != Kind::missing && !(value.kind == Kind::null && part.replaces_null)) {
                    append_value(out_, value, part.context);
                } else if (part.has_default) {
                    out_ += part.text;
                } else {
                    return Template::Failure{part.need, Kind::missing, {}};
                }
                break;
            }
            case TemplatePart::Kind::members: {
                const Value& value = values_[part.need];
                if (value.kind == Kind::missing || value.kind == Kind::null) break;
                if (value.kind != Kind::object) return Template::Failure{part.need, value.kind, {}};
                append_members(value, objects[part.object]);
                break;
            }
            }
        }
        return std::nullopt;
    }

private:
    void append_members(const Value& value, const TemplateObject& object) {
        json::ElementReader members(value);
        for (Value name, member; members.next(name, member);) {
            if (is_taken(object, name)) continue;
            if (has_begun(out_)) out_ += ',';
            json::append_json(out_, name);
            out_ += ':';
            json::append_json(out_, member);
        }
    }

    bool is_taken(const TemplateObject& object, const Value& name) {
        if (object.made.empty() && !name.escaped) return has_constant(object, name.raw);
        const std::size_t start = out_.size();
        append_value(out_, name, Context::text);
        const bool found = has_name(object, object.made.size(), start);
        out_.resize(start);
        return found;
    }

    static bool has_constant(const TemplateObject& object, std::string_view name) {
        return std::binary_search(object.names.begin(), object.names.end(), name, std::less<>());
    }

    // Whether `out` from `start` on is a name of the object: a constant one, or among the first `count` with variables.
    bool has_name(const TemplateObject& object, std::size_t count, std::size_t start) {
        bool found = has_constant(object, std::string_view(out_).substr(start));
        const std::size_t end = out_.size();
        for (std::size_t i = 0; i < count && !found; ++i) {
            append(object.made[i], {});
            const std::string_view all = out_;
            found = all.substr(start, end - start) == all.substr(end);
            out_.resize(end);
        }
        return found;
    }

    std::span<const Value> values_;
    std::string& out_;
};

std::optional<Template::Failure> Template::render(std::span<const Value> values, std::string& out) const {
    TemplateRun run(values, out);
    for (const TemplateObject& object : objects_) {
        if (auto failure = run.check_names(object)) return failure;
    }
    return run.append(parts_, objects_);
}

}  // namespace outflow::transform
