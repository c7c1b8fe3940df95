// Rows of public suites that say what the open-source engine answers: docs/conformance.md.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "json/conformance_rig.h"
#include "pattern/alibaba/rig.h"

namespace outflow::pattern {
namespace {

using json::cases_folder;
using json::ConformanceFile;
using json::Node;
using Ids = std::set<std::string>;

// The row's id; nothing where the answer is what is expected.
std::string difference(const Node& row, const std::string& answer, const std::string& expected) {
    return answer == expected ? std::string() : row.find("id")->text;
}

// Several patterns of a row are ORed; each row has one.
std::string answer_row(const Node& row) {
    const Node& patterns = *row.find("patterns");
    EXPECT_EQ(patterns.items.size(), 1U);
    return alibaba_answer(patterns.items[0].text, row.find("event")->text);
}

// `contains` is the hosted product's; the open-source engine does not know it.
TEST(alibaba_cases, the_probes_are_answered_as_the_engine_answers) {
    const ConformanceFile file(cases_folder(OUTFLOW_SOURCE_DIR), "probes.jsonl");
    if (file.is_missing()) GTEST_SKIP() << file.reason();
    Ids with_contains;
    const Ids differing = file.run(1'500, [&with_contains](const Node& row) {
        const std::string& expected = row.find("ali")->text;
        if (row.find("patterns")->items.at(0).text.find("\"contains\"") != std::string::npos) {
            with_contains.insert(row.find("id")->text);
        }
        return difference(row, answer_row(row), expected == "error" ? "invalid" : expected);
    });
    EXPECT_EQ(with_contains.size(), 31U);
    EXPECT_EQ(differing, with_contains);
}

TEST(alibaba_cases, the_assertions_of_the_engine_s_own_tests_hold) {
    const ConformanceFile file(cases_folder(OUTFLOW_SOURCE_DIR), "rocketmq_eventbridge_tests.jsonl");
    if (file.is_missing()) GTEST_SKIP() << file.reason();
    EXPECT_EQ(file.run(50,
                       [](const Node& row) {
                           const bool matches = row.find("expected")->text == "true";
                           return difference(row, answer_row(row), matches ? "match" : "nomatch");
                       }),
              Ids{});
}

TEST(alibaba_cases, patterns_are_valid_where_they_are_for_the_engine) {
    const ConformanceFile file(cases_folder(OUTFLOW_SOURCE_DIR), "rocketmq_eventbridge_validity.jsonl");
    if (file.is_missing()) GTEST_SKIP() << file.reason();
    EXPECT_EQ(file.run(53,
                       [](const Node& row) {
                           const bool is_valid = row.find("valid")->text == "true";
                           const std::string answer = alibaba_answer(row.find("pattern")->text, "");
                           return difference(row, answer, is_valid ? "valid" : "invalid");
                       }),
              Ids{});
}

}  // namespace
}  // namespace outflow::pattern
