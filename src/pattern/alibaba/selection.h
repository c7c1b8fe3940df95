// Follows a path of the Alibaba dialect from where its leading names have led: what it selects, as the library selects.
#pragma once

#include <cstddef>
#include <string>

#include "base/limits.h"
#include "json/value.h"
#include "pattern/alibaba/path.h"

namespace outflow::pattern {

class AlibabaSelection {
public:
    // `cost` counts bytes read, over all selections of one event; over limits::pattern_path_bytes_max a selection
    // gives up.
    // `names_repeat`: some object of the event has a name twice; then the last counts.
    AlibabaSelection(const AlibabaPath& path, std::size_t& cost, bool names_repeat)
        : path_(path), cost_(cost), names_repeat_(names_repeat) {}

    // A value by value. `is_member`: found by its name, which is when the engine reads a number; elements of arrays
    // keep their spelling. An object that is made of several names comes as an empty one.
    struct Sink {
        void* context = nullptr;
        void (*take)(void* context, const json::Value& value, bool is_member) = nullptr;
    };

    // Whether the path leads anywhere: if not, the field is missing. A path that may lead to several places leads to
    // a list of them, maybe an empty one, as soon as its definite steps lead somewhere.
    bool select(const json::Value& from, bool is_member, const Sink& sink);

    bool has_given_up() const { return cost_ > limits::pattern_path_bytes_max; }

private:
    void follow(std::size_t step, const json::Value& value, bool is_member);
    void follow_names(std::size_t at, const json::Value& value);
    void follow_everything(std::size_t at, const json::Value& value);
    void follow_elements(std::size_t at, const json::Value& value);
    void scan(std::size_t at, const json::Value& value);
    bool is_scanned_for(const AlibabaStep& step, bool is_last, const json::Value& value);
    void miss(std::size_t step);

    bool may_open(const json::Value& container);
    json::Value find_last(const json::Value& object, std::string_view name);
    template <class Visit>
    void for_each_member(const json::Value& object, Visit visit);

    const AlibabaPath& path_;
    std::size_t& cost_;
    bool names_repeat_;
    Sink sink_;
    bool is_missing_ = false;
    bool has_taken_ = false;
    std::string name_;  // scratch
};

// Whether the member's name, as a string value, is `wanted`. `scratch` is overwritten.
bool is_named(const json::Value& name, std::string_view wanted, std::string& scratch);

}  // namespace outflow::pattern
