// An MQTT message as an event.
#pragma once

#include <cstdint>

#include "event/event.h"
#include "event/memory.h"
#include "mqtt/session.h"

namespace outflow::connectors {

// Views of what `arrival` views, and of what is made in `arena`. A message over the size limit, or with malformed
// properties, becomes an event with its reason in Event::poison. `properties` is reused from message to message.
event::Event make_event(const mqtt::Arrival& arrival, std::int64_t received_ms, event::Arena& arena,
                        mqtt::PublishProperties& properties);

}  // namespace outflow::connectors
