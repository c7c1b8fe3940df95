// Any bytes as a task file: an answer, and lines that can be shown.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "task/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const outflow::task::Loaded loaded = outflow::task::load_text("fuzz.yaml", text);
    for (const outflow::task::Diagnostic& diagnostic : loaded.diagnostics) {
        const std::string line = outflow::task::render_diagnostic(diagnostic);
        OUTFLOW_ASSERT(line.find('\n') == std::string::npos);
    }
    if (loaded.ok()) {
        for (const outflow::task::TaskDefinition& task : loaded.document.tasks) {
            OUTFLOW_ASSERT(loaded.document.find(instance_of(task.source)).has_value());
            OUTFLOW_ASSERT(loaded.document.find(instance_of(task.sink)).has_value());
            OUTFLOW_ASSERT(!std::get<outflow::task::RocketmqSinkDefinition>(task.sink).producer_group.empty());
        }
    }
    return 0;
}
