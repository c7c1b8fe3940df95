// Small JSON files of the broker: {"NAME":[{...},{...}]}.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rocketmq/json_reader.h"

namespace outflow::devbroker {

// Calls `read_item` at each item of the list; it reads exactly one value. A missing file is an empty list.
// Errors: file_error; invalid_argument when it cannot be understood, with `advice`, the end of a sentence on what to
// do.
Status read_list_file(const std::string& path, std::string_view list,
                      const std::function<void(rocketmq::JsonReader&)>& read_item, std::string_view advice);

}  // namespace outflow::devbroker
