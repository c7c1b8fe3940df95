// The header of a remoting command in both of its forms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rocketmq/frame.h"
#include "rocketmq/protocol.h"

namespace outflow::rocketmq {

// A decoded header. Holds views into the frame's bytes and lives no longer than they.
class Command {
public:
    std::int32_t code = 0;
    std::int32_t version = 0;  // of the sender
    std::int32_t opaque = 0;
    std::uint32_t flag = 0;
    std::string remark;  // empty when absent

    bool is_response() const { return (flag & command_flag::response) != 0; }
    bool is_one_way() const { return (flag & command_flag::one_way) != 0; }

    // The value of an extension field, searched each time; nothing when absent, null or empty (the protocol does not
    // tell these apart). The first of a repeated name counts.
    std::optional<std::string> find_ext(std::string_view name) const;
    // The same as a decimal number; nothing also when it is none.
    std::optional<std::int64_t> find_ext_integer(std::string_view name) const;

private:
    friend Result<Command> decode_header(const Frame& frame);

    SerializeType serialize_type_ = SerializeType::json;
    std::string_view ext_;  // as on the wire, already checked
};

// Decodes and checks the whole header. Errors: rocketmq_malformed_header.
Result<Command> decode_header(const Frame& frame);

}  // namespace outflow::rocketmq
