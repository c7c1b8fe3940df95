// What a task does between source and sink, by its definition: filter, stages and mapping, compiled.
#pragma once

#include "base/result.h"
#include "pipeline/pipeline.h"
#include "pipeline/version.h"
#include "task/definition.h"
#include "transform/program.h"

namespace outflow::app {

// `source` is the task's (task::program_source), with the event context of the run. Errors: task_invalid.
Result<pipeline::Version> make_version(const task::TaskDefinition& definition,
                                       const transform::ProgramDefinition& source);

pipeline::PipelineOptions pipeline_options(const task::TaskDefinition& definition);

}  // namespace outflow::app
