// A stored message, big-endian:
//
//   u32 total size | u32 magic | u32 body CRC | u32 queue id | u32 flag | u64 queue offset | u64 physical offset |
//   u32 sysFlag | u64 born ms | born host: 4 or 16 bytes, u32 port | u64 stored ms | store host: the same |
//   u32 reconsume times | u64 prepared transaction offset | u32 body length, body | u8 or u16 topic length, topic |
//   u16 properties length, properties
#include "rocketmq/stored_message.h"

#include <fmt/format.h>
#include <zlib.h>

#include <limits>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/format.h"
#include "rocketmq/compress.h"
#include "rocketmq/protocol.h"

namespace outflow::rocketmq {

namespace {

constexpr std::uint32_t magic_v1 = 0xDAA320A7;  // one byte for the topic's length
constexpr std::uint32_t magic_v2 = 0xDAA320AB;  // two bytes
constexpr std::size_t size_and_magic_bytes = 8;
constexpr std::size_t topic_bytes_max_v1 = 127;

std::size_t host_bytes(std::uint32_t flags, std::uint32_t ipv6_bit) { return (flags & ipv6_bit) != 0 ? 20 : 8; }

// What follows size and magic; the reader holds exactly one message.
StoredMessage read_message(ByteReader& reader, bool has_long_topic) {
    StoredMessage message;
    message.body_crc = reader.u32();
    message.queue_id = static_cast<std::int32_t>(reader.u32());
    message.flag = reader.u32();
    message.queue_offset = static_cast<std::int64_t>(reader.u64());
    message.physical_offset = static_cast<std::int64_t>(reader.u64());
    message.sys_flag = reader.u32();
    message.born = std::chrono::milliseconds(static_cast<std::int64_t>(reader.u64()));
    message.born_host = reader.view(host_bytes(message.sys_flag, sys_flag::born_host_ipv6));
    message.stored = std::chrono::milliseconds(static_cast<std::int64_t>(reader.u64()));
    message.store_host = reader.view(host_bytes(message.sys_flag, sys_flag::store_host_ipv6));
    message.reconsume_times = reader.u32();
    reader.u64();
    message.body = reader.view(reader.u32());
    message.topic = reader.view(has_long_topic ? reader.u16() : reader.u8());
    message.properties = reader.view(reader.u16());
    return message;
}

tl::unexpected<Error> malformed(std::string_view what, std::size_t at) {
    return failed(ErrorCode::rocketmq_malformed_message, fmt::format("a stored message at byte {}: {}", at, what));
}

// The message at `reader`'s place.
Result<StoredMessage> next_message(ByteReader& reader) {
    std::size_t at = reader.position();
    std::uint32_t size = reader.u32();
    std::uint32_t magic = reader.u32();
    if (!reader.ok() || size < stored_message_bytes_min || size - size_and_magic_bytes > reader.remaining()) {
        return malformed("its size does not fit", at);
    }
    if (magic != magic_v1 && magic != magic_v2) return malformed(fmt::format("unknown magic {:08X}", magic), at);
    ByteReader one(reader.view(size - size_and_magic_bytes));
    StoredMessage message = read_message(one, magic == magic_v2);
    if (!one.ok() || one.remaining() != 0) return malformed("its fields do not fill it", at);
    return message;
}

}  // namespace

Result<std::vector<StoredMessage>> decode_stored_messages(std::string_view bytes) {
    std::vector<StoredMessage> messages;
    ByteReader reader(bytes);
    while (reader.remaining() > 0) {
        TRY(StoredMessage message, next_message(reader));
        messages.push_back(message);
    }
    return messages;
}

Result<StoredMessage> decode_stored_message(std::string_view bytes, std::size_t& size) {
    ByteReader reader(bytes);
    TRY(StoredMessage message, next_message(reader));
    size = reader.position();
    return message;
}

void append_stored_message(std::string& out, const StoredMessage& message) {
    bool has_long_topic = message.topic.size() > topic_bytes_max_v1;
    constexpr std::size_t length_max = std::numeric_limits<std::uint16_t>::max();
    OUTFLOW_ASSERT(message.topic.size() <= length_max && message.properties.size() <= length_max);
    OUTFLOW_ASSERT(message.born_host.size() == host_bytes(message.sys_flag, sys_flag::born_host_ipv6));
    OUTFLOW_ASSERT(message.store_host.size() == host_bytes(message.sys_flag, sys_flag::store_host_ipv6));
    std::size_t begin = out.size();
    append_integer(out, std::uint32_t{0});  // total size, below
    append_integer(out, has_long_topic ? magic_v2 : magic_v1);
    append_integer(out, message.body_crc);
    append_integer(out, static_cast<std::uint32_t>(message.queue_id));
    append_integer(out, message.flag);
    append_integer(out, static_cast<std::uint64_t>(message.queue_offset));
    append_integer(out, static_cast<std::uint64_t>(message.physical_offset));
    append_integer(out, message.sys_flag);
    append_integer(out, static_cast<std::uint64_t>(message.born.count()));
    out += message.born_host;
    append_integer(out, static_cast<std::uint64_t>(message.stored.count()));
    out += message.store_host;
    append_integer(out, message.reconsume_times);
    append_integer(out, std::uint64_t{0});  // prepared transaction offset: no transactions here
    append_integer(out, static_cast<std::uint32_t>(message.body.size()));
    out += message.body;
    if (has_long_topic) {
        append_integer(out, static_cast<std::uint16_t>(message.topic.size()));
    } else {
        append_integer(out, static_cast<std::uint8_t>(message.topic.size()));
    }
    out += message.topic;
    append_integer(out, static_cast<std::uint16_t>(message.properties.size()));
    out += message.properties;
    put_integer(out, begin, static_cast<std::uint32_t>(out.size() - begin));
}

std::uint32_t body_crc(std::string_view body) {
    uLong crc = crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(body.data()), body.size());
    return static_cast<std::uint32_t>(crc) & 0x7FFFFFFF;
}

Result<std::string> plain_body(const StoredMessage& message) {
    if ((message.sys_flag & sys_flag::compressed) == 0) return std::string(message.body);
    std::uint32_t kind = message.sys_flag & sys_flag::compression_mask;
    if (kind != 0 && kind != sys_flag::compression_zlib) {
        std::string_view name = kind == sys_flag::compression_lz4    ? "LZ4"
                                : kind == sys_flag::compression_zstd ? "Zstandard"
                                                                     : "an unknown method";
        return failed(ErrorCode::rocketmq_malformed_message,
                      fmt::format("the body is compressed by {}, which is not supported here", name));
    }
    return decompress_body(message.body);
}

std::string offset_message_id(const StoredMessage& message) {
    std::string id;
    for (char c : message.store_host) append_format(id, "{:02X}", static_cast<unsigned char>(c));
    append_format(id, "{:016X}", static_cast<std::uint64_t>(message.physical_offset));
    return id;
}

}  // namespace outflow::rocketmq
