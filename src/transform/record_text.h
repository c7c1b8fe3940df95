// What a value becomes in a record: a text, keys, properties. What is made goes to the arena.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "event/memory.h"
#include "json/value.h"

namespace outflow::transform {

// A string decoded, anything else as spelled; null as `null`, nothing where nothing is.
std::string_view text_of(const json::Value& value, event::Arena& arena);

// The same; the elements of an array become one text with spaces between, nulls and empty texts left out.
std::string_view keys_of(const json::Value& value, event::Arena& arena);

// The members of an object. Of a repeated name the first counts; a null is no property. `list` is scratch.
std::span<const event::Property> properties_of(const json::Value& object, event::Arena& arena,
                                               std::vector<event::Property>& list);

}  // namespace outflow::transform
