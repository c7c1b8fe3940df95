// Committed offsets: QUERY_CONSUMER_OFFSET and UPDATE_CONSUMER_OFFSET.
#pragma once

#include "devbroker/state.h"

namespace outflow::devbroker {

// Nothing committed: 0 as long as the queue still starts there, else 22; the client then looks for a start itself.
rocketmq::Response query_offset(const State& state, const Request& request);
// In memory. A response of 0 must wait for OffsetTable::save.
rocketmq::Response update_offset(State& state, const Request& request);

}  // namespace outflow::devbroker
