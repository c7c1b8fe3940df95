// Reads one map of a file by a table of fields: names, types and ranges. What it gives was checked.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/spelling.h"
#include "task/fields.h"
#include "task/report.h"
#include "task/yaml.h"

namespace outflow::task {

// The accepted fields of one map. Nodes live as long as the document.
class Object {
public:
    // Reports what is unknown, repeated, missing, not supported yet, of a wrong type or out of range at `path`, and
    // keeps the rest. `node` may be anything; if it is no map, that is reported and the object is empty. `table` has the
    // rows of `object`, and lives as long as the program.
    static Object read(Report& report, const YamlNodePtr& node, std::string path, std::string_view object,
                       std::span<const FieldRule> table = all_fields());

    // Null when the field is absent or was refused.
    YamlNodePtr find(std::string_view name) const;
    bool has(std::string_view name) const { return find(name) != nullptr; }

    // The value of an accepted field; the fallback (text: "") without one.
    std::string text(std::string_view name) const;
    std::uint32_t integer(std::string_view name, std::uint32_t fallback) const;
    double decimal(std::string_view name, double fallback) const;
    bool boolean(std::string_view name, bool fallback) const;

    // The place of the field's value, of the map itself when there is none.
    Position place(std::string_view name) const;
    Position place() const { return place_; }
    const std::string& path() const { return path_; }
    std::string path(std::string_view name) const { return path_ + (path_.empty() ? "" : ".") + std::string(name); }

    bool is_there() const { return place_.line != 0; }  // false: nothing was read
    bool is_clean() const { return clean_; }            // nothing was reported, all required fields are there

private:
    struct Field {
        std::string_view name;
        YamlNodePtr node;
    };
    void accept(Report& report, const YamlNode::Entry& entry, std::string_view object,
                std::span<const FieldRule> table);
    void report_missing(Report& report, const YamlNodePtr& node, std::span<const FieldRule> rules);

    std::string path_;
    Position place_;
    std::vector<Field> fields_;
    std::set<std::string_view> meant_;  // by misspelt names: what they mean is not reported as missing
    bool clean_ = true;
};

// A name as a part of a path: itself, or quoted and cut when it holds anything unusual.
std::string path_name(std::string_view name);

// A decimal integer of 64 bits, or nothing.
std::optional<std::int64_t> parse_integer(std::string_view text);

// Splits `a|b|c`.
std::vector<std::string_view> split_words(std::string_view words);

// "60,000", as people read it.
std::string with_commas(double value);

}  // namespace outflow::task
