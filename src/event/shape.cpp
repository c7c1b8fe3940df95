#include "event/shape.h"

#include <algorithm>
#include <vector>

#include "base/spelling.h"
#include "event/properties.h"

namespace outflow::event {

namespace {

using json::Path;
using json::Step;

constexpr std::string_view names_in_data[] = {"topic", "body", "props", "userProperties", "systemProperties"};

bool is_topic(Place place) {
    return place == Place::topic || place == Place::props_topic || place == Place::first_topic ||
           place == Place::second_topic;
}

bool is_at(const Path& path, std::initializer_list<std::string_view> names) {
    return std::equal(path.begin(), path.end(), names.begin(), names.end(),
                      [](const Step& step, std::string_view name) { return step.is(name); });
}

Path path_of(std::initializer_list<std::string_view> names) {
    Path path;
    for (std::string_view name : names) path.push_back(Step::of_name(std::string(name)));
    return path;
}

Path joined(Path path, std::span<const Step> rest) {
    path.insert(path.end(), rest.begin(), rest.end());
    return path;
}

// What the object or element at a path has; nothing where any name may stand, or none.
std::vector<std::string_view> names_below(const Path& path) {
    std::vector<std::string_view> names;
    const auto add = [&names](std::span<const NamedPlace> places) {
        for (const NamedPlace& each : places) names.push_back(each.name);
    };
    if (path.empty()) {
        add(attribute_places());
        names.push_back("data");
    } else if (is_at(path, {"data"})) {
        names.assign(std::begin(names_in_data), std::end(names_in_data));
    } else if (is_at(path, {"data", "props"})) {
        add(prop_places());
        names.push_back("userProperties");
    } else if (is_at(path, {"data", "systemProperties"})) {
        names = {keys_name, tags_name};
    } else if (path.size() > 2 && is_at({path.begin(), path.begin() + 3}, {"data", "props", "userProperties"})) {
        names = {"key", "value"};
    }
    return names;
}

// Names that are looked for in the wrong place, and synonyms.
Path known_place(std::string_view name) {
    constexpr std::string_view payload_words[] = {"payload", "message", "msg"};
    const auto is_in = [name](std::span<const std::string_view> names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (is_in(payload_words)) return path_of({"data", "body"});
    if (is_in(names_in_data)) return path_of({"data", name});
    if (is_in(names_below(path_of({"data", "props"})))) return path_of({"data", "props", name});
    if (is_in(names_below(path_of({"data", "systemProperties"})))) return path_of({"data", "systemProperties", name});
    return {};
}

class Finder {
public:
    Finder(const EventContext& context, Arrays arrays) : context_(context), arrays_(arrays) {}

    bool leads_somewhere(const Path& path) const { return locate(path, context_, arrays_).place != Place::nothing; }

    // Of a path that leads nowhere: how many of its steps lead somewhere.
    std::size_t good_steps(const Path& path) const {
        std::size_t count = path.size();
        while (count > 0 && !leads_somewhere({path.begin(), path.begin() + static_cast<std::ptrdiff_t>(count)}))
            --count;
        return count;
    }

    // Empty if nothing comes to mind. `tries` more guesses may stand on one another.
    Path meant(const Path& path, int tries = 3) const {
        if (leads_somewhere(path)) return path;
        if (tries == 0) return {};
        const auto good = static_cast<std::ptrdiff_t>(good_steps(path));
        const Path before(path.begin(), path.begin() + good);
        const Step& step = path[static_cast<std::size_t>(good)];
        const std::span<const Step> rest = std::span(path).subspan(static_cast<std::size_t>(good) + 1);
        if (step.kind == Step::Kind::index) {
            const bool is_level = is_topic(locate(before, context_).place) && rest.empty();
            return is_level ? joined(path_of({"data", "props", "levels"}), {&step, 1}) : Path();
        }
        for (const Path& guess : guesses(before, step)) {
            Path found = meant(joined(guess, rest), tries - 1);
            if (!found.empty()) return found;
        }
        return {};
    }

private:
    // What `step` behind `before` may stand for, the likeliest first.
    std::vector<Path> guesses(const Path& before, const Step& step) const {
        std::vector<Path> list;
        const std::string_view near = nearest_word(step.name, names_below(before));
        if (!near.empty()) list.push_back(joined(before, path_of({near})));
        const bool is_outside = before.empty() || is_at(before, {"data"});
        const bool may_be_known = is_outside || is_at(before, {"data", "props"});
        if (const Path known = known_place(step.name); may_be_known && !known.empty()) list.push_back(known);
        if (is_outside && context_.format == DataFormat::json) {
            list.push_back(joined(path_of({"data", "body"}), {&step, 1}));
        }
        const bool is_property =
            is_at(before, {"data", "props", "userProperties"}) || is_at(before, {"data", "systemProperties"});
        if (is_property) list.push_back(joined(path_of({"data", "userProperties"}), {&step, 1}));
        const bool is_system = is_at(before, {"data", "userProperties"});
        if (is_system) list.push_back(joined(path_of({"data", "systemProperties"}), {&step, 1}));
        return list;
    }

    const EventContext& context_;
    Arrays arrays_;
};

// Why `step`, or whatever follows, leads nowhere from `target`, which is at `before`.
std::string reason_of(const Path& before, const Target& target, const Step* step, DataFormat format, Arrays arrays) {
    const std::string shown = before.empty() ? "an event" : "`" + short_path(before) + "`";
    if (target.place == Place::body) {
        return shown + (format == DataFormat::text ? " is a text in the data format Text"
                                                   : " is Base64 in the data format Binary");
    }
    const json::Kind kind = target.kind();
    if (json::is_leaf(kind)) {
        return shown + " is a " + (kind == json::Kind::string ? "text" : std::string(json::to_string(kind)));
    }
    const bool is_array = kind == json::Kind::array && arrays == Arrays::by_index;
    if (is_array != (step->kind == Step::Kind::index)) return shown + (is_array ? " is an array" : " is an object");
    return shown + " has no `" + step->name + "`";
}

bool is_bare(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), fits) && !(name[0] >= '0' && name[0] <= '9') &&
           name[0] != '-';
}

}  // namespace

std::optional<Astray> find_astray(const Path& path, const EventContext& context, Arrays arrays, bool goes_on) {
    const Finder finder(context, arrays);
    const Target target = locate(path, context, arrays);
    const bool may_go_on =
        target.place == Place::body ? context.format == DataFormat::json : !json::is_leaf(target.kind());
    if (target.place != Place::nothing && (!goes_on || may_go_on)) return std::nullopt;
    const std::size_t good = finder.good_steps(path);
    const Path before(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(good));
    const Step* step = good < path.size() ? &path[good] : nullptr;
    Astray astray;
    astray.why = reason_of(before, locate(before, context, arrays), step, context.format, arrays);
    if (step != nullptr) astray.meant = finder.meant(path);
    if (step == nullptr && is_topic(target.place)) astray.meant = path_of({"data", "props", "levels"});
    return astray;
}

std::span<const std::string_view> data_names() { return names_in_data; }

std::string short_path(const Path& path) {
    std::string text;
    for (const Step& step : path) {
        if (step.kind == Step::Kind::index || !is_bare(step.name)) {
            text += json::render_path({step}).substr(1);
        } else {
            text += (text.empty() ? "" : ".") + step.name;
        }
    }
    return text;
}

}  // namespace outflow::event
