// Binary header, big-endian:
//
//   i16 code | u8 language | i16 version | i32 opaque | i32 flag | i32 remark length, remark | i32 ext length, ext
//   ext: repeated { i16 name length, name, i32 value length, value }; values are text
//
// JSON header: an object with code, language, version, opaque, flag, remark, extFields (an object of strings).
#include "rocketmq/command.h"

#include <charconv>
#include <limits>

#include "base/bytes.h"
#include "rocketmq/json_reader.h"

namespace outflow::rocketmq {

namespace {

struct BinaryField {
    std::string_view name;
    std::string_view value;
};

BinaryField next_field(ByteReader& reader) {
    BinaryField field;
    field.name = reader.view(reader.u16());
    field.value = reader.view(reader.u32());
    return field;
}

std::int32_t integer32(JsonReader& reader) {
    std::int64_t value = reader.integer();
    if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) {
        reader.fail();
    }
    return static_cast<std::int32_t>(value);
}

// Checks extFields and gives its text; empty for null.
std::string_view check_json_ext(JsonReader& reader) {
    if (reader.take_null()) return {};
    std::string_view text = reader.skip();
    if (text.empty() || text.front() != '{') reader.fail();
    return text;
}

bool decode_json(std::string_view header, Command& command, std::string_view& ext) {
    JsonReader reader(header);
    std::string name;
    bool has_code = false;
    bool has_opaque = false;
    if (!reader.enter_object()) return false;
    while (reader.next_member(name)) {
        if (name == "code") {
            command.code = integer32(reader);
            has_code = true;
        } else if (name == "version") {
            command.version = integer32(reader);
        } else if (name == "opaque") {
            command.opaque = integer32(reader);
            has_opaque = true;
        } else if (name == "flag") {
            command.flag = static_cast<std::uint32_t>(integer32(reader));
        } else if (name == "remark" && reader.is_string()) {
            reader.string(command.remark);
        } else if (name == "extFields") {
            ext = check_json_ext(reader);
        } else {
            reader.skip();
        }
    }
    return reader.finished() && has_code && has_opaque;
}

bool decode_binary(std::string_view header, Command& command, std::string_view& ext) {
    ByteReader reader(header);
    command.code = static_cast<std::int16_t>(reader.u16());
    reader.u8();
    command.version = static_cast<std::int16_t>(reader.u16());
    command.opaque = static_cast<std::int32_t>(reader.u32());
    command.flag = reader.u32();
    command.remark = reader.view(reader.u32());
    ext = reader.view(reader.u32());
    if (!reader.ok() || reader.remaining() != 0) return false;
    ByteReader fields(ext);
    while (fields.remaining() > 0) next_field(fields);
    return fields.ok();
}

}  // namespace

Result<Command> decode_header(const Frame& frame) {
    Command command;
    command.serialize_type_ = frame.serialize_type;
    bool is_json = frame.serialize_type == SerializeType::json;
    bool decoded =
        is_json ? decode_json(frame.header, command, command.ext_) : decode_binary(frame.header, command, command.ext_);
    if (!decoded) {
        return failed(ErrorCode::rocketmq_malformed_header, is_json ? "the JSON header of a command cannot be read"
                                                                    : "the binary header of a command cannot be read");
    }
    return command;
}

std::optional<std::string> Command::find_ext(std::string_view name) const {
    if (ext_.empty()) return std::nullopt;
    std::optional<std::string> found;
    if (serialize_type_ == SerializeType::binary) {
        ByteReader reader(ext_);
        while (reader.remaining() > 0) {
            BinaryField field = next_field(reader);
            if (field.name != name) continue;
            if (!field.value.empty()) found = field.value;
            return found;
        }
        return found;
    }
    JsonReader reader(ext_);
    std::string member;
    reader.enter_object();
    while (reader.next_member(member)) {
        if (member != name) {
            reader.skip();
            continue;
        }
        if (!reader.is_string()) {
            // Servers write text only; a bare number is taken all the same.
            std::string_view text = reader.skip();
            bool is_number = !text.empty() && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9'));
            if (is_number) found = text;
            return found;
        }
        std::string value;
        reader.string(value);
        if (!value.empty()) found = std::move(value);
        return found;
    }
    return found;
}

std::optional<std::int64_t> Command::find_ext_integer(std::string_view name) const {
    std::optional<std::string> text = find_ext(name);
    if (!text) return std::nullopt;
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
    return value;
}

}  // namespace outflow::rocketmq
