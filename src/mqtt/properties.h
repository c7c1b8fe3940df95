// MQTT 5 properties (2.2.2): one table says which packet may carry which, of what type, how often.
//
//   | length (1 to 4 bytes) | id | value | id | value | ...     value by id: 1, 2, 4 bytes, variable, string, pair
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "mqtt/packet.h"

namespace outflow::mqtt {

enum class PropertyId : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_id = 0x0B,
    session_expiry_interval = 0x11,
    assigned_client_id = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1A,
    server_reference = 0x1C,
    reason_string = 0x1F,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_ids_available = 0x29,
    shared_subscription_available = 0x2A,
};
inline constexpr std::size_t property_ids = 0x2B;

// A variable byte integer (1.5.5) of at most four bytes in its shortest form; else the reader fails.
std::uint32_t read_variable_integer(ByteReader& reader);
void append_variable_integer(std::string& out, std::uint32_t value);

// An Error "PUBLISH: <reason> (MQTT 5, <section>)".
tl::unexpected<Error> malformed(PacketType type, std::string_view reason, std::string_view section);

// Walks a property block (without its length) of a packet of `owner` and checks it by the table.
class PropertyReader {
public:
    PropertyReader(std::string_view block, PacketType owner) : reader_(block), owner_(owner) {}

    // The next property; nothing at the end or at an error, see status().
    bool next();
    const Status& status() const { return status_; }

    PropertyId id() const { return id_; }
    std::uint32_t number() const { return number_; }
    std::string_view text() const { return text_; }    // string or binary data; of a user property the name
    std::string_view value() const { return value_; }  // of a user property

private:
    bool fail(std::string_view reason, std::string_view section);

    ByteReader reader_;
    PacketType owner_;
    Status status_;
    std::uint64_t seen_ = 0;  // a bit an id
    PropertyId id_ = PropertyId::user_property;
    std::uint32_t number_ = 0;
    std::string_view text_;
    std::string_view value_;
};

// The properties of a rare packet by id; user properties are checked and passed over.
class PropertySet {
public:
    // Reads length and block.
    Status read(ByteReader& reader, PacketType owner);

    bool has(PropertyId id) const { return (seen_ >> static_cast<unsigned>(id) & 1U) != 0; }
    std::string_view text(PropertyId id) const { return texts_[static_cast<std::size_t>(id)]; }
    std::optional<std::string_view> optional_text(PropertyId id) const;
    template <class T>
    std::optional<T> number(PropertyId id) const {
        if (!has(id)) return std::nullopt;
        return static_cast<T>(numbers_[static_cast<std::size_t>(id)]);
    }

private:
    std::uint64_t seen_ = 0;
    std::array<std::uint32_t, property_ids> numbers_{};
    std::array<std::string_view, property_ids> texts_{};
};

}  // namespace outflow::mqtt
