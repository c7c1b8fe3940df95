// Texts with `*` for any run of bytes, `\*` for a star and `\\` for a backslash.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outflow::pattern {

class Wildcard {
public:
    // Nothing, with the reason, for `**` and for other escapes.
    static std::optional<Wildcard> parse(std::string_view text, std::string& reason);

    // In time linear in `text`, whatever the stars.
    bool matches(std::string_view text) const;

private:
    std::vector<std::string> parts_;  // between the stars; one: there is no star
};

// Whether `part` stands in `text`, and where; linear in both. npos: it does not.
std::size_t find_part(std::string_view text, std::string_view part);

}  // namespace outflow::pattern
