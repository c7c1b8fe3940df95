// The packet ids of a session and what stands behind each: the memory of the redelivery rule (docs/delivery.md, section
// 3).
//
//   free ----hold---> held --acknowledge--> QoS 1: free;  QoS 2: awaiting_release --PUBREL--> free
//                     |  ^                                         '--another hash--> held
//       session present  redelivery (same id and hash)
//                     v  |
//                    orphan --another hash, or not seen again--> free (its event is the caller's business)
//
// A direct table by id, in pages that come into being when an id in them is used: 24 bytes an id, 1.5 MiB at most.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "mqtt/packet.h"

namespace outflow::mqtt {

class InflightTable {
public:
    enum class Recognition : std::uint8_t {
        fresh,
        redelivered_here,
        redelivered_after_reconnect,
        answer_again,  // a QoS 2 redelivery after our PUBREC: not delivered, PUBREC again
    };
    struct Recognised {
        Recognition as = Recognition::fresh;
        std::uint64_t token = 0;  // of a redelivery
    };

    // Judges an arrival with QoS > 0, and notes it unless it is fresh: then hold() does, before the next one.
    Recognised arrive(const Publish& publish, std::uint64_t hash);
    // The fresh message has the id from now on, whatever had it before.
    void hold(PacketId packet_id, std::uint64_t hash, std::uint64_t token);

    // The acknowledgement is written. If a newer message has the id by now, it is left alone.
    void acknowledge(PacketId packet_id, std::uint8_t qos, std::uint64_t token);
    // PUBREL: false for an id that awaits none.
    bool release(PacketId packet_id);

    // CONNACK: entries become orphans; orphans are kept only if the last connection brought nothing new. Returns how
    // many were dropped.
    std::size_t resume();
    // CONNACK without a session: forgets everything. Returns how many entries were dropped.
    std::size_t lose();

    std::size_t held() const { return held_; }
    std::size_t orphans() const { return orphans_; }
    std::size_t outstanding() const { return outstanding_; }

private:
    enum class State : std::uint8_t { free, held, orphan, awaiting_release };
    struct Entry {
        std::uint64_t hash = 0;
        std::uint64_t token = 0;
        State state = State::free;
        bool counted = false;  // in outstanding_
    };
    using Page = std::array<Entry, 256>;

    Entry& entry(PacketId packet_id);
    void set(Entry& entry, State state);
    void count(Entry& entry);

    std::array<std::unique_ptr<Page>, 256> pages_;
    std::size_t held_ = 0;
    std::size_t orphans_ = 0;
    std::size_t outstanding_ = 0;
    bool seen_new_ = false;  // on this connection
};

}  // namespace outflow::mqtt
