// Where no event has anything, why, and what was probably meant: for the faults of paths and of patterns.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "event/event.h"
#include "event/target.h"
#include "json/path.h"

namespace outflow::event {

// A path that leads nowhere in all events of a context.
struct Astray {
    std::string why;   // "`data` has no `bdy`": not a sentence of its own
    json::Path meant;  // which leads somewhere; empty: nothing comes to mind
};

// Nothing if some event of the context may have something at `path`. `goes_on`: what follows on it (`[*]`, a filter)
// needs an object or an array there.
std::optional<Astray> find_astray(const json::Path& path, const EventContext& context, Arrays arrays = Arrays::by_index,
                                  bool goes_on = false);

// topic, body, props, ...: the members of `$.data`.
std::span<const std::string_view> data_names();

// `data.props.userProperties[0].key`, `data.body['a b']`: a path without its `$.`, as people write it.
std::string short_path(const json::Path& path);

}  // namespace outflow::event
