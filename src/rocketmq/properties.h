// Properties of a message in wire form: name 0x01 value 0x02, repeated. Names and values hold neither byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outflow::rocketmq {

inline constexpr char property_value_separator = '\x01';
inline constexpr char property_end = '\x02';

namespace property_name {
inline constexpr std::string_view keys = "KEYS";
inline constexpr std::string_view tags = "TAGS";
inline constexpr std::string_view unique_key = "UNIQ_KEY";
inline constexpr std::string_view wait = "WAIT";
inline constexpr std::string_view sharding_key = "__SHARDINGKEY";
inline constexpr std::string_view instance_id = "INSTANCE_ID";
}  // namespace property_name

// What had to be changed so that properties fit; counts only grow.
struct PropertyChanges {
    std::uint64_t renamed = 0;              // reserved names, carried as `mqtt.<name>`
    std::uint64_t left_out = 0;             // empty names and values
    std::uint64_t separators_replaced = 0;  // names, values, keys and tags in which 0x01 or 0x02 became spaces
};

// Whether RocketMQ keeps the name for itself.
bool is_reserved_property(std::string_view name);

// Appends a property of our own (property_name). An empty value is left out; true: separators in it became spaces.
bool append_property(std::string& out, std::string_view name, std::string_view value);

// Appends a user's property by the rules of docs/tasks.md, and counts what it changed.
void append_user_property(std::string& out, std::string_view name, std::string_view value, PropertyChanges& changes);

struct Property {
    std::string_view name;
    std::string_view value;
};

// As RocketMQ reads them: the last separator may be missing; entries without a name, value or inner separator are
// passed over. Views into `bytes`.
std::vector<Property> decode_properties(std::string_view bytes);

// The value of the first property with that name; empty when absent.
std::string_view find_property(std::string_view bytes, std::string_view name);

}  // namespace outflow::rocketmq
