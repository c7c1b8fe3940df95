#include "app/preview_json.h"

#include <algorithm>

#include "base/base64.h"
#include "base/format.h"
#include "base/sentence.h"
#include "json/value.h"
#include "rocketmq/properties.h"

namespace outflow::app {

namespace {

void append_named(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() == '{') {
        json::append_json_string(out, name);
        out += ':';
        json::append_json_string(out, value);
    } else {
        append_json_member(out, name, value);
    }
}

void append_record_json(std::string& out, const PreviewedRecord& record) {
    out += "{\"topic\":";
    json::append_json_string(out, record.topic);
    if (!record.sharding_key.empty()) append_json_member(out, "sharding_key", record.sharding_key);
    append_json_properties(out, record.properties);
    append_json_body(out, record.body);
    if (record.is_compressed) out += ",\"compressed\":true";
    out += '}';
}

}  // namespace

void append_json_member(std::string& out, std::string_view name, std::string_view value) {
    out += ',';
    json::append_json_string(out, name);
    out += ':';
    json::append_json_string(out, value);
}

void append_json_properties(std::string& out, std::string_view properties) {
    namespace name = rocketmq::property_name;
    const std::string_view keys = rocketmq::find_property(properties, name::keys);
    const std::string_view tags = rocketmq::find_property(properties, name::tags);
    if (!keys.empty()) append_json_member(out, "keys", keys);
    if (!tags.empty()) append_json_member(out, "tags", tags);
    out += ",\"properties\":{";
    std::vector<std::string_view> seen;
    for (const rocketmq::Property& property : rocketmq::decode_properties(properties)) {
        if (property.name == name::keys || property.name == name::tags) continue;
        if (std::find(seen.begin(), seen.end(), property.name) != seen.end()) continue;
        if (!seen.empty()) out += ',';
        seen.push_back(property.name);
        json::append_json_string(out, property.name);
        out += ':';
        json::append_json_string(out, property.value);
    }
    out += '}';
}

void append_json_body(std::string& out, std::string_view body) {
    if (json::is_utf8(body)) append_json_member(out, "body", body);
    else append_json_member(out, "body_base64", encode_base64(body));
}

std::string_view outcome_name(bool matches) { return matches ? "match" : "nomatch"; }

void append_decisions_json(std::string& out, const std::vector<pattern::Decision>& decisions) {
    out += '[';
    for (const pattern::Decision& decision : decisions) {
        out += out.back() == '[' ? "{" : ",{";
        append_named(out, "pointer", decision.pointer);
        append_named(out, "path", decision.path);
        out += decision.holds ? ",\"holds\":true" : ",\"holds\":false";
        out += ",\"condition\":" + decision.condition;
        if (!decision.value.empty()) out += ",\"value\":" + decision.value;
        append_named(out, "reason", decision.reason);
        out += '}';
    }
    out += ']';
}

void append_diagnostics_json(std::string& out, const std::vector<pattern::Diagnostic>& diagnostics) {
    out += '[';
    for (const pattern::Diagnostic& diagnostic : diagnostics) {
        out += out.back() == '[' ? "{" : ",{";
        append_named(out, "pointer", diagnostic.pointer);
        append_named(out, "message", diagnostic.message);
        if (!diagnostic.hint.empty()) append_named(out, "hint", diagnostic.hint);
        if (diagnostic.line != 0) {
            append_format(out, ",\"line\":{},\"column\":{}", diagnostic.line, diagnostic.column);
        }
        out += '}';
    }
    out += ']';
}

std::string render_preview_json(const TaskPreview& preview, const std::vector<std::string>& remarks) {
    std::string out = "{\"verdict\":";
    json::append_json_string(out, to_string(preview.verdict));
    if (!preview.reason.empty()) append_json_member(out, "reason", to_sentence(preview.reason));
    if (!remarks.empty()) {
        out += ",\"remarks\":[";
        for (const std::string& remark : remarks) {
            if (out.back() != '[') out += ',';
            json::append_json_string(out, remark);
        }
        out += ']';
    }
    out += ",\"event\":" + preview.event;
    if (!preview.decisions.empty()) {
        out += ",\"decisions\":";
        append_decisions_json(out, preview.decisions);
    }
    if (!preview.records.empty()) {
        out += ",\"records\":[";
        for (const PreviewedRecord& record : preview.records) {
            if (out.back() != '[') out += ',';
            append_record_json(out, record);
        }
        out += ']';
    }
    return out + "}\n";
}

}  // namespace outflow::app
