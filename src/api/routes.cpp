#include "api/routes.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <set>

#include <fmt/format.h>

#include "api/problem.h"
#include "base/limits.h"
#include "base/spelling.h"
#include "json/regexp_budget.h"
#include "net/endpoint.h"

namespace outflow::api {

namespace {

// The right to do what the route does.
std::optional<http::Response> check_rights(const Route& route, const Caller& caller) {
    if (!caller.may(*route.needs))
        return problem(403, fmt::format("This needs the role {}; {} is {}.", to_string(*route.needs), caller.user,
                                        to_string(caller.role)));
    if (route.needs_all_tasks && !caller.sees_all())
        return problem(403, fmt::format("This needs a user who sees all tasks (`*`); {} does not.", caller.user));
    return std::nullopt;
}

http::Response unknown_parameter(const Route& route, std::string_view name) {
    std::vector<std::string_view> names;
    for (const QueryParameter& known : route.query) names.push_back(known.name);
    const std::string_view meant = nearest_word(name, names);
    std::string detail = fmt::format("The query parameter `{}` is unknown; ", name.substr(0, 64));
    if (!meant.empty()) detail += fmt::format("write `{}`.", meant);
    else if (names.empty()) detail += "there are none here.";
    else detail += fmt::format("there are {}.", fmt::join(names, ", "));
    return problem(400, detail);
}

std::optional<http::Response> check_query(const Route& route, const http::Request& request) {
    std::set<std::string> seen;
    std::string_view rest = request.query;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty()) continue;
        const auto name = http::decode_percent(pair.substr(0, pair.find('=')));
        if (!name || !http::decode_percent(pair))
            return problem(400, "The query has a percent sign without two hexadecimal digits, or a NUL.");
        const bool is_known = std::any_of(route.query.begin(), route.query.end(),
                                          [&name](const QueryParameter& known) { return known.name == *name; });
        if (!is_known) return unknown_parameter(route, *name);
        if (!seen.insert(*name).second)
            return problem(400, fmt::format("The query parameter `{}` is given twice.", *name));
    }
    return std::nullopt;
}

std::optional<http::Response> check_content(const Route& route, const http::Request& request) {
    if (route.request.empty()) return std::nullopt;
    if (request.body.empty()) {
        if (route.is_body_optional) return std::nullopt;
        return problem(400, "The body is missing; it is a JSON object.");
    }
    std::string_view type = request.field("Content-Type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    if (http::equals_ignoring_case(type, "application/json")) return std::nullopt;
    return problem(415, "The body is JSON: send it with `Content-Type: application/json`.");
}

void call(const Route& route, const Caller& caller, http::Request request, http::Responder& responder) {
    if (const Handler* handler = std::get_if<Handler>(&route.handler)) responder.respond((*handler)(caller, request));
    else std::get<LaterHandler>(route.handler)(caller, std::move(request), std::move(responder));
}

// As the peer of the request. What is no address is passed over, and so is what others than the proxy have put before it.
void take_address_from_proxy(http::Request& request) {
    if (!net::is_loopback(address_of(request.peer))) return;
    std::string_view address;
    for (const http::Fields::Field& field : request.fields)
        if (http::equals_ignoring_case(field.name, "X-Forwarded-For")) address = field.value;
    address.remove_prefix(address.rfind(',') + 1);  // behind the last comma, or nothing
    address.remove_prefix(std::min(address.find_first_not_of(" \t"), address.size()));
    constexpr std::size_t address_bytes_max = 45;
    const bool is_address = !address.empty() && address.size() <= address_bytes_max &&
                            address.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos;
    if (!is_address) return;
    const bool is_v6 = address.find(':') != std::string_view::npos;
    request.peer = is_v6 ? fmt::format("[{}]:0", address) : fmt::format("{}:0", address);
}

}  // namespace

// Who may use the route; else why not.
tl::expected<Caller, http::Response> Routes::admit(const Route& route, const http::Request& request) {
    auto caller = access_.identify(request);
    if (!caller) return caller;
    if (auto refusal = check_rights(route, *caller)) return tl::unexpected(std::move(*refusal));
    return caller;
}

void Routes::handle(const Route& route, http::Request request, http::Responder responder) {
    // A standard library that has no memory for this request, or a handler that is wrong, ends one request.
    try {
        if (trusts_proxy_) take_address_from_proxy(request);
        Caller caller;
        caller.from = address_of(request.peer);
        if (route.needs) {
            auto admitted = admit(route, request);
            if (!admitted) return responder.respond(std::move(admitted).error());
            caller = std::move(*admitted);
        }
        if (auto refusal = check_query(route, request)) return responder.respond(std::move(*refusal));
        if (auto refusal = check_content(route, request)) return responder.respond(std::move(*refusal));
        const json::RegexpBudget budget(limits::request_regexp_instructions_max);
        call(route, caller, std::move(request), responder);
    } catch (const std::exception& fault) {
        logger_.error("A request was not answered since its handler failed.",
                      {{"route", fmt::format("{} {}", route.method, route.path)}, {"reason", fault.what()}},
                      route.path);
        responder.respond(problem(500, "The server has failed to answer this request; its log says why."));
    }
}

void Routes::install(http::Server& server) {
    for (const Route& route : routes_) {
        const std::size_t bytes_max = route.request.empty() ? 0 : route.body_bytes_max.value_or(body_bytes_max);
        // Before a large body is read. Behind it all is asked again: who asks may be nobody any more.
        http::Server::Admission admission;
        if (route.needs) {
            admission = [this, &route](const http::Request& request) -> std::optional<http::Response> {
                auto admitted = admit(route, request);
                if (admitted) return std::nullopt;
                return std::move(admitted).error();
            };
        }
        server.route(std::string(route.method), route.path,
                     http::Server::LaterHandler([this, &route](http::Request request, http::Responder responder) {
                         handle(route, std::move(request), std::move(responder));
                     }),
                     bytes_max, std::move(admission));
    }
    server.fallback([](const http::Request&) { return problem(404, "This path does not exist."); });
    server.refusals([](unsigned status, std::string_view sentence) { return problem(status, sentence); });
}

http::Response json_response(std::string body, unsigned status) {
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

tl::expected<std::int64_t, http::Response> query_number(const http::Request& request, std::string_view name,
                                                        std::int64_t min, std::int64_t max, std::int64_t fallback) {
    const std::optional<std::string> text = request.query_value(name);
    if (!text) return fallback;
    std::int64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, number);
    if (error == std::errc() && stop == end && number >= min && number <= max) return number;
    return tl::unexpected<http::Response>(
        problem(400, fmt::format("The query parameter `{}` is a number from {} to {}.", name, min, max)));
}

tl::expected<std::string, http::Response> query_word(const http::Request& request, std::string_view name,
                                                     std::span<const std::string_view> words) {
    std::optional<std::string> text = request.query_value(name);
    if (!text) return std::string();
    if (std::find(words.begin(), words.end(), *text) != words.end()) return std::move(*text);
    return tl::unexpected<http::Response>(
        problem(400, fmt::format("The query parameter `{}` is one of {}.", name, fmt::join(words, ", "))));
}

}  // namespace outflow::api
