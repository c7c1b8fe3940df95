#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "json/structure.h"

namespace outflow::json {

namespace {

// Looks for repeated names, in a text whose grammar is right.
class NameCheck {
public:
    explicit NameCheck(Structure structure) : structure_(structure) {}

    // The repeated name, decoded, or null.
    const std::string_view* run() {
        while (!structure_.at_end()) {
            char c = structure_.peek();
            if (c == '"' && expects_name_) {
                take_name();
                continue;
            }
            if ((c == '}' || c == ']') && !close()) return &repeated_;
            if (c == '{' || c == '[') open_.push_back({c == '{', names_.size()});
            expects_name_ = (c == '{' || c == ',') && !open_.empty() && open_.back().is_object;
            structure_.move_to(structure_.position() + 1);
        }
        return nullptr;
    }

private:
    struct Container {
        bool is_object;
        std::size_t first_name;
    };

    void take_name() {
        Value name;
        structure_.take_scalar(name);
        if (name.escaped) {
            std::string text(name.raw.size(), '\0');
            text.resize(decode_string(name.raw, text.data()).size());
            names_.push_back(decoded_.emplace_back(std::move(text)));
        } else {
            names_.push_back(name.raw);
        }
        expects_name_ = false;
    }

    // False: the container repeats a name.
    bool close() {
        auto first = names_.begin() + static_cast<std::ptrdiff_t>(open_.back().first_name);
        std::sort(first, names_.end());
        auto place = std::adjacent_find(first, names_.end());
        if (place != names_.end()) {
            repeated_ = *place;
            return false;
        }
        names_.erase(first, names_.end());
        open_.pop_back();
        return true;
    }

    Structure structure_;
    std::vector<Container> open_;
    std::vector<std::string_view> names_;  // of all open objects
    std::deque<std::string> decoded_;
    std::string_view repeated_;
    bool expects_name_ = false;
};

}  // namespace

Status check_grammar(Structure structure) {
    if (structure.pass_over(0) && (structure.at_end() || structure.fail("the end of the text"))) return {};
    return failed(structure.error());
}

Status check_names(Structure structure) {
    NameCheck names(structure);
    const std::string_view* repeated = names.run();
    if (repeated == nullptr) return {};
    std::string name;
    append_json_string(name, repeated->substr(0, 100));
    return failed(ErrorCode::payload_unfit, "The payload's JSON repeats the name " + name + " in one object.");
}

}  // namespace outflow::json
