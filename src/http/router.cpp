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
        const bool is_parameter = text.size() > 2 && text.starts_with('{') && text.ends_with('}');
        route.segments.push_back({is_parameter, std::string(is_parameter ? text.substr(1, text.size() - 2) : text)});
    }
    routes_.push_back(std::move(route));
    return routes_.size() - 1;
}

bool Router::matches(const Route& route, const std::vector<std::string>& path) {
    return std::equal(route.segments.begin(), route.segments.end(), path.begin(), path.end(),
                      [](const Segment& segment, const std::string& text) {
                          return segment.is_parameter ? !text.empty() : segment.text == text;
                      });
}

// Both match the same path, and so have as many segments.
bool Router::goes_before(const Route& route, const Route& other) {
    for (std::size_t i = 0; i < route.segments.size(); ++i)
        if (route.segments[i].is_parameter != other.segments[i].is_parameter) return !route.segments[i].is_parameter;
    return true;
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
    Match match;
    if (!path.starts_with('/')) return match;
    std::vector<std::string> segments;
    for (const std::string_view encoded : split(path)) {
        auto segment = decode_percent(encoded);
        if (!segment) return {.kind = Match::Kind::faulty_path, .number = 0, .parameters = {}, .allow = {}};
        segments.push_back(std::move(*segment));
    }
    const Route* found = nullptr;
    std::set<std::string_view> allowed;
    for (const Route& route : routes_) {
        if (!matches(route, segments)) continue;
        allowed.insert(route.method);
        if (route.method == method && (found == nullptr || goes_before(route, *found))) found = &route;
    }
    if (found != nullptr) {
        match.kind = Match::Kind::route;
        match.number = static_cast<std::size_t>(found - routes_.data());
        for (std::size_t i = 0; i < segments.size(); ++i)
            if (found->segments[i].is_parameter)
                match.parameters.emplace_back(found->segments[i].text, std::move(segments[i]));
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
