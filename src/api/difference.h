// What differs between two JSON values, for the audit log and for people.
#pragma once

#include <string>
#include <vector>

#include "json/document.h"

namespace outflow::api {

struct Difference {
    std::string pointer;  // RFC 6901; empty: the whole value
    json::Node before;    // missing: it was not there
    json::Node after;     // missing: it is not there any more
};

// In the order of the texts. Objects, and lists of as many objects, are compared piece by piece.
std::vector<Difference> find_differences(const json::Node& before, const json::Node& after);

// [{"pointer":"/filter","before":..,"after":..}]
std::string render_differences(const std::vector<Difference>& differences);
// The same for the same text, and for no other.
std::string digest_text(std::string_view text);
// Appends differences as JSON; null: it was not there, or is not there any more.
void append_differences(std::string& out, const json::Node* before, const json::Node* after);

}  // namespace outflow::api
