// Which libraries this process has loaded.
#pragma once

#include <string>
#include <string_view>

namespace outflow::cli {

// The version in the file name of a shared library: "0.7.0" for "libyaml-cpp" loaded from libyaml-cpp.so.0.7.0, links
// followed. Empty when it is not loaded, or has no version there.
std::string loaded_library_version(std::string_view library);

}  // namespace outflow::cli
