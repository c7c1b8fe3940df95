// What running a Program needs beside it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "event/event.h"
#include "json/evaluate.h"
#include "json/walker.h"
#include "pattern/pattern.h"
#include "transform/event_filter.h"

namespace outflow::transform {

// One a thread, reused from event to event: it keeps its memory, so that later events cost no allocation.
struct Scratch {
    json::Walker walker;
    json::Evaluator evaluator;
    std::vector<json::Value> values;     // of the walk
    std::vector<json::Value> variables;  // of the template that is rendered
    pattern::MatchState match;
    std::unique_ptr<EventFilter::State> event_filter;
    std::string event_text;  // what an EventFilter matches
    std::vector<event::Property> properties;
    std::string text;
};

}  // namespace outflow::transform
