#include "transform/split.h"

#include <charconv>
#include <utility>

#include "base/limits.h"
#include "event/shape.h"
#include "json/elements.h"

namespace outflow::transform {

using json::Kind;
using json::Value;

namespace {

// Then the events made go on first: a read may bring many that are to be split, into far more than fit the task's
// memory.
constexpr std::size_t made_events_max = 1'000;

// What is there in every event, if that cannot be an array.
std::string_view never_an_array(const ValueSource& source, event::DataFormat format) {
    const bool is_text = source.kind == ValueSource::Kind::text;
    if (is_text && format == event::DataFormat::binary) return "the Base64 of the payload";
    if (source.inside != nullptr) return {};
    if (is_text) return "a text";
    if (source.kind == ValueSource::Kind::event || source.kind == ValueSource::Kind::data) return "an object";
    if (source.kind != ValueSource::Kind::envelope) return {};
    switch (source.target.kind()) {
    case Kind::missing:
    case Kind::array: return {};
    case Kind::object: return "an object";
    case Kind::string: return "a text";
    case Kind::null:
    case Kind::boolean:
    case Kind::number: return "a number or a boolean";
    }
    return {};
}

// A string with its quotes.
std::string_view spelled(const Value& value) {
    if (value.kind != Kind::string) return value.raw;
    return {value.raw.data() - 1, value.raw.size() + 2};
}

std::string_view id_suffix(std::string_view of_parent, std::uint32_t number, event::Arena& arena) {
    constexpr std::size_t digits_max = 10;
    char* const place = arena.allocate(of_parent.size() + 1 + digits_max);
    char* at = std::copy(of_parent.begin(), of_parent.end(), place);
    *at++ = '-';
    at = std::to_chars(at, at + digits_max, number).ptr;
    return {place, static_cast<std::size_t>(at - place)};
}

}  // namespace

std::unique_ptr<Split> Split::compile(const SplitDefinition& source, const event::EventContext& context,
                                      std::vector<Diagnostic>& diagnostics, std::vector<Diagnostic>* warnings) {
    std::unique_ptr<Split> split(new Split(context));
    std::vector<Diagnostic> unread;
    if (!split->compile_source(source, diagnostics, warnings != nullptr ? *warnings : unread)) return nullptr;
    return split;
}

bool Split::compile_source(const SplitDefinition& source, std::vector<Diagnostic>& diagnostics,
                           std::vector<Diagnostic>& warnings) {
    const auto report = [&diagnostics](std::string pointer, std::string message, std::string hint) {
        diagnostics.push_back({"split", std::move(pointer), std::move(message), std::move(hint), 0, 0});
    };
    const std::size_t before = diagnostics.size();
    for (const auto& [pointer, text] :
         {std::pair("/path", &source.array.path), std::pair("/json", &source.array.json)}) {
        if (text->empty()) continue;
        const auto query = parse_source(*text);
        if (!query) {
            report(pointer, query.error().context, {});
        } else if (query->definite_path() == nullptr) {
            report(pointer, "The path of a split leads to one array; `" + *text + "` may lead to several places.",
                   "Write names and indices; arrays in arrays take one split after the other.");
        }
    }
    if (diagnostics.size() > before) return false;
    SourceCompiler sources(context_, paths_);
    array_ = std::move(*sources.compile(source.array));  // which has no errors any more
    reads_text_ = sources.reads_text();
    if (array_.is_nowhere()) {
        const event::Astray& astray = sources.strays().front().astray;
        report("/path", "No event of this task has anything at `" + array_.path + "`: " + astray.why + ".",
               astray.meant.empty() ? "The message is at $.data.body."
                                    : "Did you mean `$." + event::short_path(astray.meant) + "`?");
    } else if (const std::string_view found = never_an_array(array_, context_.format); !found.empty()) {
        report("/path",
               "Only an array can be split; at `" + array_.path + "` there is always " + std::string(found) + ".",
               found == "a text" ? "Write json: $ beside it if it is the text of a JSON array."
                                 : "The message is at $.data.body.");
    }
    if (array_.inside != nullptr)
        for (const std::string& sentence : array_.inside->warnings())
            warnings.push_back({"split", "/json", sentence, {}, 0, 0});
    return diagnostics.size() == before;
}

void Split::start(StageListener& listener, event::BatchPool& batches) {
    listener_ = &listener;
    batches_ = &batches;
}

std::size_t Split::push(const event::BatchRef& batch, std::span<const StageEvent> events) {
    event::BatchRef made = batches_->take();
    made->keep(batch);
    completions_.clear();
    std::size_t taken = 0;
    do {
        const StageEvent& each = events[taken];
        completions_.push_back(split(batch->events[each.index], each.ticket, *made));
    } while (++taken < events.size() && made->events.size() < made_events_max);
    listener_->on_complete(made, completions_);
    return taken;
}

Completion Split::split(const event::Event& event, Ticket ticket, event::Batch& made) {
    Completion completion{ticket, static_cast<std::uint32_t>(made.events.size()), 0, {}};
    Value array;
    if (!read_array(event, made.arena, array, completion.reason)) return completion;
    json::ElementReader elements(array);
    // One over the limit shows that there are too many.
    for (Value element; completion.count <= limits::stage_fan_out_max && elements.next(element); ++completion.count) {
        event::Event part = event;
        part.payload = spelled(element);
        part.id_suffix = id_suffix(event.id_suffix, completion.count, made.arena);
        made.add(part, {});
    }
    return completion;
}

bool Split::read_array(const event::Event& event, event::Arena& arena, Value& array, std::string_view& reason) {
    const auto fail = [&](std::string_view sentence) {
        reason = arena.copy(sentence);
        return false;
    };
    if (reads_text_ && !json::is_utf8(event.payload)) return fail("The payload is not UTF-8 text.");
    SourceReader reader(event, context_, arena, scratch_);
    if (!paths_.empty()) {
        Status walked = scratch_.walker.open(event.payload);
        scratch_.values.resize(paths_.values());
        if (walked) walked = scratch_.walker.walk(paths_, scratch_.values, {});
        if (!walked) return fail(walked.error().context);
        reader.payload = SourceReader::Payload::open;
    }
    if (!reader.read(array_, array)) {
        reason = reader.reason();
        return false;
    }
    if (array.kind == Kind::array) return true;
    if (array.kind == Kind::missing)
        return fail("The array to be split is missing: nothing at " + array_.shown() + ".");
    return fail("Only an array can be split; at " + array_.shown() + " there is a JSON " +
                std::string(json::to_string(array.kind)) + ".");
}

}  // namespace outflow::transform
