#include "mqtt/inflight.h"

namespace outflow::mqtt {

InflightTable::Recognised InflightTable::arrive(const Publish& publish, std::uint64_t hash) {
    Entry& known = entry(publish.packet_id);
    switch (known.state) {
    case State::free: break;
    case State::held:
        if (publish.dup && known.hash == hash) return {Recognition::redelivered_here, known.token};
        break;
    case State::orphan:
        // Without DUP only what comes before anything new is surely a resend: then ids are not renumbered so far.
        if (known.hash == hash && (publish.dup || !seen_new_)) {
            set(known, State::held);
            count(known);
            return {Recognition::redelivered_after_reconnect, known.token};
        }
        break;
    case State::awaiting_release:
        if (publish.qos == 2 && known.hash == hash) {
            count(known);
            return {Recognition::answer_again, 0};
        }
        break;
    }
    return {Recognition::fresh, 0};
}

void InflightTable::hold(PacketId packet_id, std::uint64_t hash, std::uint64_t token) {
    Entry& known = entry(packet_id);
    set(known, State::held);
    known.hash = hash;
    known.token = token;
    count(known);
    seen_new_ = true;
}

void InflightTable::acknowledge(PacketId packet_id, std::uint8_t qos, std::uint64_t token) {
    Entry& known = entry(packet_id);
    if (known.state != State::held || known.token != token) return;
    set(known, qos == 2 ? State::awaiting_release : State::free);
}

bool InflightTable::release(PacketId packet_id) {
    Entry& known = entry(packet_id);
    if (known.state != State::awaiting_release) return false;
    set(known, State::free);
    return true;
}

std::size_t InflightTable::resume() {
    std::size_t dropped = 0;
    for (auto& page : pages_) {
        if (!page) continue;
        for (Entry& known : *page) {
            if (known.counted) known.counted = false;
            if (known.state == State::orphan && seen_new_) {
                set(known, State::free);
                ++dropped;
            } else if (known.state == State::held) {
                set(known, State::orphan);
            }
        }
    }
    outstanding_ = 0;
    seen_new_ = false;
    return dropped;
}

std::size_t InflightTable::lose() {
    std::size_t dropped = held_ + orphans_;
    for (auto& page : pages_) {
        if (page) page->fill(Entry{});
    }
    held_ = orphans_ = outstanding_ = 0;
    seen_new_ = false;
    return dropped;
}

InflightTable::Entry& InflightTable::entry(PacketId packet_id) {
    auto id = static_cast<std::size_t>(packet_id);
    auto& page = pages_[id >> 8];
    if (!page) page = std::make_unique<Page>();
    return (*page)[id & 0xFF];
}

void InflightTable::set(Entry& entry, State state) {
    held_ = held_ + (state == State::held ? 1 : 0) - (entry.state == State::held ? 1 : 0);
    orphans_ = orphans_ + (state == State::orphan ? 1 : 0) - (entry.state == State::orphan ? 1 : 0);
    if (state == State::free && entry.counted) {
        --outstanding_;
        entry.counted = false;
    }
    entry.state = state;
}

void InflightTable::count(Entry& entry) {
    if (!entry.counted) ++outstanding_;
    entry.counted = true;
}

}  // namespace outflow::mqtt
