// SQLite's files on the disk of the process's host, and its chance and time from the world.
#pragma once

#include <cstdint>

namespace outflow::sim {

// For all databases that are opened from now on. Libsodium's chance comes from the processes, too.
void seed_store();

}  // namespace outflow::sim
