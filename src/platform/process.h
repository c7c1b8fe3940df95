// Facts about this process and its machine.
#pragma once

#include <cstdint>
#include <string>

namespace outflow::platform {

std::string host_name();  // "localhost" when the system does not say
int process_id();
std::uint64_t random_u64();  // from the kernel; unpredictable
bool is_terminal(int descriptor);
// The terminal of this process, to write to; the caller closes the descriptor. -1: it has none.
int open_terminal();
// As many as the system lets this process open; a shell often gives 1,024, which is less than 300 tasks need.
void raise_descriptor_limit();

}  // namespace outflow::platform
