// Compiling patterns of the Alibaba dialect: every error is found, each with its place.
#include <algorithm>

#include "base/limits.h"
#include "pattern/alibaba/pattern.h"
#include "pattern/compiler.h"

namespace outflow::pattern {

class AlibabaCompiler {
public:
    explicit AlibabaCompiler(std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics) {
        pattern_.nodes_.emplace_back();
    }

    std::optional<AlibabaPattern> run(const json::Node& pattern) {
        if (!pattern.is(json::Kind::object)) {
            diagnostics_.add(pattern, "", "An event pattern is a JSON object.");
            return std::nullopt;
        }
        for (const auto& [name, value] : pattern.members) {
            std::string pointer;
            json::append_pointer(pointer, name);
            if (name == "data") {
                read_data(value, pointer);
            } else {
                read_attribute(name, value, pointer);
            }
        }
        if (diagnostics_.any()) return std::nullopt;
        return std::move(pattern_);
    }

private:
    void read_attribute(const std::string& name, const json::Node& value, const std::string& pointer) {
        const std::span<const std::string_view> names = top_level_names();
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            std::string hint = suggest(name, names);
            if (name == "$or") hint = "The Alibaba dialect has no $or.";
            return diagnostics_.add(value, pointer, "An event has no field " + quoted_name(name) + ".",
                                    std::move(hint));
        }
        add_field(pattern_.add_node(0, name), {}, value, pointer, false);
    }

    void read_data(const json::Node& value, const std::string& pointer) {
        if (!value.is(json::Kind::object)) {
            return diagnostics_.add(value, pointer, "`data` expects an object with fields.",
                                    "The message is at data.body: {\"data\": {\"body\": [\"text\"]}}.");
        }
        const std::uint32_t data = pattern_.add_node(0, "data");
        std::string path = "$";
        std::string place = pointer;
        read_object(data, value, path, place);
    }

    // `path` and `pointer` lead to the object; both are as before at the end.
    void read_object(std::uint32_t data, const json::Node& object, std::string& path, std::string& pointer) {
        if (object.members.empty()) {
            diagnostics_.add(object, pointer, "An object without fields asks for nothing; leave it out.");
        }
        for (const auto& [name, value] : object.members) {
            const std::size_t path_size = path.size();
            const std::size_t pointer_size = pointer.size();
            path.append(".").append(name);
            json::append_pointer(pointer, name);
            if (value.is(json::Kind::object)) {
                read_object(data, value, path, pointer);
            } else {
                read_field(data, value, path, pointer);
            }
            path.resize(path_size);
            pointer.resize(pointer_size);
        }
    }

    void read_field(std::uint32_t data, const json::Node& value, const std::string& path_text,
                    const std::string& pointer) {
        Result<AlibabaPath> path = parse_alibaba_path(path_text);
        if (!path) {
            diagnostics_.add(value, pointer, path.error().context,
                             "The Alibaba dialect reads the keys below `data` as a JSONPath.");
            path = AlibabaPath{};
        }
        std::uint32_t node = data;
        for (const std::string& name : path->names) node = pattern_.add_node(node, name);
        pattern_.has_data_fields_ = true;
        pattern_.visits_members_ = pattern_.visits_members_ || path->visits_members();
        add_field(node, std::move(*path), value, pointer, true);
    }

    void add_field(std::uint32_t node, AlibabaPath path, const json::Node& alternatives, const std::string& pointer,
                   bool in_data) {
        if (pattern_.fields_.size() == limits::pattern_fields_max) {
            const std::string most = std::to_string(limits::pattern_fields_max);
            if (!has_too_many_) diagnostics_.add(alternatives, pointer, "A pattern has at most " + most + " fields.");
            has_too_many_ = true;
            return;
        }
        AlibabaPattern::Field field{std::move(path), {}, in_data};
        field.path.names.clear();
        field.conditions.compile(alternatives, pointer, diagnostics_);
        pattern_.nodes_[node].fields.push_back(static_cast<std::uint32_t>(pattern_.fields_.size()));
        pattern_.fields_.push_back(std::move(field));
    }

    AlibabaPattern pattern_;
    DiagnosticList diagnostics_;
    bool has_too_many_ = false;
};

std::uint32_t AlibabaPattern::add_node(std::uint32_t from, std::string_view name) {
    auto& branches = nodes_[from].branches;
    const auto found = branches.find(name);
    if (found != branches.end()) return found->second.node;
    const auto node = static_cast<std::uint32_t>(nodes_.size());
    branches.emplace(name, Branch{node, static_cast<std::uint32_t>(branches.size())});
    nodes_.emplace_back();
    return node;
}

std::optional<AlibabaPattern> AlibabaPattern::compile(const json::Node& pattern, std::vector<Diagnostic>& diagnostics) {
    return AlibabaCompiler(diagnostics).run(pattern);
}

}  // namespace outflow::pattern
