// The filter_path of a task: a JSONPath that must find something in the event.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/query.h"
#include "transform/value_source.h"

namespace outflow::transform {

// Placed once, asked event by event. What it needs of the payload is resolved in the walk that the filter and the
// fields share: a path to one place; of others the leading steps; of `$.data[?...]` what its filter asks for. Movable
// only.
//
//   $.data[?@.value > @.limit]    is asked of each member of `data`, of which most never have what it asks for
//     body             value and limit from the walk
//     userProperties   the properties of these names
//     topic, props, systemProperties   have no such names, and what is missing meets nothing: left out
class FilterPath {
public:
    explicit FilterPath(ValueSource source) : source_(std::move(source)) {}
    // `$.data[?...]`, which needs no event rendered. Nothing for other paths.
    static std::optional<FilterPath> of_members(std::string_view path, SourceCompiler& sources);

    // It can be asked before the payload is walked.
    bool is_outside() const { return query_ == nullptr && source_.kind == ValueSource::Kind::envelope; }
    // Of of_members(): what is valid and yet hardly meant, as sentences.
    std::vector<std::string> warnings() const;
    // Of of_members(): the body may have to be read.
    bool reads_payload() const;
    // Whether it finds something. False: the event is undeliverable, for the reader's reason.
    bool ask(SourceReader& reader, bool& is_found) const;

private:
    struct Member {
        bool is_always_there = false;
        ValueSource whole;
        std::vector<std::pair<std::size_t, ValueSource>> asked;  // by the numbers of the query
    };
    void add_member(std::string_view name, SourceCompiler& sources);
    bool ask_member(const Member& member, SourceReader& reader, bool& is_found) const;

    ValueSource source_;
    std::unique_ptr<const json::Query> query_;  // of_members()
    std::optional<std::vector<json::Query::Asked>> asked_;
    std::vector<Member> members_;
    bool passes_all_ = false;  // it holds for something that every event has, whatever the event
};

}  // namespace outflow::transform
