#include "cli/tests_file.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/command_rig.h"
#include "cli/tests_difference.h"
#include "task/load.h"

namespace outflow::cli {
namespace {

constexpr const char* tested_files = OUTFLOW_SOURCE_DIR "/examples/quickstart.yaml";
constexpr const char* two_tasks = OUTFLOW_SOURCE_DIR "/examples/by-topic.yaml";

// What is reported of a file of tests, a line each, without its name.
std::string faults_in(std::string_view text) {
    const TextFile file(text, "faulty.test.yaml");
    const Ran ran = run_command({"test", file.path()});
    EXPECT_EQ(ran.code, ran.err.empty() ? ran.code : 2) << text;
    std::string faults = ran.err;
    for (std::size_t at = 0; (at = faults.find(file.path(), at)) != std::string::npos;)
        faults.erase(at, file.path().size());
    return faults;
}

// Of one test, whose message and expectation stand in lines 4 and 5.
std::string faults_of(std::string_view message, std::string_view expected) {
    return faults_in(fmt::format("files: {}\ntests:\n  - name: it\n    message: {{ {} }}\n    expect: {}\n",
                                 tested_files, message, expected));
}

constexpr std::string_view good_message = "topic: factory/a/press/7, payload: '{}'";

TEST(TestFile, all_faults_are_reported_at_once_with_their_places) {
    EXPECT_EQ(
        faults_in(fmt::format(R"(files: [ {} ]
test: 5
tests:
  - nam: x
    message: {{ topics: a, payload: 5, qos: 3, user_properties: {{ a: 5, b: [ x, 6 ] }} }}
    expect: filterd
  - name: y
    messages: []
    expect: {{ undelivrable: x }}
  - 5
  - name: z
    expect: {{ records: [ {{ properties: [], body_json: "{{" }} ] }}
)",
                              tested_files)),
        ":2:1: error: test: unknown field; did you mean `tests`?\n"
        ":4:5: error: tests[0].nam: unknown field; did you mean `name`?\n"
        ":5:16: error: tests[0].message.topics: unknown field; did you mean `topic`?\n"
        ":5:36: error: tests[0].message.payload: expected text, found the number 5; put it into quotes\n"
        ":5:44: error: tests[0].message.qos: expected an integer from 0 to 2, found the number 3\n"
        ":5:69: error: tests[0].message.user_properties.a: expected text, found the number 5; put it into quotes\n"
        ":5:75: error: tests[0].message.user_properties.b: expected text, found a list\n"
        ":6:13: error: tests[0].expect: expected filtered, undeliverable, { records: [...] } or { undeliverable: "
        "REASON }, found the text \"filterd\"; did you mean filtered?\n"
        ":8:15: error: tests[1].messages: the list is empty\n"
        ":9:15: error: tests[1].expect.undelivrable: unknown field; did you mean `undeliverable`?\n"
        ":10:5: error: tests[2]: expected a map, found the number 5\n"
        ":11:5: error: tests[3].message: the field `message` is missing; the message that the task gets, or a list of "
        "them as `messages`\n"
        ":12:40: error: tests[3].expect.records[0].properties: expected a map, found a list\n"
        ":12:55: error: tests[3].expect.records[0].body_json: the text is not JSON: Line 1, column 2: not valid JSON, "
        "expected a name in quotes; a text that is a body itself stands in two pairs of quotes: '\"hot\"'\n");
}

TEST(TestFile, each_fault_has_a_sentence) {
    const struct {
        std::string_view message;
        std::string_view expected;
        std::string_view fault;
    } rows[] = {
        {"topic: a/+, payload: x", "filtered", ":4:23: error: tests[0].message.topic: a topic name must not contain"},
        {"topic: a", "filtered", ":4:14: error: tests[0].message.payload: the field `payload` is missing"},
        {"topic: a, payload: x, payload_base64: eA==", "filtered",
         "payload_base64: there is `payload` as well; keep one"},
        {"topic: a, payload_base64: e", "filtered",
         ":4:42: error: tests[0].message.payload_base64: the text is not Base64"},
        {"topic: a, payload_file: none.bin", "filtered", "none.bin: No such file or directory"},
        {"topic: a, payload: x, time: noon", "filtered", "message.time: expected a time in RFC 3339; write it as"},
        {"topic: a, payload: x, body: y", "filtered", "unknown field; `body` is a field of record"},
        {good_message, "{}", ":5:13: error: tests[0].expect.records: the field `records` is missing"},
        {good_message, "", "tests[0].expect: expected filtered, undeliverable"},
        {good_message, "[ filtered ]", "found a list"},
        {good_message, "{ records: [] }", "the list is empty; a message that makes no record is `expect: filtered`"},
        {good_message, "{ records: [ { tags: 5 } ] }",
         ":5:34: error: tests[0].expect.records[0].tags: expected text, found the number 5"},
        {good_message, "{ records: [ { body: x, body_json: 5 } ] }", "body_json: there is `body` as well"},
        {good_message, "{ records: [ { body_base64: '%' } ] }", "body_base64: the text is not Base64"},
        {good_message, "{ records: [ { body_json: { a: 007 } } ] }", "is a number that JSON cannot spell"},
    };
    for (const auto& [message, expected, fault] : rows) {
        const std::string faults = faults_of(message, expected);
        EXPECT_NE(faults.find(fault), std::string::npos) << faults;
    }
}

TEST(TestFile, tasks_are_found) {
    const auto faults_with = [](std::string_view files, std::string_view task) {
        return faults_in(fmt::format("files: {}\ntests:\n  - name: it{}\n    message: {{ {} }}\n    expect: filtered\n",
                                     files, task, good_message));
    };
    EXPECT_EQ(faults_with(tested_files, ""), "");
    EXPECT_EQ(faults_with(tested_files, "\n    task: hot-preses"),
              ":4:11: error: tests[0].task: there is no task \"hot-preses\"; did you mean hot-presses?\n");
    EXPECT_EQ(faults_with(tested_files, "\n    task: other"),
              ":4:11: error: tests[0].task: there is no task \"other\"; there are: hot-presses\n");
    EXPECT_NE(faults_with(two_tasks, "").find(":3:5: error: tests[0].task: the task files have "), std::string::npos);
    const TextFile faulty("tasks: [ { name: 7 } ]", "tasks.yaml");
    const std::string faults = faults_with(faulty.path(), "\n    task: x");
    EXPECT_NE(faults.find(faulty.path() + ":1:18: error: tasks.7.name: expected text"), std::string::npos) << faults;
    EXPECT_EQ(faults.find("there is no task"), std::string::npos) << faults;
    EXPECT_NE(faults_with("none.yaml", "").find("none.yaml: No such file"), std::string::npos);
}

TEST(TestFile, a_file_without_tests_is_an_error) {
    EXPECT_EQ(faults_in(""), ": error: the file is empty; it names the task files and has tests\n");
    EXPECT_EQ(faults_in(fmt::format("files: {}\ntests: []\n", tested_files)),
              ":2:8: error: tests: the list is empty; a file has at least one test\n");
    EXPECT_EQ(faults_in(fmt::format("files: {}\n", tested_files)),
              ":1:1: error: tests: the field `tests` is missing; messages, and what is expected of them\n");
    EXPECT_NE(faults_in("tests: [").find("error: "), std::string::npos);
    const TextFile file("files: a", "a.yaml");
    const Ran twice = run_command({"test", file.path(), file.path(), "/nonexistent/b.yaml"});
    EXPECT_EQ(twice.code, 2);
    EXPECT_NE(twice.err.find(": error: the file is given twice\n"), std::string::npos) << twice.err;
    EXPECT_NE(twice.err.find("/nonexistent/b.yaml: No such file"), std::string::npos) << twice.err;
}

TEST(TestFile, what_is_too_much_is_refused) {
    std::string deep = fmt::format("files: {}\ntests: ", tested_files);
    deep.append(10'000, '[');
    EXPECT_NE(faults_in(deep).find("error: "), std::string::npos);
    const TextFile large(std::string(task::file_limits::file_bytes_max + 1, ' '), "large.yaml");
    EXPECT_EQ(run_command({"test", large.path()}).code, 2);
    const TextFile payload(std::string(4 * 1024 * 1024, ' '), "payload");
    std::string many = fmt::format("files: {}\ntests:\n", tested_files);
    for (int i = 0; i < 66; ++i)
        many += fmt::format("  - {{ name: it, message: {{ topic: a, payload_file: {} }}, expect: filtered }}\n",
                            payload.path());
    const std::string faults = faults_in(many);
    EXPECT_NE(faults.find(
                  ":67:52: error: tests[64].message.payload_file: the payloads of a file of tests have at most 256 MiB "
                  "together; split it into several files\n"),
              std::string::npos)
        << faults;
    EXPECT_EQ(faults.find("tests[65]"), std::string::npos);
}

TEST(Differences, long_texts_are_cut_around_the_difference) {
    const std::string same(1'000, 'a');
    Differences out;
    compare_texts(out, "body", same + "x" + same, same + "y" + same);
    const std::string before(40, 'a');
    const std::string behind(159, 'a');
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0], fmt::format("body: expected \"...{0}x{1}...\", found \"...{0}y{1}...\" (from byte 1000 on)",
                                  before, behind));
    std::string umlauts;
    for (int i = 0; i < 200; ++i) umlauts += "ä";
    EXPECT_EQ(show_text(umlauts, 151), '"' + ("..." + umlauts.substr(110, 200)) + "...\"");
    EXPECT_EQ(show_text(std::string(1'000, '\xFF')).size(), std::string("Base64 ... of 1000 bytes").size() + 268);
}

TEST(Differences, json_is_compared_by_value_with_a_bound_on_lines) {
    const auto compare = [](std::string_view expected, std::string_view found) {
        Differences out;
        compare_bodies(out, "body", expected, found);
        std::string lines;
        for (const std::string& each : out) lines += each + "\n";
        return lines;
    };
    EXPECT_EQ(compare("[1]", "[1]"), "");
    EXPECT_EQ(compare(R"({"a":{"b/c":[1,null]}})", R"({"a":{"b/c":[1.0,false,2]}})"),
              "body/a/b~1c/1: expected null, found false\nbody/a/b~1c/2: expected nothing, found 2\n");
    EXPECT_EQ(compare(R"({"a":[]})", R"({"a":{}})"), "body/a: expected [], found {}\n");
    EXPECT_EQ(compare("{}", "[]"), "body: expected {}, found []\n");
    EXPECT_EQ(compare("1", "1.0"), "body: expected \"1\", found \"1.0\"\n");
    EXPECT_EQ(compare("{", "[1]"), "body: expected {, found [1]\n");
    std::string ones = "[1";
    std::string twos = "[2";
    for (int i = 1; i < 30; ++i) {
        ones += ",1";
        twos += ",2";
    }
    const std::string lines = compare(ones + "]", twos + "]");
    EXPECT_TRUE(lines.ends_with("body/19: expected 1, found 2\nbody: 10 more differences\n")) << lines;
}

}  // namespace
}  // namespace outflow::cli
