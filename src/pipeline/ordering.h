// What a sink keeps in its order.
#pragma once

#include <cstdint>

namespace outflow::pipeline {

enum class Ordering : std::uint8_t {
    topic,  // records of events with the same topic
    key,    // records with the same sharding key
    none,
};

}  // namespace outflow::pipeline
