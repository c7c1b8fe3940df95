#include "transform/filter_path.h"

#include <string>

#include "event/shape.h"

namespace outflow::transform {

std::optional<FilterPath> FilterPath::of_members(std::string_view path, SourceCompiler& sources) {
    auto query = parse_source(path);
    if (!query || query->refers_to_root()) return std::nullopt;
    const json::Path& leading = query->leading_steps();
    const bool is_of_data = leading.size() == 1 && leading[0].is("data") && query->segments() > 1;
    if (!is_of_data || !query->is_filter(1)) return std::nullopt;
    FilterPath compiled{Source()};
    for (std::string_view name : event::data_names()) {
        compiled.members_.push_back(*sources.compile({"$.data." + std::string(name), {}, false}));
    }
    compiled.query_ = std::make_unique<const json::Query>(std::move(*query));
    return compiled;
}

bool FilterPath::ask(SourceReader& reader, bool& is_found) const {
    if (members_.empty()) return reader.find(source_, is_found);
    is_found = false;
    for (const Source& member : members_) {
        if (!reader.pass(member, *query_, 1, is_found)) return false;
        if (is_found) break;
    }
    return true;
}

}  // namespace outflow::transform
