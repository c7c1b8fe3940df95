// What the tests of loading share: a smallest file, ways to change it, and the check of its errors.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "task/load.h"

namespace outflow::task {

inline constexpr std::string_view base = R"(instances:
  edge:
    mqtt: { endpoint: "mqtt://127.0.0.1:1883" }
  analytics:
    rocketmq: { name_servers: ["127.0.0.1:9876"] }
tasks:
  - name: press
    source:
      mqtt: { instance: edge, topic: "factory/+/press" }
    sink:
      rocketmq: { instance: analytics, topic: telemetry }
    property: { dead_letter: { file: press.dead.jsonl } }
)";

inline constexpr std::string_view base_property = "    property: { dead_letter: { file: press.dead.jsonl } }\n";

inline std::string with(std::string_view from, std::string_view to) {
    std::string text(base);
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

inline std::string all_lines(const Loaded& loaded) {
    std::string out;
    for (const Diagnostic& diagnostic : loaded.diagnostics) out += render_diagnostic(diagnostic) + "\n";
    return out;
}

struct DiagnosticCase {
    const char* name;
    std::string text;
    std::size_t line;
    std::string path;
    const char* words;  // of the rendered line, in this order, separated by |
};

inline bool holds_words(std::string_view line, std::string_view words) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find('|'), words.size());
        const std::size_t at = line.find(words.substr(0, end));
        if (at == std::string_view::npos) return false;
        line.remove_prefix(at);
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return true;
}

// Each text has exactly one error.
inline void check_diagnostics(const std::vector<DiagnosticCase>& cases, Severity severity = Severity::error) {
    for (const DiagnosticCase& row : cases) {
        SCOPED_TRACE(row.name);
        const Loaded loaded = load_text("t.yaml", row.text);
        ASSERT_EQ(loaded.diagnostics.size(), 1U) << all_lines(loaded) << row.text;
        const Diagnostic& diagnostic = loaded.diagnostics[0];
        EXPECT_EQ(diagnostic.severity, severity);
        EXPECT_EQ(diagnostic.line, row.line) << all_lines(loaded);
        EXPECT_EQ(diagnostic.path, row.path);
        EXPECT_TRUE(holds_words(render_diagnostic(diagnostic), row.words)) << all_lines(loaded) << row.words;
    }
}

inline std::string with_task(std::string_view field) {
    return with("    property:", fmt::format("    {}\n    property:", field));
}
inline std::string with_property(std::string_view property) {
    return with("property: { dead_letter: { file: press.dead.jsonl } }", fmt::format("property: {}", property));
}
inline std::string with_mqtt(std::string_view fields) {
    return with("topic: \"factory/+/press\"", fmt::format("topic: \"factory/+/press\", {}", fields));
}
inline std::string with_sink(std::string_view fields) {
    return with("topic: telemetry", fmt::format("topic: telemetry, {}", fields));
}
inline std::string with_source(std::string_view fields) {
    return with("    sink:", fmt::format("      {}\n    sink:", fields));
}

}  // namespace outflow::task
