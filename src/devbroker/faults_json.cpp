// {"for":"send","code":2,"remark":"system busy","times":3}: the words of a rule as members.
#include <string>

#include <fmt/format.h>

#include "base/base64.h"
#include "devbroker/fault_fields.h"
#include "json/document.h"

namespace outflow::devbroker {

namespace {

// Every member in its turn; sentences about what is wrong.
std::string set_member(Fault& fault, const json::Member& member) {
    const json::Node& value = member.value;
    if (member.name == "for") {
        const bool fits = value.is(json::Kind::string) || value.is(json::Kind::number);
        return set_fault_target(fault, fits ? std::string_view(value.text) : json::to_string(value.kind));
    }
    if (member.name != "ext") return set_fault_field(fault, member.name, value.text, value.kind);
    if (!value.is(json::Kind::object)) return "ext: this is an object of texts.";
    std::string faults;
    for (const json::Member& field : value.members) {
        const std::string fault_found = set_fault_field(fault, "ext." + field.name, field.value.text, field.value.kind);
        if (!fault_found.empty()) faults += (faults.empty() ? "" : " ") + fault_found;
    }
    return faults;
}

class Members {
public:
    void text(std::string_view name, std::string_view value) { json::append_json_string(start(name), value); }
    void base64(std::string_view name, std::string_view bytes) { text(name, encode_base64(bytes)); }
    void number(std::string_view name, std::int64_t value) { start(name) += std::to_string(value); }
    void flag(std::string_view name, bool value) { start(name) += value ? "true" : "false"; }
    void ext(const Fault& fault) {
        start("ext").push_back('{');
        for (bool is_first = true; const auto& [name, value] : fault.ext) {
            if (!is_first) out_.push_back(',');
            is_first = false;
            json::append_json_string(out_, name);
            out_.push_back(':');
            json::append_json_string(out_, value);
        }
        out_.push_back('}');
    }
    std::string finish() { return out_ + "}"; }

private:
    std::string& start(std::string_view name) {
        out_.push_back(out_.empty() ? '{' : ',');
        json::append_json_string(out_, name);
        out_.push_back(':');
        return out_;
    }

    std::string out_;
};

void append_target(Members& members, const Fault& fault) {
    switch (fault.which) {
    case Fault::For::send: return members.text("for", "send");
    case Fault::For::any: return members.text("for", "any");
    case Fault::For::code: return members.number("for", fault.request_code);
    }
}

void append_conditions(Members& members, const Fault& fault) {
    if (fault.topic) members.text("topic", *fault.topic);
    if (fault.queue_id) members.number("queue_id", *fault.queue_id);
    if (fault.body_contains) {
        if (json::is_utf8(*fault.body_contains)) members.text("body_contains", *fault.body_contains);
        else members.base64("body_contains_base64", *fault.body_contains);
    }
    if (fault.records_min > 0) members.number("records_min", fault.records_min);
    if (fault.skip > 0) members.number("skip", fault.skip);
    if (fault.times > 0) members.number("times", fault.times);
}

void append_effects(Members& members, const Fault& fault) {
    if (fault.code != 0) members.number("code", fault.code);
    if (!fault.remark.empty()) members.text("remark", fault.remark);
    if (fault.delay.count() > 0) members.number("delay_ms", fault.delay.count());
    if (fault.silence) members.flag("silence", true);
    if (fault.close) members.flag("close", true);
    if (fault.freeze) members.flag("freeze", true);
    if (fault.store) members.flag("store", *fault.store);
    if (fault.serialize) {
        members.text("serialize", *fault.serialize == rocketmq::SerializeType::json ? "json" : "binary");
    }
    if (fault.raw) members.base64("raw_base64", *fault.raw);
    if (fault.chunk > 0) members.number("chunk", fault.chunk);
    if (fault.opaque_offset != 0) members.number("opaque_offset", fault.opaque_offset);
    if (!fault.ext.empty()) members.ext(fault);
}

}  // namespace

Result<Fault> fault_from_json(std::string_view json) {
    TRY(const json::Document document, json::parse_document(json));
    const json::Node& root = document.root;
    if (!root.is(json::Kind::object)) return failed(ErrorCode::invalid_argument, "A rule is an object.");
    Fault fault;
    std::string faults;
    const auto note = [&faults](const std::string& sentence) {
        if (!sentence.empty()) faults += (faults.empty() ? "" : " ") + sentence;
    };
    for (const std::string& pointer : document.repeated) note(fmt::format("{}: this name is repeated.", pointer));
    if (root.find("for") == nullptr) note("for: it is missing; say \"send\", \"any\" or the number of a request code.");
    for (const json::Member& member : root.members) note(set_member(fault, member));
    note(check_fault(fault));
    if (!faults.empty()) return failed(ErrorCode::invalid_argument, std::move(faults));
    return fault;
}

std::string fault_to_json(const Fault& fault) {
    Members members;
    append_target(members, fault);
    append_conditions(members, fault);
    append_effects(members, fault);
    return members.finish();
}

}  // namespace outflow::devbroker
