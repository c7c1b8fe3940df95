// The servers that a person has logged in to, with the access key of each: a file that only this person may read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/secret.h"

namespace outflow::cli {

struct Context {
    std::string name;
    std::string server;  // http://127.0.0.1:8420
    std::string user;
    std::string key_id;
    platform::Secret secret;
    std::string ca_file;  // may be empty
};

struct Contexts {
    std::string current;  // the name of one, or empty
    std::vector<Context> all;

    const Context* find(std::string_view name) const;
    // In place of the one of the same name; it is then the current one.
    void put(Context context);
    void remove(const std::string& name);
};

// $XDG_CONFIG_HOME/outflow/contexts.json, or the same in ~/.config. Error: invalid_argument when neither is known.
Result<std::string> contexts_path();

// No file: no contexts. Errors: file_error, json_malformed, invalid_argument, with the path.
Result<Contexts> load_contexts();
// Mode 0600. Errors: file_error.
Status save_contexts(const Contexts& contexts);

}  // namespace outflow::cli
