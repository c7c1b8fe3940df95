// A task's filter and mapping, compiled: an event in, 0 to n records out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "event/memory.h"
#include "json/document.h"
#include "json/walker.h"
#include "pattern/dialect.h"
#include "pattern/pattern.h"
#include "transform/diagnostic.h"
#include "transform/event_filter.h"
#include "transform/field.h"
#include "transform/filter_path.h"
#include "transform/record.h"
#include "transform/scratch.h"
#include "transform/template.h"
#include "transform/value_source.h"

namespace outflow::transform {

enum class Verdict : std::uint8_t { records, filtered, undeliverable };

struct Outcome {
    Verdict verdict = Verdict::records;
    std::string_view reason;  // undeliverable: why the event cannot be delivered, a sentence; in the arena
};

// What a Program is made of; the defaults are the product's.
struct ProgramDefinition {
    json::Node filter = json::Node::object();              // {} matches everything
    pattern::Dialect dialect = pattern::Dialect::outflow;  // of the filter
    std::string filter_path;  // beside the filter: a JSONPath that must find something; empty: none
    // The fields of a record, by the names that they have in a task file: `topic` becomes its destination,
    // `sharding_key` its order key.
    Field topic;
    Field body = Field::jsonpath("$.data.body");
    Field properties = Field::jsonpath("$.data.userProperties");
    Field keys = Field::jsonpath("$.data.systemProperties.KEYS");
    Field tags = Field::jsonpath("$.data.systemProperties.TAGS");
    Field sharding_key = Field::constant("");
    event::EventContext context;
    bool is_filter_only = false;  // no fields: an event that passes makes no records

    // The two halves of it, between which a task's stages stand.
    ProgramDefinition filter_half() const;
    ProgramDefinition mapping_half() const;
};

// A field, compiled.
struct FieldPlan {
    std::string constant;                // if there is no source and no layout
    std::optional<ValueSource> source;   // ORIGINAL, JSONPATH, RAW
    std::optional<Template> layout;      // TEMPLATE, if it reads anything of the event
    std::vector<ValueSource> variables;  // of the layout, in the order of its needs

    bool is_constant() const { return !source && !layout; }
    // The payload as it is.
    bool is_raw() const { return source && source->kind == ValueSource::Kind::raw; }
    // All of a Text or Binary payload, as text.
    bool is_text() const { return source && !source->leads_on && source->kind == ValueSource::Kind::text; }
};

// Immutable. Not copyable or movable: records hold views of its constants.
class Program {
public:
    // Null if there is any error; all of them are appended. `warnings` gets what is no error and yet hardly meant.
    static std::unique_ptr<Program> compile(ProgramDefinition source, std::vector<Diagnostic>& diagnostics,
                                            std::vector<Diagnostic>* warnings = nullptr);

    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    // Appends the event's records if the verdict is `records`: one, of a filter alone none. The payload is parsed at
    // most once, and only if the filter or a field reads inside it; for a filter of another dialect the whole event
    // is rendered and read once more. What is made goes to the arena; nothing else is allocated once the scratch has
    // its size, but for reasons.
    Outcome run(const event::Event& event, event::Arena& arena, Scratch& scratch, std::vector<Record>& out) const;

    // Some event may need its payload parsed.
    bool reads_payload() const {
        return !paths_.empty() || reads_text_ || reads_all_ || context_.validate == event::Validate::full ||
               (filter_path_ && filter_path_->reads_payload());
    }
    bool topic_is_computed() const { return !topic_.is_constant(); }
    // Of a topic that is not computed.
    std::string_view constant_topic() const { return topic_.constant; }
    const event::EventContext& context() const { return context_; }

private:
    friend class ProgramCompiler;
    friend class ProgramRun;
    Program() = default;

    event::EventContext context_;
    pattern::Pattern filter_;                          // matches everything if there is another
    std::unique_ptr<const EventFilter> event_filter_;  // null: none
    std::optional<FilterPath> filter_path_;
    json::PathSet paths_;  // inside the payload: the filter's leaves and the fields' values
    FieldPlan topic_, body_, properties_, keys_, tags_, sharding_key_;
    std::vector<std::pair<std::string, std::string>> constant_texts_;
    std::vector<event::Property> constant_properties_;  // views of constant_texts_
    bool is_filter_only_ = false;
    bool reads_text_ = false;  // a Text payload is looked at, so it must be UTF-8
    bool reads_all_ = false;   // something needs a JSON payload that is valid, all of it
};

}  // namespace outflow::transform
