#include "http/message.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace outflow::http {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool equals_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

void Fields::set(std::string_view name, std::string value) {
    std::erase_if(fields_, [name](const Field& field) { return equals_ignoring_case(field.name, name); });
    fields_.push_back({std::string(name), std::move(value)});
}

std::string_view Fields::find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(),
                                    [name](const Field& field) { return equals_ignoring_case(field.name, name); });
    return found == fields_.end() ? std::string_view() : found->value;
}

std::size_t Fields::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        fields_.begin(), fields_.end(), [name](const Field& field) { return equals_ignoring_case(field.name, name); }));
}

std::string_view Request::parameter(std::string_view name) const {
    for (const auto& [own_name, value] : parameters)
        if (own_name == name) return value;
    return {};
}

std::optional<std::string> Request::query_value(std::string_view name) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t mark = std::min(pair.find('='), pair.size());
        if (decode_percent(pair.substr(0, mark)) != name) continue;
        std::string value(pair.substr(std::min(mark + 1, pair.size())));
        std::replace(value.begin(), value.end(), '+', ' ');
        return decode_percent(value);
    }
    return std::nullopt;
}

Response sentence(unsigned status, std::string_view text) {
    return Response{.status = status, .body = std::string(text) + "\n"};
}

std::optional<std::string> decode_percent(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded.push_back(text[at]);
            continue;
        }
        if (text.size() - at < 3) return std::nullopt;
        std::uint8_t byte = 0;
        const auto [end, error] = std::from_chars(text.data() + at + 1, text.data() + at + 3, byte, 16);
        if (error != std::errc() || end != text.data() + at + 3 || byte == 0) return std::nullopt;
        decoded.push_back(static_cast<char>(byte));
        at += 2;
    }
    return decoded;
}

}  // namespace outflow::http
