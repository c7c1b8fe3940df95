// What commands do in the same way with tasks and with instances: objects with a name, which are written as YAML.
#pragma once

#include <string>
#include <string_view>

#include "cli/remote.h"

namespace outflow::cli {

struct Resource {
    std::string_view word;        // "task"
    std::string_view collection;  // "/v1/tasks"
    std::string_view list;  // the list of a file that may hold several, "tasks"; an object of them by name: instances

    std::string target(std::string_view name) const { return std::string(collection) + "/" + encode_percent(name); }
};

inline constexpr Resource task_resource{"task", "/v1/tasks", "tasks"};
inline constexpr Resource instance_resource{"instance", "/v1/instances", "instances"};

// Creates the object of a file, or each one of the file's list. Says what it made.
int create_resources(Remote& remote, const Resource& resource, const std::string& file, const Streams& streams);

struct EditWish {
    std::string name;
    std::string file;      // its text instead of an editor's; empty: an editor
    std::string revision;  // the object must still have it; empty: any
    std::string query;     // "?held=leave", with which an object is sent that has not changed, too; or empty
};

// Gives the object to an editor and sends what comes back, unless somebody else has changed it meanwhile. What was written is
// kept when the server refuses it.
int edit_resource(Remote& remote, const Resource& resource, const EditWish& wish, const Streams& streams);

// -f and --revision of commands that edit.
void add_edit_options(Command& command, EditWish& wish);

// Deletes it after asking; `query`: "?held=drain", or empty.
int delete_resource(Remote& remote, const Resource& resource, const std::string& name, const std::string& query,
                    bool is_sure, const Streams& streams);

// Asks before something is deleted. Failure when nobody can be asked; false: no.
bool is_agreed(const Streams& streams, bool is_sure, const std::string& question);

}  // namespace outflow::cli
