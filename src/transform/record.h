// What a sink is given of an event, in no protocol's words; a connector says what becomes of each field.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "event/event.h"

namespace outflow::transform {

// Views, valid as long as the event's batch and the arena given to Program::run; constants as long as the Program.
// Empty means unset, but for the body. Nothing is checked against any peer's rules.
struct Record {
    std::string_view destination;  // a topic
    std::string_view body;         // never empty
    std::string_view keys;         // to find it by; several are separated by a space
    std::string_view tags;         // to choose it by
    std::string_view order_key;    // records with the same one stay in order, where the task orders by key
    std::span<const event::Property> properties;  // headers; names may repeat
};

// A record with all that it views: it outlives the batch, arena and Program that the first one was made of. Movable.
class OwnedRecord {
public:
    explicit OwnedRecord(const Record& record);

    // Valid as long as this lives, wherever it is moved.
    const Record& view() const { return view_; }
    std::size_t bytes() const { return sizeof(*this) + size_; }

private:
    std::size_t size_ = 0;            // of memory_
    std::unique_ptr<char[]> memory_;  // first the properties, then the bytes of all
    Record view_;
};

}  // namespace outflow::transform
