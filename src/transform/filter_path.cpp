#include "transform/filter_path.h"

#include <algorithm>

#include "event/shape.h"
#include "json/evaluate.h"

namespace outflow::transform {

std::optional<FilterPath> FilterPath::of_members(std::string_view path, SourceCompiler& sources) {
    auto query = parse_source(path);
    if (!query || query->refers_to_root()) return std::nullopt;
    const json::Path& leading = query->leading_steps();
    const bool is_of_data = leading.size() == 1 && leading[0].is("data") && query->segments() > 1;
    if (!is_of_data || !query->is_filter(1)) return std::nullopt;
    FilterPath compiled{ValueSource()};
    compiled.asked_ = query->asked_paths(1);
    compiled.query_ = std::make_unique<const json::Query>(std::move(*query));
    for (std::string_view name : event::data_names()) compiled.add_member(name, sources);
    return compiled;
}

void FilterPath::add_member(std::string_view name, SourceCompiler& sources) {
    Member member;
    member.is_always_there = name != "userProperties" && name != "systemProperties";
    json::Path path = {json::Step::of_name("data"), json::Step::of_name(std::string(name))};
    const bool is_read_in_part = asked_ || sources.is_json();
    using Body = SourceCompiler::Body;
    member.whole = sources.compile_path(path, is_read_in_part ? Body::as_payload : Body::as_value);
    bool has_any = !asked_;
    for (const json::Query::Asked& each : asked_.value_or(std::vector<json::Query::Asked>())) {
        json::Path inside = path;
        inside.insert(inside.end(), each.path.begin(), each.path.end());
        ValueSource source = sources.compile_path(inside, Body::as_value);
        if (source.is_nowhere()) continue;
        has_any = true;
        member.asked.emplace_back(each.number, std::move(source));
    }
    if (!has_any) {  // all that it asks for is missing, in every event
        const std::vector<json::Value> missing(query_->numbers());
        const auto answer = json::Evaluator().passes_by(*query_, 1, missing);
        const bool holds = answer && *answer && **answer;
        passes_all_ = passes_all_ || (holds && member.is_always_there && query_->segments() == 2);
        if (!holds) return;
    }
    members_.push_back(std::move(member));
}

std::vector<std::string> FilterPath::warnings() const {
    std::vector<std::string> sentences = query_->warnings();
    if (passes_all_) {
        sentences.push_back(
            "It lets every event pass: a member of `data` that has no fields, such as the topic, meets the "
            "filter too.");
    }
    return sentences;
}

bool FilterPath::reads_payload() const {
    return std::any_of(members_.begin(), members_.end(), [](const Member& member) {
        return member.whole.kind == ValueSource::Kind::raw || member.whole.kind == ValueSource::Kind::text;
    });
}

bool FilterPath::ask(SourceReader& reader, bool& is_found) const {
    if (query_ == nullptr) return reader.find(source_, is_found);
    is_found = false;
    for (const Member& member : members_) {
        if (!ask_member(member, reader, is_found)) return false;
        if (is_found) break;
    }
    return true;
}

bool FilterPath::ask_member(const Member& member, SourceReader& reader, bool& is_found) const {
    if (asked_) {
        std::optional<bool> answer;
        if (!reader.pass_by(member.asked, *query_, 1, answer)) return false;
        if (answer && !*answer) return true;
        is_found = answer && member.is_always_there && query_->segments() == 2;
        if (is_found) return true;
    }
    return reader.pass(member.whole, *query_, 1, is_found);
}

}  // namespace outflow::transform
