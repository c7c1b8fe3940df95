// The fields of a rule by their names, for both of its forms. Inside devbroker only.
#pragma once

#include <string>
#include <string_view>

#include "devbroker/faults.h"
#include "json/value.h"

namespace outflow::devbroker {

// Sets the field `name` (an entry of `ext` by "ext.NAME"). `kind` is the value's in JSON; json::Kind::missing: it comes
// from text, where every kind is spelled alike and a flag may stand without a value (`value` is then "true").
// Returns a sentence about what is wrong; empty: nothing.
std::string set_fault_field(Fault& fault, std::string_view name, std::string_view value,
                            json::Kind kind = json::Kind::missing);

// "send", "any" or the number of a request code. A sentence as above.
std::string set_fault_target(Fault& fault, std::string_view value);

// Whether the fields fit each other. A sentence as above.
std::string check_fault(const Fault& fault);

// Whether `name` is a flag: true when it stands alone.
bool is_fault_flag(std::string_view name);

}  // namespace outflow::devbroker
