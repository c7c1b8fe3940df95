// Files that only their owner may open, and files that appear under their name when they are whole.
#pragma once

#include <string>

#include "base/result.h"

namespace outflow::platform {

// Whether neither the group nor others have any right to it. Errors: file_error, as those of file.h.
Result<bool> is_private(const std::string& path);
// Takes the rights of the group and of others away.
Status make_private(const std::string& path);

// Where the system finds it: absolute, without links and a slash at the end, as far as it is there; else as it is.
std::string real_path(const std::string& path);

// Forces the content of `from` to the disk, then renames it to `to` and forces that to the disk, too.
Status publish_file(const std::string& from, const std::string& to);

}  // namespace outflow::platform
