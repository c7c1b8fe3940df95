// A stage of a task, by its definition: the only place that knows which there are. The simulation has another one of
// it, with stages that suspend.
#pragma once

#include <memory>
#include <vector>

#include "event/event.h"
#include "task/definition.h"
#include "transform/diagnostic.h"
#include "transform/stage.h"

namespace outflow::app {

// Null if there is any error; all of them are appended.
std::unique_ptr<transform::Stage> make_stage(const task::StageDefinition& definition,
                                             const event::EventContext& context,
                                             std::vector<transform::Diagnostic>& diagnostics);

}  // namespace outflow::app
