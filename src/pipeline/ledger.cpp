#include "pipeline/ledger.h"

#include "base/assert.h"

namespace outflow::pipeline {

// Both on the way of every message.
[[gnu::always_inline]] inline Token AckLedger::open_slot(event::BatchRef batch, std::uint32_t index) {
    std::uint32_t number;
    if (free_.empty()) {
        number = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    Slot& slot = slots_[number];
    slot.entry.batch = std::move(batch);
    slot.entry.index = index;
    slot.entry.open_records = 0;
    slot.entry.dead_lettered = slot.entry.is_letter_kept = slot.entry.has_records = false;
    slot.entry.origin = {};
    slot.entry.open_parts = 0;
    slot.in_flight = true;
    return {number, slot.generation};
}

[[gnu::always_inline]] inline void AckLedger::close_slot(Token token) {
    Slot& slot = slots_[token.slot];
    slot.entry.batch.reset();
    slot.in_flight = false;
    ++slot.generation;
    free_.push_back(token.slot);
}

Token AckLedger::admit(event::BatchRef batch, std::uint32_t index, bool acknowledge, AcknowledgementTag tag) {
    const Token token = open_slot(std::move(batch), index);
    slots_[token.slot].place = acknowledge ? push_place(tag, token, false) : no_place;
    ++counts_.received;
    ++counts_.in_flight;
    return token;
}

Token AckLedger::add_part(Token origin, event::BatchRef batch, std::uint32_t index) {
    const Token token = open_slot(std::move(batch), index);
    slots_[token.slot].place = no_place;
    slots_[token.slot].entry.origin = origin;
    ++slots_[origin.slot].entry.open_parts;
    return token;
}

void AckLedger::remove_part(Token part) {
    Entry* entry = find(part);
    OUTFLOW_ASSERT(entry != nullptr && entry->is_part());
    Entry* origin = find(entry->origin);
    OUTFLOW_ASSERT(origin != nullptr && origin->open_parts > 0);
    --origin->open_parts;
    close_slot(part);
}

void AckLedger::readmit(Token token, AcknowledgementTag tag) {
    ++counts_.redeliveries;
    bool known = find(token) != nullptr;
    std::uint64_t place = push_place(tag, token, !known);
    if (known) slots_[token.slot].place = place;
}

void AckLedger::settle(Token token, Fate outcome) {
    OUTFLOW_ASSERT(find(token) != nullptr);
    Slot& slot = slots_[token.slot];
    switch (outcome) {
    case Fate::delivered: ++counts_.delivered; break;
    case Fate::filtered: ++counts_.filtered; break;
    case Fate::dead_lettered: ++counts_.dead_lettered; break;
    case Fate::discarded: ++counts_.discarded; break;
    }
    --counts_.in_flight;
    if (slot.place != no_place) order_[slot.place - first_place_].settled = true;
    close_slot(token);
}

void AckLedger::forget_order() {
    first_place_ += order_.size();
    order_.clear();
    for (Slot& slot : slots_) slot.place = no_place;
}

AckLedger::Entry* AckLedger::find(Token token) {
    if (token.slot >= slots_.size()) return nullptr;
    Slot& slot = slots_[token.slot];
    return slot.in_flight && slot.generation == token.generation ? &slot.entry : nullptr;
}

std::uint64_t AckLedger::push_place(AcknowledgementTag tag, Token token, bool settled) {
    order_.push_back({tag, token, settled});
    return first_place_ + order_.size() - 1;
}

}  // namespace outflow::pipeline
