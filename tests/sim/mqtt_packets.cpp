#include "mqtt_packets.h"

#include <array>

namespace outflow::sim {

namespace {

// Reads what is there; after the first thing that is not, nothing more, and is_good() is false.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) is_good_ = false;
        if (!is_good_) return {};
        const std::string_view taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }
    std::uint32_t number(std::size_t size) {
        std::uint32_t value = 0;
        for (const char c : take(size)) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view text() { return take(number(2)); }
    std::uint32_t variable() {
        std::uint32_t value = 0;
        for (unsigned shift = 0; shift < 28; shift += 7) {
            const std::uint32_t byte = number(1);
            value |= (byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
        is_good_ = false;
        return 0;
    }
    bool is_good() const { return is_good_; }
    bool is_at_end() const { return bytes_.empty(); }

private:
    std::string_view bytes_;
    bool is_good_ = true;
};

// MQTT 5, 2.2.2.2: a property's number and what its value is.
enum class Value : std::uint8_t { none, byte, two, four, variable, text, pair };
Value value_of(std::uint32_t property) {
    switch (property) {
    case 0x01:
    case 0x17:
    case 0x19:
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A: return Value::byte;
    case 0x13:
    case 0x21:
    case 0x22:
    case 0x23: return Value::two;
    case 0x02:
    case 0x11:
    case 0x18:
    case 0x27: return Value::four;
    case 0x0B: return Value::variable;
    case 0x03:
    case 0x08:
    case 0x09:
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1A:
    case 0x1C:
    case 0x1F: return Value::text;
    case 0x26: return Value::pair;
    default: return Value::none;
    }
}

// Calls `take(property, number)` for those whose value is a number.
template <class Take>
bool read_properties(Reader& packet, Take take) {
    Reader reader(packet.take(packet.variable()));
    while (reader.is_good() && !reader.is_at_end()) {
        const std::uint32_t property = reader.variable();
        switch (value_of(property)) {
        case Value::none: return false;
        case Value::byte: take(property, reader.number(1)); break;
        case Value::two: take(property, reader.number(2)); break;
        case Value::four: take(property, reader.number(4)); break;
        case Value::variable: take(property, reader.variable()); break;
        case Value::text: reader.text(); break;
        case Value::pair:
            reader.text();
            reader.text();
            break;
        }
    }
    return reader.is_good();
}

void append_number(std::string& out, std::uint32_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

void append_text(std::string& out, std::string_view text) {
    append_number(out, static_cast<std::uint32_t>(text.size()), 2);
    out += text;
}

void append_variable(std::string& out, std::size_t value) {
    do {
        const std::size_t rest = value >> 7;
        out += static_cast<char>((value & 0x7F) | (rest > 0 ? 0x80 : 0));
        value = rest;
    } while (value > 0);
}

std::string packet(PacketType type, unsigned flags, std::string_view body) {
    std::string out(1, static_cast<char>(static_cast<unsigned>(type) << 4 | flags));
    append_variable(out, body.size());
    out += body;
    return out;
}

}  // namespace

std::optional<Packet> take_packet(std::string_view& bytes) {
    Reader reader(bytes);
    const std::uint32_t first = reader.number(1);
    const std::uint32_t size = reader.variable();
    const std::string_view body = reader.take(size);
    if (!reader.is_good()) return std::nullopt;
    bytes.remove_prefix(static_cast<std::size_t>(body.data() - bytes.data()) + body.size());
    return Packet{static_cast<PacketType>(first >> 4), static_cast<std::uint8_t>(first & 0xF), body};
}

std::optional<ConnectPacket> read_connect(std::string_view body) {
    Reader reader(body);
    if (reader.text() != "MQTT") return std::nullopt;
    const std::uint32_t level = reader.number(1);
    const std::uint32_t flags = reader.number(1);
    ConnectPacket connect;
    connect.is_v5 = level == 5;
    connect.clean = (flags & 2) != 0;
    connect.keep_alive_seconds = static_cast<std::uint16_t>(reader.number(2));
    const auto take = [&connect](std::uint32_t property, std::uint32_t value) {
        if (property == 0x11) connect.session_expiry_seconds = value;
        if (property == 0x21) connect.receive_maximum = static_cast<std::uint16_t>(value);
    };
    if (connect.is_v5 && !read_properties(reader, take)) return std::nullopt;
    connect.client_id = reader.text();
    if (!reader.is_good() || (level != 4 && level != 5)) return std::nullopt;
    return connect;
}

std::optional<SubscribePacket> read_subscribe(std::string_view body, bool is_v5) {
    Reader reader(body);
    SubscribePacket subscribe;
    subscribe.id = static_cast<std::uint16_t>(reader.number(2));
    if (is_v5 && !read_properties(reader, [](std::uint32_t, std::uint32_t) {})) return std::nullopt;
    subscribe.filter = reader.text();
    const std::uint32_t options = reader.number(1);
    subscribe.qos = options & 3;
    subscribe.retain_handling = options >> 4 & 3;
    if (!reader.is_good() || !reader.is_at_end() || subscribe.id == 0) return std::nullopt;
    return subscribe;
}

std::optional<SubscribePacket> read_unsubscribe(std::string_view body, bool is_v5) {
    Reader reader(body);
    SubscribePacket unsubscribe;
    unsubscribe.id = static_cast<std::uint16_t>(reader.number(2));
    if (is_v5 && !read_properties(reader, [](std::uint32_t, std::uint32_t) {})) return std::nullopt;
    unsubscribe.filter = reader.text();
    if (!reader.is_good() || !reader.is_at_end() || unsubscribe.id == 0) return std::nullopt;
    return unsubscribe;
}

std::optional<AckPacket> read_ack(std::string_view body, bool is_v5) {
    Reader reader(body);
    AckPacket ack;
    ack.id = static_cast<std::uint16_t>(reader.number(2));
    if (is_v5 && !reader.is_at_end()) ack.reason = static_cast<std::uint8_t>(reader.number(1));
    if (is_v5 && !reader.is_at_end() && !read_properties(reader, [](std::uint32_t, std::uint32_t) {}))
        return std::nullopt;
    if (!reader.is_good() || !reader.is_at_end() || ack.id == 0) return std::nullopt;
    return ack;
}

std::string connack(bool is_v5, bool session_present, std::uint8_t code) {
    std::string body{session_present ? '\1' : '\0', static_cast<char>(code)};
    if (is_v5) body += '\0';
    return packet(PacketType::connack, 0, body);
}

std::string publish(bool is_v5, const PublishPacket& message) {
    std::string body;
    append_text(body, message.topic);
    if (message.qos > 0) append_number(body, message.id, 2);
    if (is_v5) {
        std::string properties;
        for (const auto& [name, value] : message.user_properties) {
            properties += '\x26';
            append_text(properties, name);
            append_text(properties, value);
        }
        append_variable(body, properties.size());
        body += properties;
    }
    body += message.payload;
    const unsigned flags =
        (message.dup ? 8U : 0U) | static_cast<unsigned>(message.qos) << 1 | (message.retain ? 1U : 0U);
    return packet(PacketType::publish, flags, body);
}

std::string ack(PacketType type, std::uint16_t id) {
    std::string body;
    append_number(body, id, 2);
    return packet(type, type == PacketType::pubrel ? 2 : 0, body);
}

std::string suback(bool is_v5, std::uint16_t id, std::uint8_t code) {
    std::string body;
    append_number(body, id, 2);
    if (is_v5) body += '\0';
    body += static_cast<char>(code);
    return packet(PacketType::suback, 0, body);
}

std::string unsuback(bool is_v5, std::uint16_t id, std::uint8_t code) {
    std::string body;
    append_number(body, id, 2);
    if (is_v5) body += {'\0', static_cast<char>(code)};
    return packet(PacketType::unsuback, 0, body);
}

std::string pingresp() { return packet(PacketType::pingresp, 0, {}); }

std::string disconnect(std::uint8_t reason) {
    const char body[] = {static_cast<char>(reason), 0};
    return packet(PacketType::disconnect, 0, {body, sizeof body});
}

bool takes(std::string_view filter, std::string_view topic) {
    while (true) {
        const std::string_view level = filter.substr(0, filter.find('/'));
        if (level == "#") return true;
        const std::string_view name = topic.substr(0, topic.find('/'));
        if (level != "+" && level != name) return false;
        const bool filter_ends = level.size() == filter.size();
        const bool topic_ends = name.size() == topic.size();
        if (filter_ends || topic_ends)
            return filter_ends == topic_ends || (!filter_ends && filter.substr(level.size()) == "/#");
        filter.remove_prefix(level.size() + 1);
        topic.remove_prefix(name.size() + 1);
    }
}

}  // namespace outflow::sim
