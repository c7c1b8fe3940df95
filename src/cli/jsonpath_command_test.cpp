#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/command_rig.h"

namespace outflow::cli {
namespace {

class JsonpathCommand : public testing::Test {
protected:
    void write(std::string_view text) { input_.write(text); }

    int run_jsonpath(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "jsonpath");
        Ran ran = run_command(std::move(arguments));
        out_ = std::move(ran.out);
        err_ = std::move(ran.err);
        return ran.code;
    }

    TextFile input_{""};
    const std::string& file_ = input_.path();
    std::string out_;
    std::string err_;
};

TEST_F(JsonpathCommand, prints_one_node_a_line) {
    write("{\"a\": [ {\"id\" : 12345678901234567890 ,\n \"s\":\"x \\\" y\" }, 2.50 ]}");
    EXPECT_EQ(run_jsonpath({"$.a[*]", file_}), 0);
    EXPECT_EQ(out_, "{\"id\":12345678901234567890,\"s\":\"x \\\" y\"}\n2.50\n");
    EXPECT_EQ(err_, "");
    EXPECT_EQ(run_jsonpath({"--paths", "$..id", file_}), 0);
    EXPECT_EQ(out_, "$['a'][0]['id']\n");
}

TEST_F(JsonpathCommand, a_byte_order_mark_does_no_harm) {
    write("\xef\xbb\xbf{\"a\":1}");
    EXPECT_EQ(run_jsonpath({"$.a", file_}), 0) << err_;
    EXPECT_EQ(out_, "1\n");
}

TEST_F(JsonpathCommand, nothing_found_gives_1) {
    write("{}");
    EXPECT_EQ(run_jsonpath({"$.a", file_}), 1);
    EXPECT_EQ(out_ + err_, "");
}

TEST_F(JsonpathCommand, what_is_invalid_gives_2_and_a_reason) {
    write("[1,]");
    const std::pair<std::vector<std::string>, std::string_view> rows[] = {
        {{}, "EXPRESSION"},
        {{"$a", file_}, "character 2: expected `.` or `[`: `$.a`."},
        {{"$.a", file_}, "expected a value at byte 3"},
        {{"$.a", "/nonexistent/file"}, "/nonexistent/file"},
        {{"--suite", "/nonexistent/file"}, "/nonexistent/file"},
        {{"--suite", file_}, "not valid JSON"},
        {{"$.a", "--suite", file_}, "--suite"},
    };
    for (const auto& [arguments, reason] : rows) {
        EXPECT_EQ(run_jsonpath(arguments), 2) << reason;
        EXPECT_NE(err_.find(reason), std::string::npos) << err_;
        EXPECT_EQ(out_, "");
    }
}

TEST_F(JsonpathCommand, warnings_are_reported_beside_the_result) {
    write("[1]");
    EXPECT_EQ(run_jsonpath({"$[?match(@,'(')]", file_}), 1);
    EXPECT_NE(err_.find("never matches"), std::string::npos) << err_;
}

TEST_F(JsonpathCommand, runs_a_suite) {
    write(R"({"tests":[{"name":"a","selector":"$[0]","document":[1],"result":[1]}]})");
    EXPECT_EQ(run_jsonpath({"--suite", file_}), 0);
    EXPECT_EQ(out_, "1 of 1 rows agree\n");
    write(R"({"tests":[{"name":"a","selector":"$[0]","document":[1],"result":[2]}]})");
    EXPECT_EQ(run_jsonpath({"--suite", file_}), 1);
    EXPECT_EQ(out_, "a: `$[0]`: it gives [1], expected [2]\n0 of 1 rows agree\n");
}

TEST_F(JsonpathCommand, its_help_has_an_example) {
    EXPECT_EQ(run_jsonpath({"--help"}), 0);
    EXPECT_NE(out_.find("Example: outflow jsonpath"), std::string::npos) << out_;
}

}  // namespace
}  // namespace outflow::cli
