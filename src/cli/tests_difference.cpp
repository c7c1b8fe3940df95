#include "cli/tests_difference.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/base64.h"
#include "cli/message_text.h"
#include "json/decimal.h"
#include "json/value.h"

namespace outflow::cli {

namespace {

using json::Kind;
using json::Node;

constexpr std::size_t shown_bytes_max = 200;
constexpr std::size_t before_difference_bytes = 40;
constexpr std::size_t json_lines_max = 20;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

// Of valid UTF-8; whole characters.
std::string cut_around(std::string_view text, std::size_t at) {
    if (text.size() <= shown_bytes_max) return std::string(text);
    std::size_t begin = at > before_difference_bytes ? std::min(at, text.size()) - before_difference_bytes : 0;
    while (begin > 0 && is_continuation(text[begin])) --begin;
    std::size_t end = std::min(begin + shown_bytes_max, text.size());
    while (end < text.size() && is_continuation(text[end])) --end;
    return fmt::format("{}{}{}", begin > 0 ? "..." : "", text.substr(begin, end - begin),
                       end < text.size() ? "..." : "");
}

std::string as_json(const Node& node) {
    std::string text;
    json::append_json(text, node);
    std::string shown;
    append_visible(shown, cut_around(text, 0));
    return shown;
}

class JsonDifferences {
public:
    JsonDifferences(Differences& out, std::string_view what) : out_(out), place_(what) {}

    void compare(const Node& expected, const Node& found) {
        if (expected.kind != found.kind) return differ(as_json(expected), as_json(found));
        if (expected.is(Kind::object)) return compare_members(expected, found);
        if (expected.is(Kind::array)) return compare_items(expected, found);
        const bool is_same = expected.is(Kind::number) ? json::compare(json::parse_decimal(expected.text),
                                                                       json::parse_decimal(found.text)) == 0
                                                       : expected.text == found.text;
        if (!is_same) differ(as_json(expected), as_json(found));
    }

    void finish() {
        if (count_ <= json_lines_max) return;
        out_.push_back(fmt::format("{}: {} more differences", place_, count_ - json_lines_max));
    }

private:
    void differ(const std::string& expected, const std::string& found) {
        if (++count_ > json_lines_max) return;
        std::string line;
        append_visible(line, place_);
        out_.push_back(fmt::format("{}: expected {}, found {}", line, expected, found));
    }

    template <class Compare>
    void below(std::string_view name, const Compare& compare) {
        const std::size_t size = place_.size();
        json::append_pointer(place_, name);
        compare();
        place_.resize(size);
    }

    void compare_members(const Node& expected, const Node& found) {
        std::map<std::string_view, const Node*> rest;
        for (const json::Member& member : found.members) rest.emplace(member.name, &member.value);
        for (const json::Member& member : expected.members) {
            const auto at = rest.find(member.name);
            below(member.name, [&] {
                if (at == rest.end()) differ(as_json(member.value), "nothing");
                else compare(member.value, *at->second);
            });
            if (at != rest.end()) rest.erase(at);
        }
        for (const auto& [name, value] : rest) {
            below(name, [&, shown = value] { differ("nothing", as_json(*shown)); });
        }
    }

    void compare_items(const Node& expected, const Node& found) {
        const std::size_t size = std::max(expected.items.size(), found.items.size());
        for (std::size_t i = 0; i < size; ++i) {
            below(std::to_string(i), [&] {
                if (i >= expected.items.size()) differ("nothing", as_json(found.items[i]));
                else if (i >= found.items.size()) differ(as_json(expected.items[i]), "nothing");
                else compare(expected.items[i], found.items[i]);
            });
        }
    }

    Differences& out_;
    std::string place_;
    std::size_t count_ = 0;
};

}  // namespace

std::string show_text(std::string_view text, std::size_t at) {
    if (!json::is_utf8(text)) {
        const bool is_cut = text.size() > shown_bytes_max;
        return fmt::format("Base64 {}{} of {} bytes", encode_base64(text.substr(0, shown_bytes_max)),
                           is_cut ? "..." : "", text.size());
    }
    const std::string cut = cut_around(text, at);
    std::string quoted;
    if (!text.starts_with('{') && !text.starts_with('[')) json::append_json_string(quoted, cut);
    std::string shown;
    append_visible(shown, quoted.empty() ? cut : quoted);
    return shown;
}

void compare_texts(Differences& out, std::string_view what, std::string_view expected, std::string_view found) {
    if (expected == found) return;
    const auto [at, _] = std::mismatch(expected.begin(), expected.end(), found.begin(), found.end());
    const auto byte = static_cast<std::size_t>(at - expected.begin());
    std::string line;
    append_visible(line, what);
    line += fmt::format(": expected {}, found {}", show_text(expected, byte), show_text(found, byte));
    if (std::max(expected.size(), found.size()) > shown_bytes_max) line += fmt::format(" (from byte {} on)", byte);
    out.push_back(std::move(line));
}

void compare_bodies(Differences& out, std::string_view what, std::string_view expected, std::string_view found) {
    if (expected == found) return;
    const auto wanted = json::parse_document(expected);
    const auto made = json::parse_document(found);
    const bool has_places = wanted && made && wanted->root.kind == made->root.kind &&
                            (wanted->root.is(Kind::object) || wanted->root.is(Kind::array));
    const std::size_t before = out.size();
    if (has_places) compare_json(out, what, wanted->root, made->root);
    if (out.size() != before) return;
    compare_texts(out, what, expected, found);
    if (has_places) out.back() += ": the same JSON in another spelling, which `body_json` takes";
}

void compare_json(Differences& out, std::string_view what, const Node& expected, const Node& found) {
    JsonDifferences differences(out, what);
    differences.compare(expected, found);
    differences.finish();
}

void compare_json_body(Differences& out, std::string_view what, const Node& expected, std::string_view found) {
    const auto made = json::parse_document(found);
    if (made) return compare_json(out, what, expected, made->root);
    out.push_back(
        fmt::format("{}: expected {}, found {}, which is not JSON", what, as_json(expected), show_text(found)));
}

}  // namespace outflow::cli
