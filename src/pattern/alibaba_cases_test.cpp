// Rows of public suites that say what the open-source engine answers, read from where they lie: ../shared/cases beside
// the project, or the folder OUTFLOW_CASES.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "pattern/alibaba_rig.h"

namespace outflow::pattern {
namespace {

using json::Node;
using Ids = std::set<std::string>;

// `ask` gives our answer and the expected one. The ids of the rows where they differ.
template <class Ask>
Ids run_file(const std::string& name, std::size_t rows, Ask ask) {
    const char* set_folder = std::getenv("OUTFLOW_CASES");
    const std::string folder = set_folder != nullptr ? set_folder : OUTFLOW_SOURCE_DIR "/../shared/cases";
    const std::string path = folder + "/" + name;
    std::ifstream file(path);
    EXPECT_TRUE(file.good()) << "No " << path << "; set OUTFLOW_CASES to the folder with the rows.";
    std::size_t ran = 0;
    Ids differing;
    for (std::string line; std::getline(file, line); ++ran) {
        auto row = json::parse_document(line);
        if (!row) {
            ADD_FAILURE() << line;
            continue;
        }
        const auto [answer, expected] = ask(row->root);
        if (answer != expected) differing.insert(row->root.find("id")->text);
    }
    std::printf("%s: %zu rows ran, %zu agree\n", name.c_str(), ran, ran - differing.size());
    EXPECT_GE(ran, rows);
    return differing;
}

// Several patterns of a row are ORed; each row has one.
std::string answer_row(const Node& row) {
    const Node& patterns = *row.find("patterns");
    EXPECT_EQ(patterns.items.size(), 1U);
    return alibaba_answer(patterns.items[0].text, row.find("event")->text);
}

using Pair = std::pair<std::string, std::string>;

// `contains` is the hosted product's; the open-source engine does not know it.
TEST(alibaba_cases, the_probes_are_answered_as_the_engine_answers) {
    Ids with_contains;
    const Ids differing = run_file("probes.jsonl", 1500, [&with_contains](const Node& row) {
        const std::string& expected = row.find("ali")->text;
        if (row.find("patterns")->items.at(0).text.find("\"contains\"") != std::string::npos) {
            with_contains.insert(row.find("id")->text);
        }
        return Pair{answer_row(row), expected == "error" ? "invalid" : expected};
    });
    EXPECT_EQ(with_contains.size(), 31U);
    EXPECT_EQ(differing, with_contains);
}

TEST(alibaba_cases, the_assertions_of_the_engine_s_own_tests_hold) {
    EXPECT_EQ(run_file("rocketmq_eventbridge_tests.jsonl", 50,
                       [](const Node& row) {
                           const bool matches = row.find("expected")->text == "true";
                           return Pair{answer_row(row), matches ? "match" : "nomatch"};
                       }),
              Ids{});
}

TEST(alibaba_cases, patterns_are_valid_where_they_are_for_the_engine) {
    EXPECT_EQ(run_file("rocketmq_eventbridge_validity.jsonl", 53,
                       [](const Node& row) {
                           const bool is_valid = row.find("valid")->text == "true";
                           return Pair{alibaba_answer(row.find("pattern")->text, ""), is_valid ? "valid" : "invalid"};
                       }),
              Ids{});
}

}  // namespace
}  // namespace outflow::pattern
