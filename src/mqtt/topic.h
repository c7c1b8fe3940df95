// Topic names and topic filters (MQTT 5, 4.7 and 4.8.2; the same in 3.1.1).
#pragma once

#include <string_view>

#include "base/result.h"

namespace outflow::mqtt {

inline constexpr std::size_t topic_levels_max = 128;  // ours, for filters; Mosquitto allows 200

// Well-formed UTF-8 without U+0000 (MQTT 5, 1.5.4), which excludes surrogates and over-long forms.
bool is_utf8_string(std::string_view bytes);

// As validate_topic_name, without the reason and without the length; fast for ASCII.
bool is_topic_name(std::string_view topic);

// A topic name: UTF-8, 1 to 65,535 bytes, no wildcard. Error: invalid_argument with the reason.
Status validate_topic_name(std::string_view topic);

// A topic filter, shared ones ("$share/<group>/<filter>") included. Error: invalid_argument with the reason.
Status validate_filter(std::string_view filter);

struct SharedFilter {
    std::string_view group;   // empty: not shared
    std::string_view filter;  // what is left after the group
};
// Splits a valid filter.
SharedFilter split_shared(std::string_view filter);

bool has_wildcard(std::string_view filter);

// Whether a valid topic name matches a valid filter; of a shared filter what follows the group counts. A wildcard at
// the first level does not match topics that start with '$'.
bool matches(std::string_view filter, std::string_view topic);

}  // namespace outflow::mqtt
