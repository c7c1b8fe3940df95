#include "devbroker/fault_fields.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/limits.h"

namespace outflow::devbroker {

namespace {

using json::Kind;

constexpr std::size_t text_bytes_max = 64 * 1024;
constexpr std::size_t ext_name_bytes_max = 255;
constexpr std::size_t ext_fields_max = 100;
constexpr std::int64_t delay_ms_max = 24 * 3'600 * 1'000;

template <class T>
bool set_number(T& field, std::string_view value, std::int64_t min = std::numeric_limits<T>::min(),
                std::int64_t max = std::numeric_limits<T>::max()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < min || number > max) return false;
    field = static_cast<T>(number);
    return true;
}

template <class T>
bool set_flag(T& field, std::string_view value) {
    if (value != "true" && value != "false") return false;
    field = value == "true";
    return true;
}

template <class T>
bool set_text(T& field, std::string_view value, std::size_t bytes_max = text_bytes_max) {
    if (value.size() > bytes_max || !json::is_utf8(value)) return false;
    field = std::string(value);
    return true;
}

bool set_bytes(std::optional<std::string>& field, std::string_view value, std::size_t bytes_max) {
    auto bytes = decode_base64(value);
    if (!bytes || bytes->size() > bytes_max) return false;
    field = std::move(*bytes);
    return true;
}

bool set_serialize(std::optional<rocketmq::SerializeType>& field, std::string_view value) {
    if (value != "json" && value != "binary") return false;
    field = value == "json" ? rocketmq::SerializeType::json : rocketmq::SerializeType::binary;
    return true;
}

struct FieldRow {
    std::string_view name;
    Kind kind;
    bool (*set)(Fault&, std::string_view);  // false: the value does not fit
    std::string_view values;                // that fit
};

constexpr std::string_view any_text = "text of at most 65,536 bytes, UTF-8";
constexpr std::string_view any_flag = "true or false";
constexpr std::string_view any_number = "a whole number of 32 bits";
constexpr std::string_view any_count = "a whole number, 0 or more";
constexpr std::size_t raw_bytes_max = limits::rocketmq_frame_bytes_max;

constexpr FieldRow field_rows[] = {
    {"topic", Kind::string, [](Fault& f, std::string_view v) { return set_text(f.topic, v); }, any_text},
    {"queue_id", Kind::number,
     [](Fault& f, std::string_view v) {
         return set_number(f.queue_id.emplace(), v, std::numeric_limits<std::int32_t>::min(),
                           std::numeric_limits<std::int32_t>::max());
     },
     any_number},
    {"body_contains", Kind::string, [](Fault& f, std::string_view v) { return set_text(f.body_contains, v); },
     any_text},
    {"body_contains_base64", Kind::string,
     [](Fault& f, std::string_view v) { return set_bytes(f.body_contains, v, text_bytes_max); },
     "Base64 of at most 65,536 bytes"},
    {"records_min", Kind::number, [](Fault& f, std::string_view v) { return set_number(f.records_min, v); }, any_count},
    {"skip", Kind::number, [](Fault& f, std::string_view v) { return set_number(f.skip, v); }, any_count},
    {"times", Kind::number, [](Fault& f, std::string_view v) { return set_number(f.times, v); }, any_count},
    {"code", Kind::number, [](Fault& f, std::string_view v) { return set_number(f.code, v); }, any_number},
    {"remark", Kind::string, [](Fault& f, std::string_view v) { return set_text(f.remark, v); }, any_text},
    {"delay_ms", Kind::number,
     [](Fault& f, std::string_view v) {
         std::int64_t delay = 0;
         if (!set_number(delay, v, 0, delay_ms_max)) return false;
         f.delay = std::chrono::milliseconds(delay);
         return true;
     },
     "milliseconds, at most a day"},
    {"silence", Kind::boolean, [](Fault& f, std::string_view v) { return set_flag(f.silence, v); }, any_flag},
    {"close", Kind::boolean, [](Fault& f, std::string_view v) { return set_flag(f.close, v); }, any_flag},
    {"freeze", Kind::boolean, [](Fault& f, std::string_view v) { return set_flag(f.freeze, v); }, any_flag},
    {"store", Kind::boolean, [](Fault& f, std::string_view v) { return set_flag(f.store, v); }, any_flag},
    {"serialize", Kind::string, [](Fault& f, std::string_view v) { return set_serialize(f.serialize, v); },
     "json or binary"},
    {"raw", Kind::string, [](Fault& f, std::string_view v) { return set_text(f.raw, v); }, any_text},
    {"raw_base64", Kind::string, [](Fault& f, std::string_view v) { return set_bytes(f.raw, v, raw_bytes_max); },
     "Base64 of at most 16 MiB"},
    {"chunk", Kind::number, [](Fault& f, std::string_view v) { return set_number(f.chunk, v); }, any_count},
    {"opaque_offset", Kind::number, [](Fault& f, std::string_view v) { return set_number(f.opaque_offset, v); },
     any_number},
};

const FieldRow* find_row(std::string_view name) {
    for (const FieldRow& row : field_rows) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

std::string set_ext(Fault& fault, std::string_view name, std::string_view value, Kind kind) {
    const std::string_view key = name.substr(name.find('.') + 1);
    std::string text;
    const bool is_text = kind == Kind::missing || kind == Kind::string;
    if (!is_text || key.empty() || !json::is_utf8(key) || key.size() > ext_name_bytes_max || !set_text(text, value)) {
        return fmt::format("{}: a field of a response has a name of 1 to {} bytes and is {}.", name, ext_name_bytes_max,
                           any_text);
    }
    std::erase_if(fault.ext, [key](const auto& field) { return field.first == key; });  // the last one counts
    if (fault.ext.size() == ext_fields_max) return fmt::format("ext: there are at most {} fields.", ext_fields_max);
    fault.ext.emplace_back(key, std::move(text));
    return {};
}

}  // namespace

std::string set_fault_field(Fault& fault, std::string_view name, std::string_view value, Kind kind) {
    if (name.starts_with("ext.")) return set_ext(fault, name, value, kind);
    const FieldRow* row = find_row(name);
    if (row == nullptr) return fmt::format("{}: there is no such field.", name);
    if (kind != Kind::missing && kind != row->kind) {
        return fmt::format("{}: this is a {}, not a {}.", name, json::to_string(row->kind), json::to_string(kind));
    }
    if (!row->set(fault, value)) return fmt::format("{}: this is {}.", name, row->values);
    return {};
}

std::string set_fault_target(Fault& fault, std::string_view value) {
    if (value == "send") {
        fault.which = Fault::For::send;
    } else if (value == "any") {
        fault.which = Fault::For::any;
    } else if (set_number(fault.request_code, value)) {
        fault.which = Fault::For::code;
    } else {
        return fmt::format("{}: a rule is for send, for any, or for the number of a request code.", value);
    }
    return {};
}

std::string check_fault(const Fault& fault) {
    if (fault.silence && fault.raw) return "silence and raw: there is either no response or another one.";
    if (fault.records_min > 0 && fault.which == Fault::For::code && fault.request_code != 10 &&
        fault.request_code != 310 && fault.request_code != 320) {
        return "records_min: only a send has records.";
    }
    return {};
}

bool is_fault_flag(std::string_view name) {
    const FieldRow* row = find_row(name);
    return row != nullptr && row->kind == Kind::boolean;
}

}  // namespace outflow::devbroker
