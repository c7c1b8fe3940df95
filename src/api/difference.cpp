#include "api/difference.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sodium.h>

namespace outflow::api {

namespace {

json::Node missing() {
    json::Node node;
    node.kind = json::Kind::missing;
    return node;
}

std::string below(const std::string& pointer, std::string_view name) {
    std::string inner = pointer;
    json::append_pointer(inner, name);
    return inner;
}

void compare_values(const json::Node& before, const json::Node& after, const std::string& pointer,
                    std::vector<Difference>& out) {
    if (before == after) return;  // nodes of the kind missing, too
    const bool are_objects = before.is(json::Kind::object) && after.is(json::Kind::object);
    const bool are_arrays = before.is(json::Kind::array) && after.is(json::Kind::array);
    // Of a list of texts or numbers it is the list that a person has changed.
    const auto is_object = [](const json::Node& item) { return item.is(json::Kind::object); };
    if (are_arrays && before.items.size() == after.items.size() &&
        std::all_of(before.items.begin(), before.items.end(), is_object)) {
        for (std::size_t i = 0; i < before.items.size(); ++i)
            compare_values(before.items[i], after.items[i], pointer + "/" + std::to_string(i), out);
        return;
    }
    if (!are_objects) return out.push_back({pointer, before, after});
    for (const json::Member& member : before.members) {
        const json::Node* same = after.find(member.name);
        if (same != nullptr) compare_values(member.value, *same, below(pointer, member.name), out);
        else out.push_back({below(pointer, member.name), member.value, missing()});
    }
    for (const json::Member& member : after.members)
        if (before.find(member.name) == nullptr) out.push_back({below(pointer, member.name), missing(), member.value});
}

}  // namespace

std::vector<Difference> find_differences(const json::Node& before, const json::Node& after) {
    std::vector<Difference> differences;
    compare_values(before, after, {}, differences);
    return differences;
}

std::string render_differences(const std::vector<Difference>& differences) {
    std::string out = "[";
    for (const Difference& each : differences) {
        if (out.size() > 1) out += ',';
        out += "{\"pointer\":";
        json::append_json_string(out, each.pointer);
        if (!each.before.is(json::Kind::missing)) json::append_json(out += ",\"before\":", each.before);
        if (!each.after.is(json::Kind::missing)) json::append_json(out += ",\"after\":", each.after);
        out += '}';
    }
    return out += ']';
}

void append_differences(std::string& out, const json::Node* before, const json::Node* after) {
    out += render_differences(
        find_differences(before != nullptr ? *before : missing(), after != nullptr ? *after : missing()));
}

std::string digest_text(std::string_view text) {
    std::array<unsigned char, 16> hash{};
    crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       nullptr, 0);
    return fmt::format("{:02x}", fmt::join(hash, ""));
}

}  // namespace outflow::api
