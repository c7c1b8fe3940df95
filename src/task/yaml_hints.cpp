#include "task/yaml_hints.h"

#include <algorithm>

#include <fmt/format.h>

namespace outflow::task {
namespace {

constexpr std::string_view spaces = " \t";
constexpr std::string_view openers = ":[,{";  // behind which a value is expected

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::string_view line_at(std::string_view text, std::size_t number) {
    for (std::size_t line = 1; line < number && !text.empty(); ++line) {
        text.remove_prefix(std::min(first_line(text).size() + 1, text.size()));
    }
    return first_line(text);
}

// A # where a value is expected, which begins a comment instead: `topic: #`, `[ # ]`. Line 0: there is none.
Position place_of_swallowing_comment(std::string_view text) {
    Position place{1, 0};
    for (; !text.empty(); ++place.line) {
        const std::string_view line = first_line(text);
        for (std::size_t at = line.find(" #"); at != std::string_view::npos; at = line.find(" #", at + 1)) {
            const std::size_t before = line.find_last_not_of(spaces, at);
            if (before == std::string_view::npos || openers.find(line[before]) == std::string_view::npos) continue;
            place.column = at + 2;
            return place;
        }
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return {};
}

}  // namespace

void explain_malformed(std::string_view text, YamlDiagnostic& diagnostic) {
    if (diagnostic.sentence.ends_with("flow not found")) {  // a bracket is not closed; the library tells no place
        const Position comment = place_of_swallowing_comment(text);
        if (comment.line == 0) return;
        diagnostic.place = comment;
        diagnostic.hint = "an unquoted # begins a comment, here up to the end of the line; write \"#\"";
        return;
    }
    const std::string_view line = line_at(text, diagnostic.place.line);
    const std::string_view margin = line.substr(0, line.find_first_not_of(spaces));
    if (margin.find('\t') != std::string_view::npos) {
        diagnostic.hint = "YAML is not indented by tabs; use spaces";
        return;
    }
    const std::string_view rest = line.substr(std::min(line.size(), diagnostic.place.column - 1));
    if (rest.empty() || std::string_view(">|@`%*&").find(rest[0]) == std::string_view::npos) return;
    diagnostic.hint = fmt::format("a text that begins with {0} stands in quotes: \"{1}\"", rest[0],
                                  rest.substr(0, rest.find_first_of(" ,]}")));
}

void warn_about_underscores(const YamlNode& scalar, std::vector<YamlDiagnostic>& warnings) {
    if (scalar.text.find('_') == std::string::npos || scalar.text[0] == '_') return;
    std::string digits = scalar.text;
    std::erase(digits, '_');
    if (resolve_plain(digits) == ScalarType::text) return;
    warnings.push_back({scalar.place, fmt::format("{} is a text in YAML 1.2", scalar.text),
                        fmt::format("write {} for a number, or put it into quotes", digits)});
}

void warn_about_version(std::string_view text, std::vector<YamlDiagnostic>& warnings) {
    for (Position place{1, 1}; !text.empty(); ++place.line) {
        const std::string_view line = first_line(text);
        if (line.starts_with("%YAML 1.") && !line.starts_with("%YAML 1.2")) {
            warnings.push_back({place, "the file is read as YAML 1.2, in which yes, no, on and off are texts",
                                "write true or false, and leave the directive out"});
            return;
        }
        if (!line.empty() && line[0] != '#' && line[0] != '%') return;  // directives stand before everything else
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
}

}  // namespace outflow::task
