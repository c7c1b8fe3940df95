#include "app/make_version.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/make_stage.h"
#include "base/sentence.h"

namespace outflow::app {

namespace {

using Diagnostics = std::vector<transform::Diagnostic>;

Error to_error(const task::TaskDefinition& definition, const Diagnostics& diagnostics) {
    std::string text;
    for (const transform::Diagnostic& diagnostic : diagnostics)
        text += " " + diagnostic.field + diagnostic.pointer + ": " + to_sentence(diagnostic.message);
    return {ErrorCode::task_invalid, "task " + definition.name + ":" + text};
}

}  // namespace

Result<pipeline::Version> make_version(const task::TaskDefinition& definition,
                                       const transform::ProgramDefinition& source) {
    Diagnostics diagnostics;
    if (definition.transform.empty()) {
        pipeline::ProgramRef program = transform::Program::compile(source, diagnostics);
        if (!program) return failed(to_error(definition, diagnostics));
        return pipeline::Version(std::move(program));
    }
    pipeline::ProgramRef filter = transform::Program::compile(source.filter_half(), diagnostics);
    std::vector<std::unique_ptr<transform::Stage>> stages;
    for (const task::StageDefinition& stage : definition.transform) {
        stages.push_back(make_stage(stage, source.context, diagnostics));
    }
    pipeline::ProgramRef mapping = transform::Program::compile(source.mapping_half(), diagnostics);
    if (!diagnostics.empty()) return failed(to_error(definition, diagnostics));
    return pipeline::Version(std::move(filter), std::move(stages), std::move(mapping));
}

pipeline::PipelineOptions pipeline_options(const task::TaskDefinition& definition) {
    pipeline::PipelineOptions options;
    if (definition.batch)
        options.batch_push = pipeline::BatchPush{definition.batch->messages, definition.batch->interval};
    options.rate_limit = definition.property.rate_limit;
    options.keeps_order = task::ordering_of(definition.sink) != pipeline::Ordering::none;
    return options;
}

}  // namespace outflow::app
