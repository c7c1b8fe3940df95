#include "api/problem.h"

#include <algorithm>

#include "base/format.h"
#include "json/document.h"
#include "json/value.h"

namespace outflow::api {

namespace {

constexpr std::size_t faults_max = 200;  // told in one answer

// The text in quotes that `path` begins with, which goes on behind it.
std::string take_quoted(std::string_view& path) {
    std::string text;
    path.remove_prefix(1);
    while (!path.empty() && path.front() != '"') {
        if (path.front() == '\\' && path.size() > 1) path.remove_prefix(1);
        text += path.front();
        path.remove_prefix(1);
    }
    path.remove_prefix(std::min<std::size_t>(1, path.size()));
    return text;
}

std::string_view take_until(std::string_view& path, std::string_view ends) {
    const std::string_view taken = path.substr(0, path.find_first_of(ends));
    path.remove_prefix(taken.size());
    return taken;
}

bool begins_with_step(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return false;
    return path.size() == prefix.size() || std::string_view(".[ ").find(path[prefix.size()]) != std::string_view::npos;
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    append_format(out, ",\"{}\":", name);
    json::append_json_string(out, text);
}

}  // namespace

std::string_view title_of(unsigned status) {
    switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Error";
    }
}

unsigned status_of(ErrorCode code) {
    switch (code) {
    case ErrorCode::json_malformed:
    case ErrorCode::json_too_deep: return 400;
    case ErrorCode::invalid_argument:
    case ErrorCode::jsonpath_invalid:
    case ErrorCode::pattern_invalid:
    case ErrorCode::payload_unfit:
    case ErrorCode::task_invalid: return 422;
    case ErrorCode::file_error:
    case ErrorCode::network_error:
    case ErrorCode::tls_failed:
    case ErrorCode::timeout:
    case ErrorCode::closed:
    case ErrorCode::mqtt_malformed_packet:
    case ErrorCode::mqtt_protocol_error:
    case ErrorCode::mqtt_packet_too_large:
    case ErrorCode::mqtt_refused:
    case ErrorCode::rocketmq_malformed_frame:
    case ErrorCode::rocketmq_malformed_header:
    case ErrorCode::rocketmq_malformed_route:
    case ErrorCode::rocketmq_malformed_message:
    case ErrorCode::rocketmq_refused:
    case ErrorCode::rocketmq_no_route:
    case ErrorCode::rocketmq_record_illegal: return 503;
    }
    return 500;
}

void append_faults(std::string& out, std::span<const Fault> faults) {
    out += '[';
    for (const Fault& fault : faults.first(std::min(faults.size(), faults_max))) {
        if (out.back() != '[') out += ',';
        out += "{\"pointer\":";
        json::append_json_string(out, fault.pointer);
        append_member(out, "severity", fault.severity == task::Severity::error ? "error" : "warning");
        append_member(out, "detail", fault.detail);
        if (!fault.hint.empty()) append_member(out, "hint", fault.hint);
        out += '}';
    }
    out += ']';
}

http::Response problem(unsigned status, std::string_view detail, std::span<const Fault> faults) {
    http::Response response{.status = status, .content_type = "application/problem+json"};
    append_format(response.body, R"({{"type":"about:blank","title":"{}","status":{})", title_of(status), status);
    append_member(response.body, "detail", detail);
    if (!faults.empty()) {
        response.body += ",\"faults\":";
        append_faults(response.body, faults);
    }
    response.body += "}\n";
    if (status == 401) response.fields.add("WWW-Authenticate", "Bearer");
    return response;
}

http::Response problem(const Error& error) { return problem(status_of(error.code), error.context); }

std::string pointer_of(std::string_view path, std::string_view prefix) {
    if (!prefix.empty() && begins_with_step(path, prefix)) path.remove_prefix(prefix.size());
    std::string pointer;
    while (!path.empty()) {
        if (path.starts_with(" at /")) return pointer.append(path.substr(4));
        if (path.front() == '.') path.remove_prefix(1);
        if (path.starts_with('[')) {
            path.remove_prefix(1);
            json::append_pointer(pointer, take_until(path, "]"));
            path.remove_prefix(std::min<std::size_t>(1, path.size()));
        } else if (path.starts_with('"')) {
            json::append_pointer(pointer, take_quoted(path));
        } else if (!path.empty()) {
            // A space that begins no ` at /` is part of a name.
            const std::size_t size =
                std::max<std::size_t>(1, std::min({path.find_first_of(".[\""), path.find(" at /"), path.size()}));
            json::append_pointer(pointer, path.substr(0, size));
            path.remove_prefix(size);
        }
    }
    return pointer;
}

std::vector<Fault> faults_of(std::span<const task::Diagnostic> diagnostics, std::string_view prefix) {
    std::vector<Fault> faults;
    faults.reserve(diagnostics.size());
    for (const task::Diagnostic& each : diagnostics)
        faults.push_back({pointer_of(each.path, prefix), each.severity, each.sentence, each.hint});
    return faults;
}

}  // namespace outflow::api
