// Whether a file was written or replaced since somebody looked. Blocking.
#pragma once

#include <string>

namespace outflow::platform {

// A text that differs when the file that the path leads to (links are followed) was written to, replaced or removed.
std::string file_stamp(const std::string& path);

}  // namespace outflow::platform
