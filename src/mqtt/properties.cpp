#include "mqtt/properties.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "mqtt/topic.h"

namespace outflow::mqtt {
namespace {

enum class Type : std::uint8_t { none, u8, u16, u32, variable, utf8, binary, pair };
enum class Range : std::uint8_t { any, zero_or_one, not_zero };

constexpr unsigned on(PacketType type) { return 1U << static_cast<unsigned>(type); }

struct Rule {
    Type type = Type::none;
    Range range = Range::any;
    unsigned owners = 0;  // a bit a packet type
};

constexpr unsigned responses = on(PacketType::puback) | on(PacketType::pubrec) | on(PacketType::pubrel) |
                               on(PacketType::pubcomp) | on(PacketType::suback) | on(PacketType::unsuback);
constexpr unsigned connect = on(PacketType::connect);
constexpr unsigned connack = on(PacketType::connack);
constexpr unsigned publish = on(PacketType::publish);
constexpr unsigned disconnect = on(PacketType::disconnect);
constexpr unsigned auth = on(PacketType::auth);

// MQTT 5, 2.2.2.2. DISCONNECT carries a Session Expiry Interval only from clients (3.14.2.2.2), and none of ours does;
// those of a will are not here, as no will is read.
constexpr std::array<Rule, property_ids> make_rules() {
    std::array<Rule, property_ids> rules{};
    auto set = [&rules](PropertyId id, Type type, Range range, unsigned owners) {
        rules[static_cast<std::size_t>(id)] = Rule{type, range, owners};
    };
    set(PropertyId::payload_format_indicator, Type::u8, Range::zero_or_one, publish);
    set(PropertyId::message_expiry_interval, Type::u32, Range::any, publish);
    set(PropertyId::content_type, Type::utf8, Range::any, publish);
    set(PropertyId::response_topic, Type::utf8, Range::any, publish);
    set(PropertyId::correlation_data, Type::binary, Range::any, publish);
    set(PropertyId::subscription_id, Type::variable, Range::not_zero, publish | on(PacketType::subscribe));
    set(PropertyId::session_expiry_interval, Type::u32, Range::any, connect | connack);
    set(PropertyId::assigned_client_id, Type::utf8, Range::any, connack);
    set(PropertyId::server_keep_alive, Type::u16, Range::any, connack);
    set(PropertyId::authentication_method, Type::utf8, Range::any, connect | connack | auth);
    set(PropertyId::authentication_data, Type::binary, Range::any, connect | connack | auth);
    set(PropertyId::request_problem_information, Type::u8, Range::zero_or_one, connect);
    set(PropertyId::request_response_information, Type::u8, Range::zero_or_one, connect);
    set(PropertyId::response_information, Type::utf8, Range::any, connack);
    set(PropertyId::server_reference, Type::utf8, Range::any, connack | disconnect);
    set(PropertyId::reason_string, Type::utf8, Range::any, connack | responses | disconnect | auth);
    set(PropertyId::receive_maximum, Type::u16, Range::not_zero, connect | connack);
    set(PropertyId::topic_alias_maximum, Type::u16, Range::any, connect | connack);
    set(PropertyId::topic_alias, Type::u16, Range::not_zero, publish);
    set(PropertyId::maximum_qos, Type::u8, Range::zero_or_one, connack);
    set(PropertyId::retain_available, Type::u8, Range::zero_or_one, connack);
    set(PropertyId::user_property, Type::pair, Range::any, ~0U);
    set(PropertyId::maximum_packet_size, Type::u32, Range::not_zero, connect | connack);
    set(PropertyId::wildcard_subscription_available, Type::u8, Range::zero_or_one, connack);
    set(PropertyId::subscription_ids_available, Type::u8, Range::zero_or_one, connack);
    set(PropertyId::shared_subscription_available, Type::u8, Range::zero_or_one, connack);
    return rules;
}

constexpr std::array<Rule, property_ids> rules = make_rules();

bool is_repeatable(PropertyId id, PacketType owner) {
    return id == PropertyId::user_property || (id == PropertyId::subscription_id && owner == PacketType::publish);
}

bool is_in_range(Range range, std::uint32_t number) {
    switch (range) {
    case Range::any: return true;
    case Range::zero_or_one: return number <= 1;
    case Range::not_zero: return number != 0;
    }
    return true;
}

}  // namespace

std::uint32_t read_variable_integer(ByteReader& reader) {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        std::uint8_t byte = reader.u8();
        value |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
        if (byte < 0x80) {
            if (byte == 0 && shift > 0) reader.fail();  // not the shortest form
            return reader.ok() ? value : 0;
        }
    }
    reader.fail();
    return 0;
}

void append_variable_integer(std::string& out, std::uint32_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>((value & 0x7F) | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

tl::unexpected<Error> malformed(PacketType type, std::string_view reason, std::string_view section) {
    return failed(ErrorCode::mqtt_malformed_packet,
                  fmt::format("{}: {} (MQTT 5, {})", to_string(type), reason, section));
}

bool PropertyReader::next() {
    if (!status_ || reader_.remaining() == 0) return false;
    std::uint32_t id = reader_.u8();  // a variable byte integer, but all known ids have one byte
    if (id >= property_ids || rules[id].type == Type::none) {
        return fail(fmt::format("unknown property 0x{:02X}", id), "2.2.2.2");
    }
    const Rule& rule = rules[id];
    id_ = static_cast<PropertyId>(id);
    if ((rule.owners & on(owner_)) == 0) {
        return fail(fmt::format("property 0x{:02X} does not belong in this packet", id), "2.2.2.2");
    }
    if ((seen_ >> id & 1U) != 0 && !is_repeatable(id_, owner_)) {
        return fail(fmt::format("property 0x{:02X} occurs twice", id), "2.2.2.2");
    }
    seen_ |= std::uint64_t{1} << id;
    switch (rule.type) {
    case Type::none: break;
    case Type::u8: number_ = reader_.u8(); break;
    case Type::u16: number_ = reader_.u16(); break;
    case Type::u32: number_ = reader_.u32(); break;
    case Type::variable: number_ = read_variable_integer(reader_); break;
    case Type::utf8:
    case Type::binary: text_ = reader_.view(reader_.u16()); break;
    case Type::pair:
        text_ = reader_.view(reader_.u16());
        value_ = reader_.view(reader_.u16());
        break;
    }
    if (!reader_.ok()) return fail(fmt::format("property 0x{:02X} is cut off or ill-formed", id), "2.2.2");
    bool is_text = rule.type == Type::utf8 || rule.type == Type::pair;
    bool is_number = !is_text && rule.type != Type::binary;
    if (is_number && !is_in_range(rule.range, number_)) {
        return fail(fmt::format("property 0x{:02X} must not be {}", id, number_), "2.2.2.2");
    }
    if (is_text && (!is_utf8_string(text_) || (rule.type == Type::pair && !is_utf8_string(value_)))) {
        return fail(fmt::format("property 0x{:02X} is not UTF-8, or has U+0000", id), "1.5.4");
    }
    return true;
}

bool PropertyReader::fail(std::string_view reason, std::string_view section) {
    status_ = malformed(owner_, reason, section);
    return false;
}

Status PropertySet::read(ByteReader& reader, PacketType owner) {
    std::uint32_t length = read_variable_integer(reader);
    std::string_view block = reader.view(length);
    if (!reader.ok()) return malformed(owner, "the properties do not fit the packet", "2.2.2.1");
    PropertyReader properties(block, owner);
    while (properties.next()) {
        auto id = static_cast<std::size_t>(properties.id());
        seen_ |= std::uint64_t{1} << id;
        numbers_[id] = properties.number();
        texts_[id] = properties.text();
    }
    return properties.status();
}

std::optional<std::string_view> PropertySet::optional_text(PropertyId id) const {
    if (!has(id)) return std::nullopt;
    return text(id);
}

}  // namespace outflow::mqtt
