#include "api/audit_routes.h"

#include "api/problem.h"
#include "base/format.h"
#include "json/value.h"
#include "store/audit.h"

namespace outflow::api {

namespace {

constexpr std::int64_t limit_default = 100;
constexpr std::int64_t limit_max = 1'000;
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
    auto kind = query_word(request, "kind", {"task", "instance", "user", "key", "server"});
    if (!kind) return std::move(kind).error();
    store::AuditQuery query;
    query.before = *before;
    query.limit = static_cast<std::size_t>(*limit);
    query.kind = std::move(*kind);
    query.name = request.query_value("name").value_or("");
    query.who = request.query_value("who").value_or("");
    const auto entries = store::Audit(database).find(query);
    if (!entries) return problem(entries.error());
    std::string body = "{\"items\":[";
    for (const store::AuditEntry& entry : *entries) {
        if (body.back() != '[') body += ',';
        append_entry(body, entry);
    }
    // A full page may be the last one: then the next one is empty.
    const bool is_full = entries->size() == query.limit;
    body += "],\"next\":" + (is_full ? std::to_string(entries->back().number) : "null") + "}";
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
