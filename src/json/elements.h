// Iterates over the elements of an array or the members of an object that a walk has found (and so has checked).
#pragma once

#include <string_view>

#include "json/value.h"

namespace outflow::json {

// On text that was not checked it never reads outside of it and ends early.
class ElementReader {
public:
    // `container` is an object or array; of anything else there are no elements.
    explicit ElementReader(const Value& container);

    // The next element; false at the end.
    bool next(Value& element);
    // The next member; false at the end. `name` is a string value.
    bool next(Value& name, Value& value);

private:
    bool read_value(Value& value);
    void skip_space();

    const char* at_;
    const char* end_;
};

}  // namespace outflow::json
