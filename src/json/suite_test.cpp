#include "json/suite.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "json/conformance_rig.h"
#include "json/document.h"
#include "json/evaluate.h"
#include "json/walker.h"

namespace outflow::json {
namespace {

const ConformanceFile our_rows(OUTFLOW_SOURCE_DIR "/src/json", "jsonpath_rows.json");

// How many rows there are; all of them agree.
std::size_t check_rows(const ConformanceFile& file) {
    auto report = run_suite(file.text());
    if (!report) {
        ADD_FAILURE() << report.error().context;
        return 0;
    }
    std::printf("%zu rows run, %zu agree\n", report->rows, report->agreed());
    for (const std::string& why : report->disagreements) ADD_FAILURE() << why;
    return report->rows;
}

TEST(Suite, all_of_the_compliance_suite_agrees) {
    const ConformanceFile file(cases_folder(OUTFLOW_SOURCE_DIR), "cts.json");
    if (file.is_missing()) GTEST_SKIP() << file.reason();
    EXPECT_EQ(check_rows(file), 703U);
}

// Every selector, comparison and function: what it finds, and what it does not.
TEST(Suite, all_rows_of_our_own_agree) { EXPECT_GE(check_rows(our_rows), 350U); }

std::string as_text(const Node& node) {
    std::string text;
    append_json(text, node);
    return text;
}

std::string select_text(Evaluator& evaluator, const Query& query, std::size_t first) {
    std::string text;
    auto nodes = evaluator.select(query, first);
    EXPECT_TRUE(nodes.has_value());
    for (const Value& node : *nodes) append_json(text, node);
    return text;
}

// What a walk finds for a definite query is what an evaluation finds; so is what an evaluation finds from there on.
void check_walks(const ConformanceFile& file, std::size_t least_definite, std::size_t least_continued) {
    auto suite = parse_document(file.text());
    ASSERT_TRUE(suite.has_value()) << suite.error().context;
    std::size_t definite = 0;
    std::size_t continued = 0;
    Walker walker;
    Evaluator whole;
    Evaluator inside;
    for (const Node& row : suite->root.find("tests")->items) {
        auto query = parse_query(row.find("selector")->text);
        if (!query) continue;
        std::string document = as_text(*row.find("document"));
        Value value;
        PathSet paths;
        paths.add_value(query->leading_steps());
        ASSERT_TRUE(walker.open(document).has_value());
        ASSERT_TRUE(walker.walk(paths, {&value, 1}, {}).has_value());
        ASSERT_TRUE(whole.open(document).has_value());
        const std::string expected = select_text(whole, *query, 0);
        std::string found;
        if (query->definite_path() != nullptr) {
            append_json(found, value);
            ++definite;
        } else {
            if (query->refers_to_root() && !query->leading_steps().empty()) continue;
            ASSERT_TRUE(inside.open(value).has_value());
            found = select_text(inside, *query, query->leading_steps().size());
            ++continued;
        }
        EXPECT_EQ(found, expected) << row.find("name")->text;
    }
    EXPECT_GE(definite, least_definite);
    EXPECT_GE(continued, least_continued);
}

TEST(Suite, walks_and_evaluations_agree_on_the_compliance_suite) {
    const ConformanceFile file(cases_folder(OUTFLOW_SOURCE_DIR), "cts.json");
    if (file.is_missing()) GTEST_SKIP() << file.reason();
    check_walks(file, 79, 300);
}

TEST(Suite, walks_and_evaluations_agree_on_our_own_rows) { check_walks(our_rows, 30, 130); }

TEST(Suite, disagreements_are_reported) {
    auto report = run_suite(R"({"tests": [
        {"name": "right", "selector": "$.a", "document": {"a": 1.0}, "result": [1], "result_paths": ["$['a']"]},
        {"name": "other value", "selector": "$.a", "document": {"a": 1}, "result": [2]},
        {"name": "other place", "selector": "$.a", "document": {"a": 1}, "result": [1], "result_paths": ["$['b']"]},
        {"name": "none of them", "selector": "$.a", "document": {"a": 1}, "results": [[], [2]]},
        {"name": "valid", "selector": "$.a", "invalid_selector": true},
        {"name": "invalid", "selector": "$a", "document": 1, "result": []}]})");
    ASSERT_TRUE(report.has_value()) << report.error().context;
    EXPECT_EQ(report->rows, 6U);
    EXPECT_EQ(report->agreed(), 1U);
    const std::string_view expected[] = {
        "other value: `$.a`: it gives [1], expected [2]",
        "other place: `$.a`: its places are [\"$['a']\"], expected [\"$['b']\"]",
        "none of them: `$.a`: it gives [1], expected [2]",
        "valid: `$.a`: it should be refused",
        "invalid: `$a`: JSONPath `$a`, character 2: expected `.` or `[`: `$.a`.",
    };
    ASSERT_EQ(report->disagreements.size(), std::size(expected));
    for (std::size_t at = 0; at < std::size(expected); ++at) EXPECT_EQ(report->disagreements[at], expected[at]);
}

TEST(Suite, files_of_another_form_are_refused) {
    for (std::string_view text :
         {"", "[]", "{}", R"({"tests": 1})", R"({"tests": [1]})", R"({"tests": [{"selector": 1}]})",
          R"({"tests": [{"selector": "$"}]})", R"({"tests": [{"selector": "$", "document": 1}]})"}) {
        EXPECT_FALSE(run_suite(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace outflow::json
