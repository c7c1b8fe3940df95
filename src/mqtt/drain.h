// Takes a PUBLISH that is larger than we hold, piece by piece: its head and the beginning of its payload are kept, of
// the rest only length and hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mqtt/decode.h"

namespace outflow::mqtt {

struct Oversize {
    std::uint64_t payload_bytes = 0;  // of the whole payload
    // Of the whole payload, however it was split: blocks of 64 KiB, each hashed with the hash of those before as seed.
    std::uint64_t payload_hash = 0;
};

class Drain {
public:
    bool is_active() const { return phase_ != Phase::idle; }
    void start(const FixedHeader& header, Version version);
    void stop() { phase_ = Phase::idle; }

    // Takes bytes of the packet's body; returns how many, all of `bytes` unless the packet ends before. Wrong topic or
    // lengths: mqtt_malformed_packet.
    Result<std::size_t> take(std::string_view bytes);
    bool is_complete() const { return phase_ == Phase::payload && left_ == 0; }

    // Of the complete packet; the views are valid until the next call of start(). Properties over
    // limits::oversize_kept_bytes are left out.
    const Publish& publish() const { return publish_; }
    const Oversize& oversize() const { return oversize_; }

private:
    enum class Phase : std::uint8_t { idle, head, properties, payload };

    Status take_head();
    void take_payload(std::string_view bytes);
    void finish();

    Phase phase_ = Phase::idle;
    FixedHeader header_;
    Version version_ = Version::v5;
    std::uint32_t left_ = 0;  // bytes of the packet not seen yet
    std::size_t properties_left_ = 0;
    std::string head_;  // topic length, topic, packet id, property length
    std::string properties_;
    std::string kept_;   // the beginning of the payload, then limits::chunk_padding zero bytes
    std::string block_;  // of the hash, not full yet
    Publish publish_;
    Oversize oversize_;
};

}  // namespace outflow::mqtt
