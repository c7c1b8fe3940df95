// Changes of properties in wire form.
#pragma once

#include <string>
#include <string_view>

namespace outflow::devbroker {

// Removes every property of that name.
void remove_property(std::string& properties, std::string_view name);
// Replaces or appends. An empty value removes.
void set_property(std::string& properties, std::string_view name, std::string_view value);

}  // namespace outflow::devbroker
