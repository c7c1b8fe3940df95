// What running a Program needs beside it.
#pragma once

#include <string>
#include <vector>

#include "event/event.h"
#include "json/evaluate.h"
#include "json/walker.h"
#include "pattern/alibaba/pattern.h"
#include "pattern/pattern.h"

namespace outflow::transform {

// One a thread, reused from event to event: it keeps its memory, so that later events cost no allocation.
struct Scratch {
    json::Walker walker;
    json::Evaluator evaluator;
    std::vector<json::Value> values;     // of the walk
    std::vector<json::Value> variables;  // of the template that is rendered
    pattern::MatchState match;
    pattern::AlibabaPattern::Scratch alibaba;
    std::string event_text;  // what a filter of the Alibaba dialect matches
    std::vector<event::Property> properties;
    std::string text;
};

}  // namespace outflow::transform
