#include "pattern/explain/warning.h"

#include <algorithm>

#include "base/limits.h"
#include "event/shape.h"
#include "event/target.h"
#include "pattern/compiler.h"
#include "pattern/explain/text.h"
#include "pattern/right_form.h"

namespace outflow::pattern {

namespace {

using event::Place;
using json::Kind;
using json::Node;

constexpr Kind leaf_kinds[] = {Kind::null, Kind::boolean, Kind::number, Kind::string};

Conditions compiled(const Node& alternatives) {
    std::vector<Diagnostic> diagnostics;
    DiagnosticList list(diagnostics);
    Conditions conditions;
    compile_conditions(alternatives, "", conditions, list);
    return conditions;
}

// Where a topic or a part of one stands.
bool is_topic(Place place) {
    return place == Place::topic || place == Place::props_topic || place == Place::first_topic ||
           place == Place::second_topic || place == Place::response_topic;
}

class Advisor {
public:
    Advisor(Dialect dialect, const event::EventContext& context, const std::vector<Diagnostic>& diagnostics)
        : is_own_(dialect == Dialect::outflow), context_(context), diagnostics_(diagnostics) {}

    void visit_object(const Node& object, const std::string& pointer) {
        for (const auto& [key, value] : object.members) {
            std::string place = pointer;
            json::append_pointer(place, key);
            if (key == "$or" && is_own_) {
                visit_branches(value, place);
                continue;
            }
            if (has_diagnostic(place) && !value.is(Kind::object)) continue;
            const std::size_t size = path_.size();
            append_names(key);
            visit_field(key, value, place);
            path_.resize(size);
        }
    }

    std::vector<Diagnostic> take() { return std::move(warnings_); }

private:
    void visit_branches(const Node& branches, const std::string& pointer) {
        for (std::size_t i = 0; i < branches.items.size(); ++i) {
            visit_object(branches.items[i], pointer + "/" + std::to_string(i));
        }
    }

    // Keys with dots are nested keys; but the name of a user property is one name.
    void append_names(const std::string& key) {
        std::string_view rest = key;
        const auto is_whole = [this] {
            return path_.size() == 2 && path_[0].is("data") && path_[1].is("userProperties");
        };
        for (std::size_t dot = rest.find('.'); dot != std::string_view::npos && !is_whole(); dot = rest.find('.')) {
            path_.push_back(json::Step::of_name(std::string(rest.substr(0, dot))));
            rest.remove_prefix(dot + 1);
        }
        path_.push_back(json::Step::of_name(std::string(rest)));
    }

    void visit_field(const std::string& key, const Node& value, const std::string& pointer) {
        const bool is_object = value.is(Kind::object);
        if (!has_diagnostic(pointer) && report_name(key, value, pointer)) return;
        if (is_object) return visit_object(value, pointer);
        if (!value.is(Kind::array) || !is_own_) return;
        const event::Target target = event::locate(path_, context_, event::Arrays::by_themselves);
        for (std::size_t i = 0; i < value.items.size(); ++i) {
            visit_alternative(value.items[i], target, pointer + "/" + std::to_string(i));
        }
    }

    bool report_name(const std::string& key, const Node& value, const std::string& pointer) {
        return report_brackets(key, value, pointer) || report_stray(value, pointer) ||
               report_odd_name(key, value, pointer);
    }

    bool report_brackets(const std::string& key, const Node& value, const std::string& pointer) {
        const std::size_t bracket = key.find('[');
        if (!is_own_ || bracket == 0 || bracket == std::string::npos || key.back() != ']') return false;
        report(value, pointer, quoted_name(key) + " is taken as the name of a field.",
               "A pattern goes through arrays by itself: write " + quoted_name(key.substr(0, bracket)) + ".");
        return true;
    }

    // A field that no event has, or that has no value of its own.
    bool report_stray(const Node& value, const std::string& pointer) {
        if (!is_own_ && !has_plain_names()) return false;
        const bool goes_on = value.is(Kind::object);
        auto astray = event::find_astray(path_, context_, event::Arrays::by_themselves, goes_on);
        if (astray) {
            std::string hint = "What the message says is below data.body.";
            if (!astray->meant.empty()) hint = "Did you mean " + quoted_name(event::short_path(astray->meant)) + "?";
            report(value, pointer, "No event of a task has this: " + astray->why + ".", std::move(hint));
            return true;
        }
        const event::Target target = event::locate(path_, context_, event::Arrays::by_themselves);
        const bool has_objects = target.kind() == Kind::object || target.place == Place::ordered_user_properties;
        if (goes_on || !has_objects) return false;
        report(value, pointer, quoted_name(event::short_path(path_)) + " is no value itself, so that it never has one.",
               "Conditions stand at the names in it.");
        return true;
    }

    // Of the other dialect: keys are JSONPaths there.
    bool has_plain_names() const {
        return std::all_of(path_.begin(), path_.end(), [](const json::Step& step) {
            return !step.name.empty() && step.name.find_first_of("[]*'\"") == std::string::npos;
        });
    }

    // A name that was hardly meant as one.
    bool report_odd_name(const std::string& key, const Node& value, const std::string& pointer) {
        if (is_operator_name(key) && path_.size() > 1) {
            const std::string& field = path_[path_.size() - 2].name;
            std::string form = operator_in_array(field, key, value);
            if (form.empty() && value.is(Kind::object)) return false;
            report(value, pointer, quoted_name(key) + " is taken as the name of a field in " + quoted_name(field) + ".",
                   std::move(form));
            return true;
        }
        if (std::string hint = logic_hint(key); !hint.empty()) {
            report(value, pointer, quoted_name(key) + " is taken as the name of a field.", std::move(hint));
            return true;
        }
        return false;
    }

    void visit_alternative(const Node& alternative, const event::Target& target, const std::string& pointer) {
        if (has_diagnostic(pointer) || report_topic_filter(alternative, target, pointer)) return;
        Node alone = Node::array();
        alone.items.push_back(alternative);
        const Conditions conditions = compiled(alone);
        if (conditions.missing_allowed()) return;
        const auto may_hold_for = [&](Kind kind) { return conditions.may_hold_for(kind); };
        if (std::none_of(std::begin(leaf_kinds), std::end(leaf_kinds), may_hold_for))
            return report_never(alone, pointer);
        const bool is_text = target.place == Place::levels ||
                             (target.place == Place::body && context_.format != event::DataFormat::json);
        const Kind kind = is_text ? Kind::string : target.kind();
        if (!json::is_leaf(kind) || may_hold_for(kind)) return;
        std::string hint;
        if (kind == Kind::string && alternative.is(Kind::number)) hint = "Put it into quotes.";
        if (kind != Kind::string && alternative.is(Kind::string)) hint = "Write it without quotes.";
        const std::string what = kind == Kind::string ? "text" : std::string(json::to_string(kind));
        report(alternative, pointer,
               quoted_name(event::short_path(path_)) + " is a " + what + ", never " + wanted_text(alone) + ".",
               std::move(hint));
    }

    void report_never(const Node& alone, const std::string& pointer) {
        const Node& alternative = alone.items[0];
        const Node* exists = alternative.is(Kind::object) ? alternative.find("exists") : nullptr;
        const bool wants_missing = exists != nullptr && exists->text == "false";
        report(alternative, pointer,
               wants_missing ? "This never holds: where there is no value, no other operator holds."
                             : "This never holds: no value is " + wanted_text(alone) + ".",
               alternative.members.size() > 1 ? "Alternatives are objects of their own: [ { ... }, { ... } ]." : "");
    }

    bool report_topic_filter(const Node& alternative, const event::Target& target, const std::string& pointer) {
        if (!is_topic(target.place)) return false;
        const bool is_operator = alternative.is(Kind::object) && alternative.members.size() == 1;
        const Node& text = is_operator ? alternative.members[0].value : alternative;
        if (!text.is(Kind::string) || text.text.find_first_of("+#") == std::string::npos) return false;
        report(alternative, pointer, "No topic has a + or # in it, so that this never holds.",
               topic_wildcard(text.text));
        return true;
    }

    bool has_diagnostic(const std::string& pointer) const {
        return std::any_of(diagnostics_.begin(), diagnostics_.end(), [&pointer](const Diagnostic& diagnostic) {
            return diagnostic.pointer == pointer || diagnostic.pointer.starts_with(pointer + "/");
        });
    }

    void report(const Node& node, const std::string& pointer, std::string message, std::string hint) {
        if (warnings_.size() == limits::pattern_diagnostics_max) return;
        warnings_.push_back({pointer, std::move(message), std::move(hint), node.line, node.column});
    }

    bool is_own_;
    const event::EventContext& context_;
    const std::vector<Diagnostic>& diagnostics_;
    json::Path path_;  // from the top to the field that is visited
    std::vector<Diagnostic> warnings_;
};

}  // namespace

std::vector<Diagnostic> find_warnings(const Node& pattern, Dialect dialect, const event::EventContext& context,
                                      const std::vector<Diagnostic>& diagnostics) {
    Advisor advisor(dialect, context, diagnostics);
    advisor.visit_object(pattern, "");
    return advisor.take();
}

std::vector<Diagnostic> warn_about_repeated(std::span<const std::string> pointers) {
    std::vector<Diagnostic> warnings;
    for (const std::string& pointer : pointers) {
        const char* message = "This is given twice in one object, the last one counts.";
        warnings.push_back({pointer, message, "Keep one of them.", 0, 0});
    }
    return warnings;
}

}  // namespace outflow::pattern
