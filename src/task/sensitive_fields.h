// Where the secrets of a definition are, and what it names on the machine that runs it: by the table of fields.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "json/document.h"

namespace outflow::task {

enum class Sensitive : std::uint8_t {
    secret,       // a text; or the object that says where the secret is
    environment,  // the text is a variable's name
    file,         // the text is a path
};

// Calls `visit` for each such value of `object`, which belongs to the table's object `kind` ("instance", "task"); `pointer`
// (RFC 6901) leads to it from there. It may change the value, but not remove it. What is no field is passed over.
void for_each_sensitive(
    json::Node& object, std::string_view kind,
    const std::function<void(const std::string& pointer, json::Node& value, Sensitive what)>& visit);

}  // namespace outflow::task
