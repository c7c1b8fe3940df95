#include "cli/pattern_rows.h"

#include <string>

#include <gtest/gtest.h>

#include "cli/command_rig.h"

namespace outflow::cli {
namespace {

std::string run_all(std::string_view text, const RowsOptions& options, RowsReport& report) {
    std::string out;
    const auto ran = run_rows(text, options, [&out](std::string_view line) { out += line; });
    if (!ran) return ran.error().context;
    report = *ran;
    return out;
}

std::string run_one(std::string_view line, const RowsOptions& options = {}) {
    RowsReport report;
    return run_all(line, options, report);
}

TEST(PatternRows, each_row_has_its_outcome) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {R"({"id":"a","pattern":"{\"data\":{\"t\":[1]}}","event":"{\"data\":{\"t\":1}}","expected":true})",
         R"({"id":"a","outcome":"match"})"},
        {R"({"id":"a","pattern":{"data":{"t":[1.0]}},"event":{"data":{"t":1e0}},"expected":true})",
         R"({"id":"a","outcome":"match"})"},
        {R"({"id":7,"pattern":{"data":{"t":[1]}},"event":{"data":{"t":2}}})", R"({"id":7,"outcome":"nomatch"})"},
        {R"({"pattern":{"data":{"t":1}},"event":{},"outcome":"invalid"})", R"({"id":1,"outcome":"invalid"})"},
        {R"({"pattern":{"data":{"t":[1]}},"valid":true})", R"({"id":1,"outcome":"valid"})"},
        {R"({"pattern":"{","valid":false})", R"({"id":1,"outcome":"invalid"})"},
        {R"({"patterns":["{\"data\":{\"t\":[1]}}","{\"data\":{\"t\":[2]}}"],"event":"{\"data\":{\"t\":2}}","expected":true})",
         R"({"id":1,"outcome":"match"})"},
        {R"({"patterns":[{"data":{"t":[1]}},{"data":{"t":2}}],"event":{"data":{"t":1}},"outcome":"error"})",
         R"({"id":1,"outcome":"invalid"})"},
        {R"({"pattern":{},"event":"{","expected":false})", R"({"id":1,"outcome":"invalid","expected":"nomatch"})"},
        {R"({"pattern":{},"event":{},"expected":false})", R"({"id":1,"outcome":"match","expected":"nomatch"})"},
        {R"({"pattern":{},"event":{},"valid":true})", R"({"id":1,"outcome":"match"})"},
        {R"({"pattern":{},"event":{},"valid":false})", R"({"id":1,"outcome":"match","expected":"invalid"})"},
        {R"({"pattern":{},"valid":false})", R"({"id":1,"outcome":"valid","expected":"invalid"})"},
    };
    for (const auto& [line, expected] : rows) EXPECT_EQ(run_one(line), std::string(expected) + "\n") << line;
}

TEST(PatternRows, the_column_and_the_wrapping_are_chosen) {
    const std::string_view row =
        R"({"id":"p","patterns":["{\"t\":[1]}"],"event":"{\"t\":1}","ali":"nomatch","aws":"error","expected":true})";
    RowsOptions options;
    options.wrap_data = true;
    EXPECT_EQ(run_one(row, options), "{\"id\":\"p\",\"outcome\":\"match\"}\n");
    options.column = "ali";
    EXPECT_EQ(run_one(row, options), "{\"id\":\"p\",\"outcome\":\"match\",\"expected\":\"nomatch\"}\n");
    options.column = "aws";
    EXPECT_EQ(run_one(row, options), "{\"id\":\"p\",\"outcome\":\"match\",\"expected\":\"invalid\"}\n");
    options.wrap_data = false;
    EXPECT_EQ(run_one(row, options), "{\"id\":\"p\",\"outcome\":\"invalid\"}\n");
}

TEST(PatternRows, what_is_wrapped_is_an_object_by_itself) {
    RowsOptions options;
    options.wrap_data = true;
    for (const char* pattern : {R"("{}")", R"("[1]")", R"("7")", R"("{}},\"x\":{\"a\":[1]")", R"("")"}) {
        const std::string line = std::string("{\"pattern\":") + pattern + ",\"event\":{}}";
        EXPECT_EQ(run_one(line, options), "{\"id\":1,\"outcome\":\"invalid\"}\n") << pattern;
    }
    EXPECT_EQ(run_one(R"({"pattern":{"a":[{"exists":false}]},"event":{}})", options),
              "{\"id\":1,\"outcome\":\"match\"}\n");
    EXPECT_EQ(run_one(R"({"pattern":{"a":[1]},"event":"[1]"})", options), "{\"id\":1,\"outcome\":\"invalid\"}\n");
}

TEST(PatternRows, the_dialect_is_chosen) {
    RowsOptions options;
    options.dialect = pattern::Dialect::alibaba;
    EXPECT_EQ(run_one(R"({"pattern":{"data":{"a":["1"]}},"event":{"data":{"a":1}},"expected":true})", options),
              "{\"id\":1,\"outcome\":\"match\"}\n");
}

TEST(PatternRows, a_filter_path_stands_beside_the_pattern_or_alone) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {R"({"filter_path":"$.data[?@.v > @.max]","event":{"data":{"body":{"v":2,"max":1}}}})", "match"},
        {R"({"filter_path":"$.data[?@.v > @.max]","event":{"data":{"body":{"v":1,"max":2}}}})", "nomatch"},
        {R"({"pattern":{"data":{"a":[1]}},"filter_path":"$.data.b","event":{"data":{"a":1,"b":null}}})", "match"},
        {R"({"pattern":{"data":{"a":[2]}},"filter_path":"$.data.b","event":{"data":{"a":1,"b":null}}})", "nomatch"},
        {R"({"filter_path":"data.b","event":{}})", "invalid"},
    };
    for (const auto& [row, outcome] : rows) {
        EXPECT_EQ(run_one(row), "{\"id\":1,\"outcome\":\"" + std::string(outcome) + "\"}\n") << row;
    }
}

TEST(PatternRows, they_are_counted) {
    RowsReport report;
    const std::string out = run_all("{\"pattern\":{},\"event\":{},\"expected\":true}\r\n\n"
                                    "{\"pattern\":{},\"event\":{},\"expected\":false}\n"
                                    "{\"pattern\":{},\"event\":{}}",
                                    {}, report);
    EXPECT_EQ(out, "{\"id\":1,\"outcome\":\"match\"}\n{\"id\":3,\"outcome\":\"match\",\"expected\":\"nomatch\"}\n"
                   "{\"id\":4,\"outcome\":\"match\"}\n");
    EXPECT_EQ(report.rows, 3U);
    EXPECT_EQ(report.agree, 1U);
    EXPECT_EQ(report.differ, 1U);
}

TEST(PatternRows, a_file_that_is_no_file_of_rows_is_refused) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"", "has no rows"},
        {"\n\n", "has no rows"},
        {"{}\n", "line 1: a row has a \"pattern\""},
        {"{\"pattern\":{}}\n{\"pattern\"}\n", "line 2: "},
        {"[]", "a row is a JSON object"},
        {R"({"patterns":"{}"})", "\"patterns\" is an array"},
        {R"({"patterns":[]})", "a row has a \"pattern\""},
        {R"({"pattern":{},"expected":"yes"})", "\"expected\" is true, false, match"},
        {R"({"pattern":{},"expected":1})", "\"expected\" is true, false, match"},
    };
    for (const auto& [text, expected] : rows)
        EXPECT_NE(run_one(text).find(expected), std::string::npos) << run_one(text);
    RowsOptions options;
    options.column = "ali";
    EXPECT_NE(run_one(R"({"pattern":{}})", options).find("there is no \"ali\""), std::string::npos);
}

TEST(PatternRows, the_command_gives_0_1_or_2) {
    TextFile file("{\"pattern\":{},\"event\":{},\"expected\":true}\n");
    Ran ran = run_command({"pattern", "test", "--rows", file.path()});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, "{\"id\":1,\"outcome\":\"match\"}\n");
    EXPECT_EQ(ran.err, "1 rows, 1 agree, 0 differ\n");
    file.write("{\"pattern\":{},\"event\":{},\"aws\":\"nomatch\"}\n");
    EXPECT_EQ(run_command({"pattern", "test", "--rows", file.path(), "--column", "aws"}).code, 1);
    file.write("{\"pattern\":\"{\\\"a\\\":[1]}\",\"event\":\"{\\\"a\\\":1}\",\"expected\":true}\n");
    EXPECT_EQ(run_command({"pattern", "test", "--rows", file.path()}).code, 1);
    EXPECT_EQ(run_command({"pattern", "test", "--rows", file.path(), "--wrap", "data"}).code, 0);
    file.write("no rows\n");
    ran = run_command({"pattern", "test", "--rows", file.path()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find(file.path() + ": Row in line 1: "), std::string::npos) << ran.err;
    EXPECT_EQ(run_command({"pattern", "test", "--rows", "/nonexistent/rows"}).code, 2);
}

}  // namespace
}  // namespace outflow::cli
