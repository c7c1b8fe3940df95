// Bodies that are definitions: as task files have them, with what the API adds to them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "api/registry.h"
#include "api/routes.h"

namespace outflow::api {

inline constexpr std::size_t definition_bytes_max = 1024 * 1024;
inline constexpr std::size_t description_characters_max = 4096;

// The item of a body that is a task or an instance; `name`: of the path, empty: the body says it. `enabled` of a task becomes
// Edit::Item::wanted, `status` is passed over.
tl::expected<Edit::Item, http::Response> read_item(Kind kind, std::string_view body, std::string_view name);
tl::expected<Edit::Item, http::Response> read_item(Kind kind, json::Node object, std::string_view name,
                                                   std::string_view pointer);
// `{"instances":{...},"tasks":[...]}` with further members: `others`, which the caller reads.
tl::expected<std::vector<Edit::Item>, http::Response> read_items(const json::Node& document);
tl::expected<json::Node, http::Response> read_object(std::string_view body);

// What `If-Match: "7"`, or `*` for anything that is there, asks of what the item changes. Else a 400.
std::optional<http::Response> read_if_match(const http::Request& request, Edit::Item& item);
std::string etag_of(std::int64_t revision);

// What an outcome that is not ok() answers. `prefix`: where what was sent stands in its diagnostics' paths.
http::Response refusal(const Outcome& outcome, std::string_view prefix = {});
// For the audit log.
store::AuditEntry entry_by(const Caller& caller);
// For Edit::sees. The caller outlives it.
std::function<bool(std::string_view)> tasks_seen_by(const Caller& caller);

}  // namespace outflow::api
