#include "app/make_stage.h"

#include <variant>

#include "transform/split.h"

namespace outflow::app {

namespace {

std::unique_ptr<transform::Stage> make(const transform::SplitDefinition& split, const event::EventContext& context,
                                       std::vector<transform::Diagnostic>& diagnostics) {
    return transform::Split::compile(split, context, diagnostics);
}

}  // namespace

std::unique_ptr<transform::Stage> make_stage(const task::StageDefinition& definition,
                                             const event::EventContext& context,
                                             std::vector<transform::Diagnostic>& diagnostics) {
    return std::visit([&](const auto& each) { return make(each, context, diagnostics); }, definition);
}

}  // namespace outflow::app
