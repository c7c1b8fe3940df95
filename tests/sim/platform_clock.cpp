// platform/clock.h and platform/process.h in a simulated world.
#include "platform/clock.h"
#include "platform/process.h"

#include "process.h"
#include "world.h"

namespace outflow::platform {

Clock::time_point Clock::now() noexcept { return sim::World::current().now(); }

std::int64_t unix_ms() { return sim::World::current().wall_ms(); }

std::string host_name() { return sim::World::current().process().name(); }

int process_id() { return sim::World::current().process().number(); }

std::uint64_t random_u64() { return sim::World::current().process().random().next(); }

bool is_terminal(int) { return false; }

}  // namespace outflow::platform
