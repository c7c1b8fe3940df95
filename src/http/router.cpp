#include "http/router.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/assert.h"
#include "http/message.h"

namespace outflow::http {

namespace {

// "/a//b" -> "a", "", "b".
std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    while (true) {
        path.remove_prefix(1);
        const std::size_t end = std::min(path.find('/'), path.size());
        segments.push_back(path.substr(0, end));
        if (end == path.size()) return segments;
        path.remove_prefix(end);
    }
}

}  // namespace

std::size_t Router::add(std::string method, std::string_view path) {
    OUTFLOW_ASSERT(path.starts_with('/'));
    Route route{.method = std::move(method), .segments = {}};
    for (const std::string_view text : split(path)) {
        const std::size_t end = text.find('}');
        const std::string_view verb = end == text.npos ? std::string_view() : text.substr(end + 1);
        const bool is_parameter = text.starts_with('{') && end != text.npos && end > 1 &&
                                  (verb.empty() || (verb.size() > 1 && verb.starts_with(':')));
        if (is_parameter) route.segments.push_back({true, std::string(text.substr(1, end - 1)), std::string(verb)});
        else route.segments.push_back({false, std::string(text), {}});
    }
    routes_.push_back(std::move(route));
    return routes_.size() - 1;
}

bool Router::matches(const Segment& segment, const PathSegment& path) {
    if (!segment.is_parameter) return segment.text == path.text;
    return path.encoded.size() > segment.verb.size() && path.encoded.ends_with(segment.verb);
}

// Both match the same path, and so have as many segments. Of two verbs the longer one has the shorter parameter. True of
// two that say as much, too.
bool Router::goes_before(const Route& route, const Route& other) {
    for (std::size_t i = 0; i < route.segments.size(); ++i) {
        const Segment& mine = route.segments[i];
        const Segment& theirs = other.segments[i];
        if (mine.is_parameter != theirs.is_parameter) return !mine.is_parameter;
        if (mine.verb.size() != theirs.verb.size()) return mine.verb.size() > theirs.verb.size();
    }
    return true;
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
    Match match;
    if (!path.starts_with('/')) return match;
    std::vector<PathSegment> segments;
    for (const std::string_view encoded : split(path)) {
        auto segment = decode_percent(encoded);
        if (!segment) return {.kind = Match::Kind::faulty_path, .number = 0, .parameters = {}, .allow = {}};
        segments.push_back({encoded, std::move(*segment)});
    }
    std::vector<const Route*> routes;  // of the path that says most
    for (const Route& route : routes_) {
        if (!std::equal(route.segments.begin(), route.segments.end(), segments.begin(), segments.end(), matches))
            continue;
        if (!routes.empty() && !goes_before(route, *routes.front())) continue;
        if (!routes.empty() && !goes_before(*routes.front(), route)) routes.clear();
        routes.push_back(&route);
    }
    const Route* found = nullptr;
    std::set<std::string_view> allowed;
    for (const Route* route : routes) {
        allowed.insert(route->method);
        if (route->method == method) found = route;
    }
    if (found != nullptr) {
        match.kind = Match::Kind::route;
        match.number = static_cast<std::size_t>(found - routes_.data());
        for (std::size_t i = 0; i < segments.size(); ++i) {
            const Segment& segment = found->segments[i];
            if (!segment.is_parameter) continue;
            std::string& text = segments[i].text;  // whose end is the verb as it is: it was not encoded
            text.resize(text.size() - segment.verb.size());
            match.parameters.emplace_back(segment.text, std::move(text));
        }
        return match;
    }
    if (allowed.empty()) return match;
    if (allowed.contains("GET")) allowed.insert("HEAD");
    allowed.insert("OPTIONS");
    match.kind = method == "OPTIONS" ? Match::Kind::options : Match::Kind::wrong_method;
    match.allow = fmt::format("{}", fmt::join(allowed, ", "));
    return match;
}

}  // namespace outflow::http
