// A filter that judges whole events as JSON text: a dialect beside our own patterns, which are matched in the walk that
// they share with the fields (program.h).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "pattern/dialect.h"
#include "pattern/pattern.h"

namespace outflow::transform {

// Immutable.
class EventFilter {
public:
    // What matching needs beside the filter: buffers. One thread; kept from event to event, also for another filter.
    class State {
    public:
        virtual ~State() = default;
    };

    virtual ~EventFilter() = default;
    // Null for our own dialect, for a pattern that every event matches, and if there is any error; all of them are
    // appended.
    static std::unique_ptr<const EventFilter> compile(pattern::Dialect dialect, const json::Node& pattern,
                                                      std::vector<pattern::Diagnostic>& diagnostics);

    // `event_json`: the whole event, limits::chunk_padding readable bytes behind it. A state of another engine, or
    // none, is replaced. Errors: payload_unfit, json_too_deep.
    virtual Result<bool> matches(std::string_view event_json, std::unique_ptr<State>& state) const = 0;
};

}  // namespace outflow::transform
