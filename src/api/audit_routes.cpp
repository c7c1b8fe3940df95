#include "api/audit_routes.h"

#include <algorithm>
#include <array>

#include "api/problem.h"
#include "base/format.h"
#include "json/value.h"
#include "store/audit.h"

namespace outflow::api {

namespace {

constexpr std::array<std::string_view, 5> kinds{"task", "instance", "user", "key", "server"};
constexpr std::int64_t limit_default = 100;
constexpr std::int64_t limit_max = 1'000;
constexpr std::size_t page_bytes_max = 1024 * 1024;   // then the page ends, and has one entry at least
constexpr std::size_t entries_at_once = 50;           // that are read of the database
constexpr std::int64_t number_max = (1LL << 53) - 1;  // that every reader of JSON knows exactly

void append_entry_text(std::string& out, std::string_view name, std::string_view text) {
    append_format(out, ",\"{}\":", name);
    json::append_json_string(out, text);
}

void append_entry(std::string& out, const store::AuditEntry& entry) {
    append_format(out, "{{\"number\":{}", entry.number);
    append_entry_text(out, "at", entry.at);
    append_entry_text(out, "who", entry.who);
    append_entry_text(out, "key", entry.key);
    append_entry_text(out, "from", entry.from);
    append_entry_text(out, "action", entry.action);
    append_entry_text(out, "kind", entry.kind);
    append_entry_text(out, "name", entry.name);
    append_format(out, ",\"difference\":{}}}", entry.difference.empty() ? "[]" : entry.difference);
}

http::Response list_entries(store::Database& database, const http::Request& request) {
    const auto limit = query_number(request, "limit", 1, limit_max, limit_default);
    if (!limit) return limit.error();
    const auto before = query_number(request, "before", 1, number_max, 0);
    if (!before) return before.error();
    auto kind = query_word(request, "kind", kinds);
    if (!kind) return std::move(kind).error();
    store::AuditQuery query;
    query.before = *before;
    query.kind = std::move(*kind);
    query.name = request.query_value("name").value_or("");
    query.who = request.query_value("who").value_or("");
    std::string body = "{\"items\":[";
    std::size_t missing = static_cast<std::size_t>(*limit);
    bool is_end = false;
    while (!is_end && missing > 0 && body.size() < page_bytes_max) {
        query.limit = std::min(missing, entries_at_once);
        const auto entries = store::Audit(database).find(query);
        if (!entries) return problem(entries.error());
        is_end = entries->size() < query.limit;
        for (const store::AuditEntry& entry : *entries) {
            append_entry(body += body.back() == '[' ? "" : ",", entry);
            query.before = entry.number;
            --missing;
            if (body.size() < page_bytes_max) continue;
            is_end = false;
            break;
        }
    }
    // A full page may be the last one: then the next one is empty.
    body += "],\"next\":" + (is_end ? "null" : std::to_string(query.before)) + "}";
    return json_response(std::move(body));
}

}  // namespace

void add_audit_routes(Routes& routes, store::Database& database) {
    routes.schema("Difference", R"({"type":"object","required":["pointer"],"properties":{"pointer":{"type":"string"},)"
                                R"("before":{},"after":{}}})");
    routes.schema(
        "AuditEntries",
        R"({"type":"object","required":["items","next"],"properties":{"items":{"type":"array","items":)"
        R"({"type":"object","properties":{"number":{"type":"integer"},)"
        R"("at":{"type":"string","format":"date-time"},"who":{"type":"string"},"key":{"type":"string"},)"
        R"("from":{"type":"string"},"action":{"type":"string"},"kind":{"type":"string"},"name":{"type":"string"},)"
        R"("difference":{"type":"array","items":{"$ref":"#/components/schemas/Difference"}}}}},)"
        R"("next":{"type":["integer","null"]}}})");
    routes.add({.method = "GET",
                .path = "/v1/audit",
                .needs = store::Role::administrator,
                .summary = "Who has changed what, the newest first.",
                .handler = Handler([&database](const Caller&, const http::Request& request) {
                    return list_entries(database, request);
                }),
                .query = {{"limit", "Entries in the answer.",
                           R"({"type":"integer","minimum":1,"maximum":1000,"default":100})"},
                          {"before", "Only entries with smaller numbers.",
                           R"({"type":"integer","minimum":1,"maximum":9007199254740991})"},
                          {"kind", "Only of this kind.",
                           R"({"type":"string","enum":["task","instance","user","key","server"]})"},
                          {"name", "Only of the thing of this name."},
                          {"who", "Only of this user."}},
                .answers = {{200, "The entries; `next` is the number to go on with as `before`.", "AuditEntries"}}});
}

}  // namespace outflow::api
