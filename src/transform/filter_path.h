// The filter_path of a task: a JSONPath that must find something in the event.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/query.h"
#include "transform/source.h"

namespace outflow::transform {

// Placed once, asked event by event. Paths to one place, and the leading steps of all others, are resolved in the walk
// that the filter and the fields share. Movable only.
class FilterPath {
public:
    explicit FilterPath(Source source) : source_(std::move(source)) {}
    // `$.data[?...]`, which asks each member of `data`, so that no event needs to be rendered. Nothing for other paths.
    static std::optional<FilterPath> of_members(std::string_view path, SourceCompiler& sources);

    // It can be asked before the payload is walked.
    bool is_outside() const { return members_.empty() && source_.kind == Source::Kind::envelope; }
    // Of of_members(): what is valid and yet hardly meant, as sentences.
    const std::vector<std::string>& advice() const { return query_->advice(); }
    // Whether it finds something. False: the event is unfit, for the reader's reason.
    bool ask(SourceReader& reader, bool& is_found) const;

private:
    Source source_;
    std::vector<Source> members_;  // of_members(): those of `data`
    std::unique_ptr<const json::Query> query_;
};

}  // namespace outflow::transform
