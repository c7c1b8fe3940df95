// A payload through two splits; every part must be a text within it that is JSON by itself.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/limits.h"
#include "json/walker.h"
#include "transform/split.h"

using namespace outflow;

namespace {

class Kept final : public transform::StageListener {
public:
    void on_complete(const event::BatchRef& batch, std::span<const transform::Completion> completions) override {
        made = batch;
        for (const transform::Completion& completion : completions) {
            if (completion.count > 0 && !completion.reason.empty()) std::abort();
            if (completion.first + completion.count > batch->events.size()) std::abort();
            ++completed;
        }
    }
    event::BatchRef made;
    std::size_t completed = 0;
};

std::unique_ptr<transform::Split> make_split(const char* path, const char* json, transform::StageListener& listener,
                                             event::BatchPool& batches) {
    std::vector<transform::Diagnostic> diagnostics;
    auto split = transform::Split::compile({{path, json, false}}, {}, diagnostics);
    if (!split) std::abort();
    split->start(listener, batches);
    return split;
}

void check_parts(const event::Batch& batch) {
    static json::Walker walker;
    for (const event::Event& part : batch.events) {
        if (part.payload.empty() || part.id_suffix.empty() || !walker.open(part.payload)) std::abort();
        if (!walker.check(json::RepeatedNames::allowed)) std::abort();
    }
}

void push_all(transform::Split& split, const event::BatchRef& batch, Kept& kept) {
    std::vector<transform::StageEvent> events;
    for (std::uint32_t i = 0; i < batch->events.size(); ++i) events.push_back({i, i});
    for (std::size_t taken = 0; taken < events.size();) {
        const std::size_t before = kept.completed;
        const std::size_t now = split.push(batch, std::span(events).subspan(taken));
        if (now == 0 || kept.completed - before != now) std::abort();
        check_parts(*kept.made);
        taken += now;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static event::MemoryBudget memory;
    static event::BatchPool batches(memory);
    std::string payload(reinterpret_cast<const char*>(bytes), size);
    payload.append(limits::chunk_padding, '\0');
    event::Event event;
    event.payload = std::string_view(payload).substr(0, size);
    for (const auto& [path, json] :
         {std::pair("$.data.body", ""), std::pair("$.data.body[0]", ""), std::pair("$.data.body.s", "$.a")}) {
        Kept kept;
        event::BatchRef batch = batches.take();
        batch->add(event, {});
        push_all(*make_split(path, json, kept, batches), batch, kept);
        const event::BatchRef parts = kept.made;
        push_all(*make_split("$.data.body", "", kept, batches), parts, kept);
    }
    return 0;
}
