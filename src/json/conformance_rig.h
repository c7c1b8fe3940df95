// Rows of public suites for the tests. They are no part of the project: docs/conformance.md says what they are.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "json/document.h"

namespace outflow::json {

struct ConformanceEntry {
    std::string_view file;
    std::string_view shows;  // what its rows show
};

inline constexpr ConformanceEntry conformance_files[] = {
    {"cts.json", "that JSONPath is that of RFC 9535"},
    {"aws_event_ruler_core.jsonl", "that patterns match as in AWS Event Ruler"},
    {"aws_event_ruler_validity.jsonl", "that the patterns of AWS Event Ruler are valid"},
    {"aws_hosted_localstack.jsonl", "that patterns match as in AWS EventBridge"},
    {"rocketmq_eventbridge_tests.jsonl", "that patterns match as in RocketMQ EventBridge"},
    {"rocketmq_eventbridge_validity.jsonl", "that the patterns of RocketMQ EventBridge are valid"},
    {"rocketmq_eventbridge_transforms.jsonl", "that forms give what they give in RocketMQ EventBridge"},
    {"probes.jsonl", "that patterns match where Event Ruler and RocketMQ EventBridge agree"},
};

// The folder OUTFLOW_CASES, or else ../shared/cases beside the project. `project` is OUTFLOW_SOURCE_DIR, which only a
// test's own file knows.
inline std::string cases_folder(const std::string& project) {
    const char* given = std::getenv("OUTFLOW_CASES");
    return given != nullptr ? given : project + "/../shared/cases";
}

class ConformanceFile {
public:
    ConformanceFile(const std::string& folder, std::string_view name) : name_(name), path_(folder + "/" + name_) {
        std::ifstream file(path_);
        is_missing_ = !file.good();
        std::ostringstream all;
        all << file.rdbuf();
        text_ = all.str();
    }

    bool is_missing() const { return is_missing_; }
    // One line for GTEST_SKIP.
    std::string reason() const {
        std::string shows = "more rows";
        for (const ConformanceEntry& each : conformance_files) {
            if (each.file == name_) shows = each.shows;
        }
        return "There is no " + path_ + ", which would show " + shows + "; docs/conformance.md says how to get it.";
    }

    const std::string& text() const { return text_; }

    // Of a file with a row a line. `differs` gets each row and tells how our answer differs, or an empty text. Returns
    // what was reported.
    template <class Differs>
    std::set<std::string> run(std::size_t rows, Differs differs) const {
        std::set<std::string> found;
        std::size_t ran = 0;
        std::istringstream lines(text_);
        for (std::string line; std::getline(lines, line); ++ran) {
            auto row = parse_document(line);
            if (!row) {
                ADD_FAILURE() << line;
                continue;
            }
            std::string reported = differs(row->root);
            if (!reported.empty()) found.insert(std::move(reported));
        }
        std::printf("%s: %zu rows ran, %zu agree\n", name_.c_str(), ran, ran - found.size());
        EXPECT_EQ(ran, rows) << path_;
        return found;
    }

private:
    std::string name_;
    std::string path_;
    std::string text_;
    bool is_missing_ = false;
};

}  // namespace outflow::json
