#include "transform/record_text.h"

#include <algorithm>
#include <cstring>

#include "json/elements.h"

namespace outflow::transform {

using event::Property;
using json::Kind;
using json::Value;

namespace {

// Of a repeated name the first counts; what has no data (unlike an empty text) is left out.
std::span<const Property> keep_first(const std::vector<Property>& list, event::Arena& arena) {
    auto* order = arena.allocate_array<std::uint32_t>(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
    std::sort(order, order + list.size(), [&](std::uint32_t left, std::uint32_t right) {
        return list[left].name != list[right].name ? list[left].name < list[right].name : left < right;
    });
    std::uint32_t* end = std::unique(order, order + list.size(), [&](std::uint32_t left, std::uint32_t right) {
        return list[left].name == list[right].name;
    });
    std::sort(order, end);
    auto* kept = arena.allocate_array<Property>(list.size());
    std::size_t count = 0;
    for (const std::uint32_t* place = order; place != end; ++place) {
        if (list[*place].value.data() != nullptr) kept[count++] = list[*place];
    }
    return {kept, count};
}

}  // namespace

std::string_view text_of(const Value& value, event::Arena& arena) {
    if (!value.escaped) return value.raw;
    return json::decode_string(value.raw, arena.allocate(value.raw.size()));
}

std::string_view keys_of(const Value& value, event::Arena& arena) {
    if (value.kind != Kind::array) return text_of(value, arena);
    // The texts are never longer than their spelling, and each comma makes room for a space.
    char* text = arena.allocate(value.raw.size());
    std::size_t size = 0;
    json::ElementReader elements(value);
    for (Value element; elements.next(element);) {
        if (element.kind == Kind::null || element.raw.empty()) continue;
        if (size > 0) text[size++] = ' ';
        if (element.escaped) {
            size += json::decode_string(element.raw, text + size).size();
        } else {
            std::memcpy(text + size, element.raw.data(), element.raw.size());
            size += element.raw.size();
        }
    }
    return {text, size};
}

std::span<const Property> properties_of(const Value& object, event::Arena& arena, std::vector<Property>& list) {
    list.clear();
    json::ElementReader members(object);
    for (Value name, value; members.next(name, value);) {
        std::string_view text = value.kind == Kind::null ? std::string_view() : text_of(value, arena);
        list.push_back({text_of(name, arena), text});
    }
    return keep_first(list, arena);
}

}  // namespace outflow::transform
