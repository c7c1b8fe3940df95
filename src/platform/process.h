// Facts about this process and its machine.
#pragma once

#include <cstdint>
#include <string>

namespace outflow::platform {

std::string host_name();     // "localhost" when the system does not say
int process_id();
std::uint64_t random_u64();  // from the kernel; unpredictable
bool is_terminal(int descriptor);

}  // namespace outflow::platform
