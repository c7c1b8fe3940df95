#include "task/object.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace outflow::task {
namespace {

std::string range_of(const FieldRule& rule) {
    return fmt::format("from {} to {}", with_commas(rule.least), with_commas(rule.most));
}

// What the value of a field should be, behind "expected ".
std::string expectation(const FieldRule& rule) {
    switch (rule.type) {
    case FieldType::text: return "text";
    case FieldType::integer: return rule.least == rule.most ? with_commas(rule.most) : "an integer " + range_of(rule);
    case FieldType::decimal: return "a number " + range_of(rule);
    case FieldType::boolean: return "true or false";
    case FieldType::word: return fmt::format("one of {}", fmt::join(split_words(rule.words), ", "));
    case FieldType::object:
    case FieldType::named: return "a map";
    case FieldType::list: return "a list";
    case FieldType::texts: return "a list of texts";
    case FieldType::value: return "a path, a constant text, { path, json, take } or { form, value, template }";
    case FieldType::values:
        return "a path, a constant text, a list of paths, { path, json, take } or { form, value, template }";
    case FieldType::variables: return "text, or a map of variables";
    case FieldType::secret: return "text, { env: NAME } or { file: PATH }";
    case FieldType::pattern: return "an event pattern";
    case FieldType::anything: return "anything";
    }
    return "something else";
}

bool is_text(const YamlNode& node) { return node.kind == YamlNode::Kind::scalar && node.type == ScalarType::text; }
bool is_map(const YamlNode& node) { return node.kind == YamlNode::Kind::map; }

bool is_number_in_range(const FieldRule& rule, const YamlNode& node) {
    if (node.kind != YamlNode::Kind::scalar || node.quoted || !is_json_number(node.text)) return false;
    if (rule.type == FieldType::integer && node.type != ScalarType::integer) return false;
    double number = 0;
    const char* end = node.text.data() + node.text.size();
    const auto [stop, code] = std::from_chars(node.text.data(), end, number);
    return code == std::errc{} && stop == end && number >= rule.least && number <= rule.most;
}

bool is_word(const FieldRule& rule, const YamlNode& node) {
    if (node.kind != YamlNode::Kind::scalar) return false;
    const std::vector<std::string_view> words = split_words(rule.words);
    return std::find(words.begin(), words.end(), node.text) != words.end();
}

bool is_list_of_texts(const YamlNode& node) {
    return node.kind == YamlNode::Kind::sequence && !node.items.empty() &&
           std::all_of(node.items.begin(), node.items.end(), [](const YamlNodePtr& item) { return is_text(*item); });
}

// "max_tasks above 1": a value of this field that a later version takes; empty for all others.
std::string later_value(const FieldRule& rule, const YamlNode& node) {
    if (rule.later_most == 0 || node.kind != YamlNode::Kind::scalar || node.type != ScalarType::integer) return {};
    const std::optional<std::int64_t> number = parse_integer(node.text);
    const bool is_above =
        number && static_cast<double>(*number) > rule.most && static_cast<double>(*number) <= rule.later_most;
    return is_above ? fmt::format("{} above {}", rule.name, with_commas(rule.most)) : "";
}

bool fits(const FieldRule& rule, const YamlNode& node) {
    switch (rule.type) {
    case FieldType::text: return is_text(node);
    case FieldType::integer:
    case FieldType::decimal: return is_number_in_range(rule, node);
    case FieldType::boolean: return node.kind == YamlNode::Kind::scalar && node.type == ScalarType::boolean;
    case FieldType::word: return is_word(rule, node);
    case FieldType::object:
    case FieldType::named: return is_map(node);
    case FieldType::list: return node.kind == YamlNode::Kind::sequence;
    case FieldType::texts: return is_text(node) || is_list_of_texts(node);
    case FieldType::values:
        if (node.kind == YamlNode::Kind::sequence) return !node.items.empty();
        [[fallthrough]];
    case FieldType::value:
    case FieldType::secret:
    case FieldType::variables:
    case FieldType::pattern: return is_text(node) || is_map(node);
    case FieldType::anything: return true;
    }
    return false;
}

std::string hint_for(const FieldRule& rule, const YamlNode& node) {
    const bool scalar = node.kind == YamlNode::Kind::scalar;
    const bool wants_text = rule.type == FieldType::text || rule.type == FieldType::value ||
                            rule.type == FieldType::values || rule.type == FieldType::variables ||
                            rule.type == FieldType::secret;
    if (rule.type == FieldType::value && node.kind == YamlNode::Kind::sequence) {
        return "only keys take a list of paths; a text of several values is a TEMPLATE";
    }
    if (node.is_null() && !rule.null_hint.empty()) return std::string(rule.null_hint);
    if (node.is_null()) return rule.required ? "" : "leave the field out to have its default";
    if (scalar && wants_text) return "put it into quotes";
    if (scalar && node.quoted && resolve_plain(node.text) != ScalarType::text) return "leave the quotes out";
    if (scalar && rule.type == FieldType::word) {
        const std::string_view near = nearest_word(node.text, split_words(rule.words));
        if (!near.empty()) return fmt::format("did you mean {}?", near);
    }
    return {};
}

std::vector<std::string_view> names_of(std::span<const FieldRule> rules) {
    std::vector<std::string_view> names;
    for (const FieldRule& rule : rules) names.push_back(rule.name);
    return names;
}

// "did you mean `topic`?", or where the field belongs.
std::string hint_for_unknown(std::string_view name, std::span<const FieldRule> rules, std::string_view near,
                             std::span<const FieldRule> table) {
    if (!near.empty()) return fmt::format("did you mean `{}`?", near);
    for (const FieldRule& rule : table) {
        if (rule.name == name) return fmt::format("`{}` is a field of {}", name, rule.object);
    }
    const std::vector<std::string_view> names = names_of(rules);
    return names.empty() ? "leave it out" : fmt::format("there are: {}", fmt::join(names, ", "));
}

}  // namespace

Object Object::read(Report& report, const YamlNodePtr& node, std::string path, std::string_view object,
                    std::span<const FieldRule> table) {
    Object result;
    result.path_ = std::move(path);
    result.place_ = node->place;
    if (node->kind != YamlNode::Kind::map) {
        report.error(node->place, result.path_, "expected a map, found " + describe(*node));
        result.clean_ = false;
        return result;
    }
    std::set<std::string_view> seen;
    for (const YamlNode::Entry& entry : node->entries) {
        if (!seen.insert(entry.name).second) {
            report.error(entry.place, result.path(path_name(entry.name)), "the field is given twice",
                         "keep one of them");
            result.clean_ = false;
            continue;
        }
        result.accept(report, entry, object, table);
    }
    result.report_missing(report, node, fields_of(object, table));
    return result;
}

void Object::accept(Report& report, const YamlNode::Entry& entry, std::string_view object,
                    std::span<const FieldRule> table) {
    const std::span<const FieldRule> rules = fields_of(object, table);
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const FieldRule& candidate) { return candidate.name == entry.name; });
    if (rule == rules.end()) {
        const std::string_view near = nearest_word(entry.name, names_of(rules));
        report.error(entry.place, path(path_name(entry.name)), "unknown field",
                     hint_for_unknown(entry.name, rules, near, table));
        if (!near.empty()) meant_.insert(near);
        clean_ = false;
        return;
    }
    const YamlNode& node = *entry.value;
    const Position place = node.is_null() ? entry.place : node.place;
    YamlNodePtr accepted;
    if (!rule->unsupported.empty()) {
        report.error(entry.place, path(rule->name), fmt::format("`{}` is not supported yet", rule->name),
                     std::string(rule->unsupported));
    } else if (const std::string later = later_value(*rule, node); !later.empty()) {
        report.error(place, path(rule->name), later + " is not supported yet", "expected " + expectation(*rule));
    } else if (!fits(*rule, node)) {
        const bool hidden = rule->type == FieldType::secret && node.kind == YamlNode::Kind::scalar && !node.is_null();
        report.error(place, path(rule->name),
                     fmt::format("expected {}, found {}", expectation(*rule), hidden ? "another type" : describe(node)),
                     hint_for(*rule, node));
    } else if (rule->type == FieldType::text && rule->least > 0 && node.text.empty()) {
        report.error(place, path(rule->name), "expected text, found an empty one",
                     rule->required ? "" : "leave the field out to have its default");
    } else {
        accepted = entry.value;
    }
    if (accepted == nullptr) clean_ = false;
    fields_.push_back({rule->name, std::move(accepted)});
}

void Object::report_missing(Report& report, const YamlNodePtr& node, std::span<const FieldRule> rules) {
    for (const FieldRule& rule : rules) {
        const bool there =
            std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == rule.name; });
        if (!rule.required || there || meant_.contains(rule.name)) continue;
        report.error(node->place, path(rule.name), fmt::format("the field `{}` is missing", rule.name),
                     std::string(rule.meaning));
        clean_ = false;
    }
}

YamlNodePtr Object::find(std::string_view name) const {
    for (const Field& field : fields_) {
        if (field.name == name) return field.node;
    }
    return nullptr;
}

std::string Object::text(std::string_view name) const {
    const YamlNodePtr node = find(name);
    return node == nullptr ? std::string() : node->text;
}

std::uint32_t Object::integer(std::string_view name, std::uint32_t fallback) const {
    const YamlNodePtr node = find(name);
    if (node == nullptr) return fallback;
    return static_cast<std::uint32_t>(parse_integer(node->text).value_or(fallback));
}

bool Object::boolean(std::string_view name, bool fallback) const {
    const YamlNodePtr node = find(name);
    return node == nullptr ? fallback : node->text == "true" || node->text == "True" || node->text == "TRUE";
}

double Object::decimal(std::string_view name, double fallback) const {
    const YamlNodePtr node = find(name);
    if (node == nullptr) return fallback;
    double number = fallback;
    std::from_chars(node->text.data(), node->text.data() + node->text.size(), number);
    return number;
}

Position Object::place(std::string_view name) const {
    const YamlNodePtr node = find(name);
    return node == nullptr ? place_ : node->place;
}

std::string path_name(std::string_view name) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const bool is_short = !name.empty() && name.size() <= 127;
    return is_short && name.find_first_not_of(plain) == std::string_view::npos ? std::string(name) : quote(name);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, number);
    if (code != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::vector<std::string_view> split_words(std::string_view words) {
    std::vector<std::string_view> out;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find('|'), words.size());
        out.push_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return out;
}

std::string with_commas(double value) {
    std::string digits = fmt::format("{:.0f}", value);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

}  // namespace outflow::task
