// Previews, verdicts of patterns and records as JSON, for the command line and the API. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/preview_task.h"
#include "pattern/explain/explain.h"
#include "pattern/pattern.h"

namespace outflow::app {

// One line of JSON: verdict, reason, remarks, event, decisions, records (topic, sharding_key, keys, tags, properties,
// body or body_base64, compressed). What there is nothing of is left out.
std::string render_preview_json(const TaskPreview& preview, const std::vector<std::string>& remarks);

// "match" or "nomatch", as rows of patterns say it.
std::string_view outcome_name(bool matches);

// `[{"pointer":..,"path":..,"holds":true,"condition":..,"value":..,"reason":".."}]`; condition and value are JSON of
// the pattern and the event; value is left out where nothing is.
void append_decisions_json(std::string& out, const std::vector<pattern::Decision>& decisions);

// `[{"pointer":..,"message":..,"hint":..,"line":1,"column":12}]`.
void append_diagnostics_json(std::string& out, const std::vector<pattern::Diagnostic>& diagnostics);

// What records are made of; their properties are in wire form.

// `,"name":"value"`.
void append_json_member(std::string& out, std::string_view name, std::string_view value);
// `,"keys":..,"tags":..,"properties":{..}`.
void append_json_properties(std::string& out, std::string_view properties);
// `,"body":".."`, or `,"body_base64":".."` when the body is not UTF-8.
void append_json_body(std::string& out, std::string_view body);

}  // namespace outflow::app
