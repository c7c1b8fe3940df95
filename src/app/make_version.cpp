#include "app/make_version.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/make_stage.h"
#include "base/sentence.h"

namespace outflow::app {

namespace {

using Faults = std::vector<transform::Fault>;

Error to_error(const task::TaskDefinition& definition, const Faults& faults) {
    std::string text;
    for (const transform::Fault& fault : faults) text += " " + fault.field + fault.pointer + ": " + to_sentence(fault.message);
    return {ErrorCode::task_invalid, "task " + definition.name + ":" + text};
}

}  // namespace

Result<pipeline::Version> make_version(const task::TaskDefinition& definition, const transform::ProgramSource& source) {
    Faults faults;
    if (definition.transform.empty()) {
        pipeline::ProgramRef program = transform::Program::compile(source, faults);
        if (!program) return failed(to_error(definition, faults));
        return pipeline::Version(std::move(program));
    }
    pipeline::ProgramRef filter = transform::Program::compile(source.filter_half(), faults);
    std::vector<std::unique_ptr<transform::Stage>> stages;
    for (const task::StageDefinition& stage : definition.transform) {
        stages.push_back(make_stage(stage, source.context, faults));
    }
    pipeline::ProgramRef mapping = transform::Program::compile(source.mapping_half(), faults);
    if (!faults.empty()) return failed(to_error(definition, faults));
    return pipeline::Version(std::move(filter), std::move(stages), std::move(mapping));
}

pipeline::PipelineOptions pipeline_options(const task::TaskDefinition& definition) {
    pipeline::PipelineOptions options;
    if (definition.batch) options.batch_push = pipeline::BatchPush{definition.batch->messages, definition.batch->interval};
    options.keeps_order = definition.sink.ordering != task::Ordering::none;
    return options;
}

}  // namespace outflow::app
