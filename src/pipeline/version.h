// What a task does with its events, as one version of its definition says.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "transform/program.h"
#include "transform/stage.h"

namespace outflow::pipeline {

// Shared by the pipeline and the batches whose records it has made.
using ProgramRef = std::shared_ptr<const transform::Program>;

struct Version {
    // Without stages: filter and mapping in one walk.
    Version(ProgramRef all) : program(std::move(all)) {}  // NOLINT(google-explicit-constructor)
    Version(ProgramRef its_filter, std::vector<std::unique_ptr<transform::Stage>> its_stages, ProgramRef mapping)
        : program(std::move(mapping)), filter(std::move(its_filter)), stages(std::move(its_stages)) {}

    ProgramRef program;                                     // with stages the mapping alone
    ProgramRef filter;                                      // null without stages
    std::vector<std::unique_ptr<transform::Stage>> stages;  // in the order that events take
};

}  // namespace outflow::pipeline
