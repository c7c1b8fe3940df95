// The JSON Schema of task files, made of the table of fields.
#pragma once

#include <string>

namespace outflow::task {

// docs/task.schema.json (draft 2020-12). It says less than the loader: whatever the loader takes is valid by the
// schema; references, paths, patterns and what depends on several fields are the loader's alone.
std::string schema_text();

}  // namespace outflow::task
