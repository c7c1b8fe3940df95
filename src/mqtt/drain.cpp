#include "mqtt/drain.h"

#include <algorithm>

#include "base/assert.h"
#include "base/hash.h"
#include "base/limits.h"
#include "mqtt/properties.h"

namespace outflow::mqtt {
namespace {

constexpr std::size_t block_bytes = 64 * 1024;

}  // namespace

void Drain::start(const FixedHeader& header, Version version) {
    OUTFLOW_ASSERT(header.type == PacketType::publish);
    header_ = header;
    version_ = version;
    left_ = header.remaining_length;
    properties_left_ = 0;
    head_.clear();
    properties_.clear();
    kept_.clear();
    block_.clear();
    publish_ = {};
    oversize_ = {};
    phase_ = Phase::head;
}

Result<std::size_t> Drain::take(std::string_view bytes) {
    OUTFLOW_ASSERT(is_active());
    std::string_view rest = bytes.substr(0, left_);
    std::size_t taken = rest.size();
    while (phase_ == Phase::head && !rest.empty()) {
        head_.push_back(rest[0]);  // at most 64 KiB and a few bytes
        rest.remove_prefix(1);
        --left_;
        if (Status status = take_head(); !status) return failed(std::move(status).error());
    }
    if (phase_ == Phase::head && left_ == 0) {
        return malformed(PacketType::publish, "topic, packet id or properties do not fit", "3.3.2");
    }
    if (phase_ == Phase::properties) {
        std::string_view part = rest.substr(0, properties_left_);
        properties_.append(part.substr(0, limits::oversize_kept_bytes + 1 - properties_.size()));
        properties_left_ -= part.size();
        left_ -= static_cast<std::uint32_t>(part.size());
        rest.remove_prefix(part.size());
        if (properties_left_ == 0) phase_ = Phase::payload;
    }
    if (phase_ == Phase::payload) {
        take_payload(rest);
        left_ -= static_cast<std::uint32_t>(rest.size());
        if (left_ == 0) finish();
    }
    return taken;
}

// Decodes the head once all of it is there: topic and packet id as a PUBLISH without properties.
Status Drain::take_head() {
    ByteReader reader(head_);
    reader.view(reader.u16());
    if (header_.flags & 0x06) reader.u16();
    if (!reader.ok()) return {};
    std::size_t before_properties = reader.position();
    if (version_ == Version::v5) {
        std::size_t length_bytes = head_.size() - before_properties;
        if (length_bytes == 0 || (static_cast<unsigned char>(head_.back()) >= 0x80 && length_bytes < 4)) return {};
        properties_left_ = read_variable_integer(reader);
        if (!reader.ok() || properties_left_ > left_) {
            return malformed(PacketType::publish, "the properties do not fit the packet", "3.3.2");
        }
        head_.resize(before_properties);
        head_.push_back('\0');
    }
    phase_ = properties_left_ > 0 ? Phase::properties : Phase::payload;
    return decode_publish(header_, head_, version_, publish_);
}

void Drain::take_payload(std::string_view bytes) {
    oversize_.payload_bytes += bytes.size();
    kept_.append(bytes.substr(0, limits::oversize_kept_bytes - kept_.size()));
    while (!bytes.empty()) {
        std::string_view part = bytes.substr(0, block_bytes - block_.size());
        block_.append(part);
        bytes.remove_prefix(part.size());
        if (block_.size() < block_bytes) continue;
        oversize_.payload_hash = hash_bytes(block_, oversize_.payload_hash);
        block_.clear();
    }
}

void Drain::finish() {
    if (!block_.empty()) oversize_.payload_hash = hash_bytes(block_, oversize_.payload_hash);
    block_.clear();
    if (properties_.size() <= limits::oversize_kept_bytes) publish_.properties = properties_;
    std::size_t payload_bytes = kept_.size();
    kept_.append(limits::chunk_padding, '\0');
    publish_.payload = std::string_view(kept_).substr(0, payload_bytes);
}

}  // namespace outflow::mqtt
