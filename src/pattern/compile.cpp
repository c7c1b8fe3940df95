// Compiling: every error of a pattern is found, each with its place; then its fields and conjunctions are laid out.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/limits.h"
#include "pattern/compiler.h"
#include "pattern/pattern.h"
#include "pattern/right_form.h"

namespace outflow::pattern {

namespace {

using json::Kind;
using json::Node;

constexpr std::string_view top_level_keys[] = {"specversion",
                                               "id",
                                               "source",
                                               "type",
                                               "subject",
                                               "time",
                                               "datacontenttype",
                                               "dataschema",
                                               "data",
                                               "aliyunaccountid",
                                               "aliyunoriginalaccountid",
                                               "aliyunpublishtime",
                                               "aliyuneventbusname",
                                               "aliyunregionid",
                                               "aliyunpublishaddr"};

// An array of the pattern: the conditions on one field.
struct FieldConditions {
    std::vector<std::string> names;
    Conditions conditions;
};

// Numbers of sources that all must hold; an OR of those.
using Conjunction = std::vector<std::uint32_t>;
using Conjunctions = std::vector<Conjunction>;

class Reader {
public:
    explicit Reader(std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics) {}

    Conjunctions read(const Node& pattern) {
        if (!pattern.is(Kind::object)) {
            diagnostics_.add(pattern, "", "Expected an object: a pattern has the shape of the event.");
            return {};
        }
        return read_members(pattern, "");
    }

    bool has_diagnostics() const { return diagnostics_.any(); }
    std::vector<FieldConditions>& sources() { return sources_; }

private:
    Conjunctions read_members(const Node& object, const std::string& place, bool is_branch = false) {
        Conjunctions all = {{}};
        for (const auto& [key, value] : object.members) {
            std::string member_place = place;
            json::append_pointer(member_place, key);
            if (key == "$or") {
                all = both(std::move(all), read_or(value, member_place), value, member_place);
                continue;
            }
            if (is_branch && is_operator_name(key)) {
                diagnostics_.add(value, member_place,
                                 quoted_name(key) + " is an operator; the objects of `$or` have the names of fields.",
                                 "Alternatives for one field stand in its own array.");
                continue;
            }
            if (!check_logic(key, value, member_place)) continue;
            if (names_.empty() && !check_top_level(key, value, member_place)) continue;
            names_.push_back(key);
            all = both(std::move(all), read_value(value, member_place), value, member_place);
            names_.pop_back();
        }
        return all;
    }

    // Other languages have `$and` and `$not`. A message may have a field of that name too, but hardly one with objects
    // in an array.
    bool check_logic(const std::string& key, const Node& value, const std::string& place) {
        const std::string hint = logic_hint(key);
        const bool has_fields = std::any_of(value.items.begin(), value.items.end(), [](const Node& item) {
            return item.is(Kind::object) && !item.members.empty() && !is_operator_name(item.members[0].name);
        });
        if (hint.empty() || !(names_.empty() || has_fields)) return true;
        diagnostics_.add(value, place, "There is no " + quoted_name(key) + ".", hint);
        return false;
    }

    bool check_top_level(const std::string& key, const Node& value, const std::string& place) {
        auto keys = top_level_names();
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            diagnostics_.add(value, place,
                             "An event has no " + quoted_name(key) + "; fields of the message are below `data`.",
                             suggest(key, keys));
            return false;
        }
        if (key == "data" || value.is(Kind::array)) return true;
        const bool has_operator = value.is(Kind::object) && value.members.size() == 1;
        std::string form = has_operator ? operator_in_array(key, value.members[0].name, value.members[0].value) : "";
        diagnostics_.add(value, place, "Expected an array of alternatives.", value.is(Kind::object) ? form : brackets);
        return false;
    }

    // In brackets an operator without its array would become the name of a field, in silence.
    std::string array_hint(const Node& value) const {
        if (names_.size() < 2 || !is_operator_name(names_.back())) return brackets;
        std::string form = operator_in_array(names_[names_.size() - 2], names_.back(), value);
        return form.empty() ? brackets : form;
    }

    Conjunctions read_value(const Node& value, const std::string& place) {
        if (value.is(Kind::object)) {
            if (value.members.empty()) diagnostics_.add(value, place, "Expected at least one key.");
            return read_members(value, place);
        }
        if (!value.is(Kind::array)) {
            diagnostics_.add(value, place, "Expected an array of alternatives or an object.", array_hint(value));
            return {{}};
        }
        if (value.items.empty()) diagnostics_.add(value, place, "Expected at least one alternative.");
        if (sources_.size() == limits::pattern_fields_max) {
            if (!has_too_many_)
                diagnostics_.add(value, place,
                                 fmt::format("A pattern has at most {} fields.", limits::pattern_fields_max));
            has_too_many_ = true;
            return {{}};
        }
        FieldConditions source;
        source.names = nested_names();
        compile_conditions(value, place, source.conditions, diagnostics_);
        sources_.push_back(std::move(source));
        return {{static_cast<std::uint32_t>(sources_.size() - 1)}};
    }

    Conjunctions read_or(const Node& value, const std::string& place) {
        if (!value.is(Kind::array) || value.items.size() < 2) {
            diagnostics_.add(value, place, "`$or` expects an array of two or more objects.");
            return {{}};
        }
        Conjunctions any;
        for (std::size_t i = 0; i < value.items.size(); ++i) {
            const Node& branch = value.items[i];
            std::string branch_place = place + "/" + std::to_string(i);
            if (!branch.is(Kind::object) || branch.members.empty()) {
                diagnostics_.add(branch, branch_place, "Expected an object with at least one key.");
                continue;
            }
            for (Conjunction& each : read_members(branch, branch_place, true)) any.push_back(std::move(each));
        }
        return any;
    }

    Conjunctions both(Conjunctions left, const Conjunctions& right, const Node& value, const std::string& place) {
        std::size_t count = left.size() * right.size();
        std::size_t terms = 0;
        if (count <= limits::pattern_conjunctions_max) {
            for (const Conjunction& each : left) terms += each.size() * right.size();
            for (const Conjunction& each : right) terms += each.size() * left.size();
        }
        if (count > limits::pattern_conjunctions_max || terms > limits::pattern_conjunction_terms_max) {
            diagnostics_.add(value, place,
                             fmt::format("With this the `$or`s of the pattern make more than {} combinations, or more "
                                         "than {} conditions in them.",
                                         limits::pattern_conjunctions_max, limits::pattern_conjunction_terms_max),
                             "Alternatives for one field can stand in its own array.");
            return {{}};
        }
        if (right.size() == 1) {
            for (Conjunction& each : left) each.insert(each.end(), right[0].begin(), right[0].end());
            return left;
        }
        Conjunctions all;
        all.reserve(count);
        for (const Conjunction& first : left) {
            for (const Conjunction& second : right) {
                all.push_back(first);
                all.back().insert(all.back().end(), second.begin(), second.end());
            }
        }
        return all;
    }

    // Keys with dots are nested keys, in patterns as in events; but the name of a user property is one name.
    std::vector<std::string> nested_names() const {
        std::vector<std::string> names;
        for (const std::string& key : names_) {
            std::size_t start = 0;
            for (std::size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', start)) {
                names.push_back(key.substr(start, dot - start));
                start = dot + 1;
            }
            names.push_back(key.substr(start));
        }
        if (names.size() > 3 && names[0] == "data" && names[1] == "userProperties") {
            for (std::size_t i = 3; i < names.size(); ++i) names[2] += "." + names[i];
            names.resize(3);
        }
        return names;
    }

    static constexpr const char* brackets = "Put the value in brackets: [ ... ].";

    DiagnosticList diagnostics_;
    std::vector<std::string> names_;  // from the top to the value that is read
    std::vector<FieldConditions> sources_;
    bool has_too_many_ = false;
};

}  // namespace

// Lays out fields and sets.
class Assembler {
public:
    Assembler(std::vector<FieldConditions>& sources, const Conjunctions& conjunctions)
        : sources_(sources), conjunctions_(conjunctions) {}

    // Without a context everything is inside the payload.
    Pattern run(const event::EventContext* context) {
        pattern_.words_ = (conjunctions_.size() + 63) / 64;
        pattern_.all_.assign(pattern_.words_, 0);
        pattern_.field_counts_.assign(conjunctions_.size(), 0);
        for (std::size_t i = 0; i < conjunctions_.size(); ++i) set_bit(pattern_.all_.data(), i);
        masks_.assign(sources_.size(), std::vector<MatchState::Bits>(pattern_.words_, 0));
        for (std::size_t i = 0; i < conjunctions_.size(); ++i) {
            for (std::uint32_t source : conjunctions_[i]) set_bit(masks_[source].data(), i);
        }
        std::map<std::vector<std::string>, std::vector<std::uint32_t>> inside, outside;
        for (std::uint32_t i = 0; i < sources_.size(); ++i) {
            const auto& names = sources_[i].names;
            bool is_inside = context == nullptr || (is_body(names) && context->format == event::DataFormat::json);
            (is_inside ? inside : outside)[names].push_back(i);
        }
        for (const auto& [names, sources] : inside) {
            add_field(sources);
            pattern_.fields_.back().names.assign(names.begin() + (context == nullptr ? 0 : 2), names.end());
        }
        pattern_.payload_fields_ = inside.size();
        for (const auto& [names, sources] : outside) {
            add_field(sources);
            pattern_.fields_.back().target = locate(names, *context);
        }
        pattern_.reads_payload_ = !inside.empty() || std::any_of(outside.begin(), outside.end(), [](const auto& field) {
            return is_body(field.first);
        });
        return std::move(pattern_);
    }

private:
    static bool is_body(const std::vector<std::string>& names) {
        return names.size() >= 2 && names[0] == "data" && names[1] == "body";
    }

    static void set_bit(MatchState::Bits* words, std::size_t bit) {
        words[bit / 64] |= MatchState::Bits{1} << (bit % 64);
    }

    static event::Target locate(const std::vector<std::string>& names, const event::EventContext& context) {
        json::Path path;
        for (const std::string& name : names) path.push_back(json::Step::of_name(name));
        return event::locate(path, context, event::Arrays::by_themselves);
    }

    void add_field(const std::vector<std::uint32_t>& sources) {
        Pattern::Field field;
        const std::size_t words = pattern_.words_;
        std::vector<MatchState::Bits> asks(words, 0), allowed(words, ~MatchState::Bits{0});
        for (std::uint32_t source : sources) {
            const std::vector<MatchState::Bits>& mask = masks_[source];
            Pattern::Asked asked;
            asked.conditions = std::move(sources_[source].conditions);
            for (std::size_t i = 0; i < words; ++i) {
                asks[i] |= mask[i];
                if (!asked.conditions.missing_allowed()) allowed[i] &= ~mask[i];
            }
            asked.mask = append(mask);
            field.asked.push_back(std::move(asked));
        }
        each_conjunction(asks.data(), words, [&](std::size_t each) { ++pattern_.field_counts_[each]; });
        field.mask = append(asks);
        append(allowed);
        pattern_.fields_.push_back(std::move(field));
    }

    std::size_t append(const std::vector<MatchState::Bits>& mask) {
        std::size_t place = pattern_.masks_.size();
        pattern_.masks_.insert(pattern_.masks_.end(), mask.begin(), mask.end());
        return place;
    }

    std::vector<FieldConditions>& sources_;
    const Conjunctions& conjunctions_;
    std::vector<std::vector<MatchState::Bits>> masks_;  // of each source: its conjunctions
    Pattern pattern_;
};

namespace {

std::optional<Pattern> compile_pattern(const Node& pattern, const event::EventContext* context,
                                       std::vector<Diagnostic>& diagnostics) {
    Reader reader(diagnostics);
    Conjunctions conjunctions = reader.read(pattern);
    if (reader.has_diagnostics()) return std::nullopt;
    return Assembler(reader.sources(), conjunctions).run(context);
}

}  // namespace

std::span<const std::string_view> top_level_names() { return top_level_keys; }

std::optional<Pattern> Pattern::compile(const Node& pattern, const event::EventContext& context,
                                        std::vector<Diagnostic>& diagnostics) {
    return compile_pattern(pattern, &context, diagnostics);
}

std::optional<Pattern> Pattern::compile_for_text(const Node& pattern, std::vector<Diagnostic>& diagnostics) {
    return compile_pattern(pattern, nullptr, diagnostics);
}

}  // namespace outflow::pattern
