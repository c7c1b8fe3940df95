// Several files, limits, secrets, rendering.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "task/load.h"

namespace outflow::task {
namespace {

constexpr std::string_view instances = R"(instances:
  edge: { mqtt: { endpoint: "mqtt://a" } }
  out: { rocketmq: { name_servers: [a] } }
)";

std::string task_named(std::string_view name, std::string_view source_fields = "") {
    return fmt::format(
        "  - {{ name: {}, source: {{ mqtt: {{ instance: edge, topic: a/+{} }} }}, "
        "sink: {{ rocketmq: {{ instance: out, topic: t }} }}, property: {{ fault_tolerance: NONE }} }}\n",
        name, source_fields);
}

TEST(files, see_each_others_instances) {
    const SourceText texts[] = {{"tasks.yaml", "tasks:\n" + task_named("one")},
                                {"instances.yaml", std::string(instances)}};
    const Loaded loaded = load_texts(texts);
    EXPECT_TRUE(loaded.diagnostics.empty());
    EXPECT_EQ(loaded.document.tasks.at(0).file, "tasks.yaml");
}

TEST(files, define_a_name_once_over_all_of_them) {
    const SourceText texts[] = {{"a.yaml", std::string(instances) + "tasks:\n" + task_named("one")},
                                {"b.yaml", std::string(instances) + "tasks:\n" + task_named("one")}};
    const Loaded loaded = load_texts(texts);
    ASSERT_EQ(loaded.diagnostics.size(), 3U);
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        EXPECT_EQ(diagnostic.file, "b.yaml");
        EXPECT_NE(diagnostic.hint.find("a.yaml:"), std::string::npos);
    }
}

TEST(files, two_tasks_do_not_share_a_client_id) {
    const std::string text = std::string(instances) + "tasks:\n" + task_named("one", ", client_id: c") +
                             task_named("two", ", client_id: c") + task_named("three", ", client_id: d");
    const Loaded loaded = load_text("t.yaml", text);
    ASSERT_EQ(loaded.diagnostics.size(), 1U);
    EXPECT_EQ(loaded.diagnostics[0].path, "tasks.two.source.mqtt.client_id");
}

TEST(files, that_cannot_be_used_are_named) {
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "outflow_task_files";
    std::filesystem::create_directories(folder);
    const std::string large = (folder / "large.yaml").string();
    const std::string good = (folder / "good.json").string();
    std::ofstream(large) << std::string(file_limits::file_bytes_max + 1, '#');
    std::ofstream(good) << R"({"instances":{"edge":{"mqtt":{"endpoint":"mqtt://a"}}}})";
    const std::string paths[] = {(folder / "absent.yaml").string(), large, good, good, folder.string()};
    const Loaded loaded = load_files(paths);
    ASSERT_EQ(loaded.diagnostics.size(), 4U);
    EXPECT_EQ(loaded.diagnostics[0].file, paths[0]);
    EXPECT_EQ(loaded.diagnostics[1].file, large);
    EXPECT_EQ(loaded.diagnostics[2].sentence, "the file is given twice");
    EXPECT_EQ(loaded.diagnostics[3].file, folder.string());
    EXPECT_EQ(loaded.document.instances.size(), 1U);
    std::filesystem::remove_all(folder);
}

TEST(files, that_are_empty_or_something_else_are_refused) {
    for (const char* text : {"", "# nothing\n", "~", "---\n", "[]", "x", "5"}) {
        const Loaded loaded = load_text("t.yaml", text);
        EXPECT_EQ(loaded.diagnostics.size(), 1U) << text;
        EXPECT_FALSE(loaded.ok()) << text;
    }
}

TEST(files, hold_at_most_a_thousand_tasks) {
    std::string text = std::string(instances) + "tasks:\n";
    for (std::size_t i = 0; i < file_limits::tasks_max; ++i) text += task_named(fmt::format("t{}", i));
    EXPECT_TRUE(load_text("t.yaml", text).ok());
    const Loaded loaded = load_text("t.yaml", text + task_named("last"));
    ASSERT_EQ(loaded.diagnostics.size(), 1U);
    EXPECT_NE(loaded.diagnostics[0].sentence.find("more than 1,000 tasks"), std::string::npos);
}

TEST(files, with_many_diagnostics_show_the_first_and_count_the_rest) {
    std::string text = "tasks: []\n";
    for (int i = 0; i < 300; ++i) text += fmt::format("unknown{}: 1\n", i);
    const Loaded loaded = load_text("t.yaml", text);
    ASSERT_EQ(loaded.diagnostics.size(), file_limits::diagnostics_max + 1);
    EXPECT_EQ(loaded.diagnostics.back().sentence, "100 more errors are not shown");
}

TEST(files, never_show_secrets_in_diagnostics) {
    for (const char* secret :
         {"password: 1234", "password: [hush]", "password: { env: a, plain: hush }", "password: true"}) {
        const Loaded loaded = load_text(
            "t.yaml",
            fmt::format("instances:\n  a: {{ mqtt: {{ endpoint: \"mqtt://a\", username: u, {} }} }}\n", secret));
        ASSERT_FALSE(loaded.diagnostics.empty()) << secret;
        for (const Diagnostic& diagnostic : loaded.diagnostics) {
            const std::string line = render_diagnostic(diagnostic);
            EXPECT_EQ(line.find("1234"), std::string::npos) << line;
            EXPECT_EQ(line.find("hush"), std::string::npos) << line;
        }
    }
    const Loaded loaded = load_text("t.yaml", "instances: { a: { mqtt: { endpoint: \"mqtt://u:hush@a\" } } }\n");
    ASSERT_EQ(loaded.diagnostics.size(), 1U);
    EXPECT_EQ(render_diagnostic(loaded.diagnostics[0]).find("hush"), std::string::npos);
}

TEST(diagnostic, is_one_line_without_control_characters) {
    Diagnostic diagnostic{Severity::error, "a.yaml", 12, 7, "tasks.x", "expected\n\x1b[31m \xC2\x9B end", "do this"};
    EXPECT_EQ(render_diagnostic(diagnostic), "a.yaml:12:7: error: tasks.x: expected\\x0a\\x1b[31m \\x9b end; do this");
    diagnostic = {Severity::warning, "a.yaml", 0, 0, "", "something", ""};
    EXPECT_EQ(render_diagnostic(diagnostic), "a.yaml: warning: something");
}

TEST(diagnostic, summary_counts_errors_and_warnings) {
    const Diagnostic error;
    Diagnostic warning;
    warning.severity = Severity::warning;
    EXPECT_EQ(render_summary({}, 1), "no problems in 1 file");
    EXPECT_EQ(render_summary(std::vector{error, error, warning}, 3), "2 errors, 1 warning in 3 files");
    EXPECT_EQ(render_summary(std::vector{warning, warning}, 1), "2 warnings in 1 file");
    EXPECT_EQ(render_summary(std::vector{error}, 1), "1 error in 1 file");
}

}  // namespace
}  // namespace outflow::task
