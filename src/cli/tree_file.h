// Files in YAML or JSON as trees, for commands that send them to the server. All throw Failure (cli/remote.h).
#pragma once

#include <string>
#include <string_view>

#include "cli/problem_text.h"
#include "cli/remote.h"
#include "json/document.h"

namespace outflow::cli {

// `-` is standard input. Failure: all faults of its YAML with their places.
json::Node read_tree(const std::string& path);
// `name`: what the faults call it.
json::Node parse_tree(const std::string& name, std::string_view text);

// Sends what a file says; faults that the server finds in it are told with their places in the file. What the server
// adds to an object (`status`) is not sent back.
Answer send_tree(Remote& remote, std::string_view method, const std::string& target, const json::Node& tree,
                 const std::string& file, const http::Fields& fields = {});

// Sends `body`; faults in it are told with the places that `place_of` knows.
Answer send_with_places(Remote& remote, std::string_view method, const std::string& target, const json::Node& body,
                        const PlaceOf& place_of, const http::Fields& fields = {});

// Without the member of that name.
json::Node without(json::Node object, std::string_view name);

}  // namespace outflow::cli
