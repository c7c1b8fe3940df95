#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/command_rig.h"

#define ALL_OPERATORS \
    "The operators are exactly, prefix, suffix, contains, anything-but, numeric, exists, cidr, wildcard and equals-ignore-case."

namespace outflow::cli {
namespace {

constexpr const char* hot = R"({"source":["acs:mqtt"],"data":{"body":{"t":[{"numeric":[">",80]}],"s":["x",null]}}})";

Ran run_pattern(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "pattern");
    return run_command(std::move(arguments));
}

TEST(PatternTest, says_field_by_field_what_decided) {
    const struct {
        std::string event;
        int code;
        std::string out;
    } rows[] = {
        {R"({"source":"acs:mqtt","data":{"body":{"t":81.50,"s":null}}})", 0,
         "match\n"
         "  yes source = \"acs:mqtt\": \"acs:mqtt\"\n"
         "  yes data.body.t = 81.50: {\"numeric\":[\">\",80]}\n"
         "  yes data.body.s = null: null\n"},
        {R"({"source":"acs:mqtt","data":{"body":{"t":79,"s":"x"}}})", 1,
         "no match\n"
         "  yes source = \"acs:mqtt\": \"acs:mqtt\"\n"
         "  no  data.body.t = 79: [{\"numeric\":[\">\",80]}]\n"
         "      Expected a number > 80, found 79.\n"
         "  yes data.body.s = \"x\": \"x\"\n"},
        // of a repeated name in an event the first counts
        {R"({"source":"acs:mqtt","source":"b","data":{"body":{"t":81,"t":1,"s":"x"}}})", 0,
         "match\n"
         "  yes source = \"acs:mqtt\": \"acs:mqtt\"\n"
         "  yes data.body.t = 81: {\"numeric\":[\">\",80]}\n"
         "  yes data.body.s = \"x\": \"x\"\n"},
    };
    for (const auto& row : rows) {
        const Ran ran = run_pattern({"test", "-p", hot, "-e", row.event});
        EXPECT_EQ(ran.code, row.code) << row.event;
        EXPECT_EQ(ran.out, row.out);
        EXPECT_EQ(ran.err, "");
    }
}

TEST(PatternTest, a_byte_order_mark_does_no_harm) {
    const std::string mark = "\xef\xbb\xbf";
    const TextFile pattern(mark + R"({"data":{"body":{"t":[81]}}})");
    const TextFile event(mark + R"({"data":{"topic":"a","body":{"t":81}}})");
    const TextFile payload(mark + R"({"t":81})");
    const TextFile rows(mark + R"({"pattern":"\ufeff{\"t\":[1]}","event":"\ufeff{\"t\":1}","expected":true})"
                               "\n");
    const std::vector<std::string> commands[] = {
        {"test", "-p", "@" + pattern.path(), "-e", "@" + event.path()},
        {"test", "-p", "@" + pattern.path(), "--payload", payload.path(), "--topic", "a"},
        {"test", "--rows", rows.path(), "--wrap", "data"},
    };
    for (const std::vector<std::string>& arguments : commands) {
        const Ran ran = run_pattern(arguments);
        EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
        EXPECT_NE(ran.out.find("match"), std::string::npos) << ran.out;
    }
    EXPECT_EQ(run_pattern({"lint", "-p", "@" + pattern.path()}).out, "no problems\n");
}

TEST(PatternTest, answers_programs_in_json) {
    Ran ran = run_pattern({"test", "--json", "-p", R"({"data":{"body":{"a":["x",{"numeric":["<",2]}],"b":[1]}}})", "-e",
                           R"({"data":{"body":{"a":1.0}}})"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out,
              R"({"outcome":"nomatch","decisions":[{"pointer":"/data/body/a","path":"data.body.a","holds":true,)"
              R"("condition":{"numeric":["<",2]},"value":1.0,"reason":"Expected a number < 2, found 1.0."},)"
              R"({"pointer":"/data/body/b","path":"data.body.b","holds":false,"condition":[1],)"
              R"("reason":"Expected 1, but the field is missing."}]})"
              "\n");
    ran = run_pattern({"test", "--json", "-p", "{\n\"data\":{\"a\":[{\"prefx\":\"x\"}]}}", "-e", "{}"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out,
              R"({"outcome":"invalid","faults":[{"pointer":"/data/a/0/prefx","message":"Unknown operator `prefx`.",)"
              R"("hint":"Did you mean `prefix`? )" ALL_OPERATORS R"(","line":2,"column":23}]})"
              "\n");
    ran = run_pattern({"test", "--json", "-p", "{}", "-e", "[1]"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out, "{\"outcome\":\"invalid\",\"reason\":\"An event is a JSON object.\"}\n");
}

TEST(PatternTest, what_is_invalid_gives_2_with_its_place) {
    const struct {
        std::string pattern;
        std::string event;
        std::string_view reported;
    } rows[] = {
        {R"({"source":"acs"})", "{}", "pattern:1:11: error: /source: Expected an array of alternatives. "},
        {"{\"source\":[\"a\"],\n \"dat\":{}}", "{}", "pattern:2:8: error: /dat: "},
        {R"({"source":["a"})", "{}", "pattern:1:15: error: Not valid JSON, expected `,` or `]`"},
        {"{}", "{\"a\":\n [1,}", "outflow: Line 2, column 5: not valid JSON, expected a value."},
        {"{}", "7", "outflow: An event is a JSON object."},
        {"@/nonexistent/pattern", "{}", "/nonexistent/pattern"},
        {"{}", "@/nonexistent/event", "/nonexistent/event"},
    };
    for (const auto& row : rows) {
        const Ran ran = run_pattern({"test", "-p", row.pattern, "-e", row.event});
        EXPECT_EQ(ran.code, 2) << row.pattern;
        EXPECT_NE(ran.err.find(row.reported), std::string::npos) << ran.err;
        EXPECT_EQ(ran.out, "");
    }
}

TEST(PatternTest, takes_a_message_as_the_task_would_get_it) {
    const TextFile pattern(
        R"({"data":{"topic":[{"prefix":"factory/"}],"userProperties":{"a.b":["1"]},"body":{"t":[81]}}})");
    const TextFile payload(R"({"t": 81.0})");
    const std::vector<std::string> message{"--payload",  payload.path(), "--property", "a.b=1",
                                           "--property", "c=2=3",        "--topic"};
    const auto run_with = [&message](std::vector<std::string> arguments, std::string topic) {
        arguments.insert(arguments.begin(), "test");
        arguments.insert(arguments.end(), message.begin(), message.end());
        arguments.push_back(std::move(topic));
        return run_pattern(arguments);
    };
    EXPECT_EQ(run_with({"-p", "@" + pattern.path()}, "factory/a").out,
              "match\n"
              "  yes data.topic = \"factory/a\": {\"prefix\":\"factory/\"}\n"
              "  yes data.userProperties.a.b = \"1\": \"1\"\n"
              "  yes data.body.t = 81.0: 81\n");
    EXPECT_EQ(run_with({"-p", "@" + pattern.path()}, "factories").code, 1);
    EXPECT_EQ(run_with({"-p", R"({"data":{"userProperties":{"c":["2=3"]}}})"}, "t").code, 0);
    EXPECT_EQ(run_with({"-p", R"({"data":{"body":[{"suffix":"81.0}"}]}})", "--data-format", "Text"}, "t").code, 0);
    EXPECT_EQ(run_with({"-p", R"({"data":{"body":["eyJ0IjogODEuMH0="]}})", "--data-format", "Binary"}, "t").code, 0);
    EXPECT_EQ(run_with({"-p", "{}"}, "a/#").code, 2);
}

TEST(PatternTest, a_payload_that_does_not_fit_is_reported_if_the_pattern_reads_it) {
    const TextFile payload(R"({"t": 81)");
    const std::vector<std::string> message{"--payload", payload.path(), "--topic", "a"};
    std::vector<std::string> reads{"test", "-p", R"({"data":{"body":{"t":[1]}}})"};
    reads.insert(reads.end(), message.begin(), message.end());
    const Ran ran = run_pattern(reads);
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("at byte 8"), std::string::npos) << ran.err;
    std::vector<std::string> does_not{"test", "-p", R"({"data":{"topic":["a"]}})"};
    does_not.insert(does_not.end(), message.begin(), message.end());
    EXPECT_EQ(run_pattern(does_not).code, 0);
}

TEST(PatternTest, the_dialect_of_alibaba_gives_its_verdicts) {
    const std::vector<std::string> arguments{"test", "-p", R"({"data":{"a":["81"]}})", "-e", R"({"data":{"a":81}})"};
    EXPECT_EQ(run_pattern(arguments).code, 1);
    std::vector<std::string> alibaba = arguments;
    alibaba.insert(alibaba.end(), {"--dialect", "alibaba"});
    const Ran ran = run_pattern(alibaba);
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, "match\n");
}

TEST(PatternTest, nothing_in_an_event_controls_the_terminal) {
    const Ran ran = run_pattern(
        {"test", "-p", R"({"data":{"a":[{"prefix":"x"}]}})", "-e", "{\"data\":{\"a\":\"\\u001b[2J\x7F\xC2\x9B\"}}"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.out.find("\\u001b[2J\\u007f\\u009b"), std::string::npos) << ran.out;
    for (const char* control : {"\x1B", "\x7F", "\xC2\x9B"}) EXPECT_EQ(ran.out.find(control), std::string::npos);
}

TEST(PatternTest, a_filter_path_is_explained_beside_the_pattern_or_alone) {
    const std::string event = R"({"data":{"topic":"a","body":{"t":79,"max":80}}})";
    Ran ran = run_pattern(
        {"test", "-p", R"({"data":{"topic":["a"]}})", "--filter-path", "$.data[?@.t > @.max]", "-e", event});
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out, "no match\n"
                       "  yes data.topic = \"a\": \"a\"\n"
                       "  no  filter_path: \"$.data[?@.t > @.max]\"\n"
                       "      Expected something at `$.data[?@.t > @.max]`, but of 2 values in `$.data` none meets "
                       "`[?@.t > @.max]`: in the first `@.t` is missing and `@.max` is missing.\n");
    EXPECT_EQ(run_pattern({"test", "--filter-path", "$.data[?@.t < @.max]", "-e", event}).out,
              "match\n  yes filter_path = {\"t\":79,\"max\":80}: \"$.data[?@.t < @.max]\"\n");
    const TextFile payload(R"({"t": 81, "max": 80})");
    EXPECT_EQ(
        run_pattern({"test", "--filter-path", "$.data[?@.t > @.max]", "--payload", payload.path(), "--topic", "a"})
            .code,
        0);
    EXPECT_EQ(
        run_pattern({"test", "--filter-path", "$.data[?@.t > 81]", "--payload", payload.path(), "--topic", "a"}).code,
        1);
    EXPECT_EQ(run_pattern({"test", "--dialect", "alibaba", "-p", R"({"data":{"topic":["a"]}})", "--filter-path",
                           "$.data[?@.t < 80]", "-e", event})
                  .out,
              "match\n  yes filter_path = {\"t\":79,\"max\":80}: \"$.data[?@.t < 80]\"\n");
    ran = run_pattern({"test", "--filter-path", "data.t", "-e", event});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.err,
              "pattern: error: filter_path: JSONPath `data.t`, character 1: a path starts with `$`: `$.data.t`\n");
    EXPECT_EQ(run_pattern({"test", "-e", event}).code, 2);
}

TEST(PatternTest, what_is_hardly_meant_is_reported_as_by_lint) {
    const std::string pattern = R"({"data":{"topic":["a/+"]}})";
    const std::string warnings =
        "pattern:1:19: warning: /data/topic/0: No topic has a + or # in it, so that this never holds. "
        "A * stands for one level or several: {\"wildcard\":\"a/*\"}.\n";
    const Ran ran = run_pattern({"test", "-p", pattern, "-e", R"({"data":{"topic":"a/b"}})"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.err, warnings);
    EXPECT_EQ(run_pattern({"lint", "-p", pattern}).out, warnings);
    EXPECT_EQ(run_pattern({"try", "-p", pattern, "--mqtt", "mqtt://127.0.0.1:1", "--topic", "#"}).err.find(warnings),
              0U);
    const Ran json = run_pattern({"test", "--json", "-p", pattern, "-e", R"({"data":{"topic":"a/b"}})"});
    EXPECT_EQ(json.err, "");
    EXPECT_NE(json.out.find(R"("advice":[{"pointer":"/data/topic/0","message":"No topic has)"), std::string::npos)
        << json.out;
    EXPECT_NE(run_pattern({"lint", "--filter-path", "$.data.bdy"})
                  .out.find("warning: filter_path: No event of this task has anything at"),
              std::string::npos);
}

TEST(PatternLint, reports_diagnostics_and_warnings) {
    const TextFile file("{\"source\":[\"a\"],\n\"data\":{\"a\":7,\"b\":[{\"prefx\":\"x\"}]}}", "pattern.json");
    const struct {
        std::string pattern;
        int code;
        std::string out;
    } rows[] = {
        {hot, 0, "no problems\n"},
        {"{}", 0, "no problems\n"},
        {R"({"id":["a"],"id":["b"],"data":{"x":[1],"$or":[{"y":[1]},{"z":[1]}],"body.t":[1]}})", 0,
         "pattern: warning: /id: This is given twice in one object, the last one counts. Keep one of them.\n"
         "pattern:1:36: warning: /data/x: No event of a task has this: `data` has no `x`. Did you mean `data.body.x`?\n"
         "pattern:1:52: warning: /data/$or/0/y: No event of a task has this: `data` has no `y`. Did you mean `data.body.y`?\n"
         "pattern:1:62: warning: /data/$or/1/z: No event of a task has this: `data` has no `z`. Did you mean `data.body.z`?\n"},
        {"@" + file.path(), 2,
         file.path() +
             ":2:13: error: /data/a: Expected an array of alternatives or an object. Put the value in brackets: [ ... ].\n" +
             file.path() +
             ":2:29: error: /data/b/0/prefx: Unknown operator `prefx`. Did you mean `prefix`? " ALL_OPERATORS "\n"},
    };
    for (const auto& row : rows) {
        const Ran ran = run_pattern({"lint", "-p", row.pattern});
        EXPECT_EQ(ran.code, row.code) << row.pattern;
        EXPECT_EQ(ran.out, row.out);
    }
    EXPECT_EQ(
        run_pattern({"lint", "--json", "-p", R"({"id":["a"],"id":["b"]})"}).out,
        R"({"faults":[],"advice":[{"pointer":"/id","message":"This is given twice in one object, the last one counts.",)"
        R"("hint":"Keep one of them."}]})"
        "\n");
    EXPECT_EQ(run_pattern({"lint", "--dialect", "alibaba", "-p", R"({"data":{"a":[{"wildcard":"*"}]}})"}).code, 2);
}

TEST(PatternTry, a_broker_that_is_away_gives_1_and_a_sentence) {
    ::unsetenv("OUTFLOW_TEST_NO_SECRET");
    const std::vector<std::string> arguments{"try", "-p", "{}", "--mqtt", "mqtt://127.0.0.1:1", "--topic", "#"};
    const Ran away = run_pattern(arguments);  // nobody listens on port 1
    EXPECT_EQ(away.code, 1);
    EXPECT_NE(away.err.find("outflow: Connect to 127.0.0.1:1: connection refused"), std::string::npos) << away.err;
    EXPECT_NE(away.err.find("0 messages: 0 match"), std::string::npos) << away.err;
    std::vector<std::string> login = arguments;
    login.insert(login.end(), {"--username", "u", "--password-env", "OUTFLOW_TEST_NO_SECRET"});
    const Ran no_password = run_pattern(login);
    EXPECT_EQ(no_password.code, 1);
    EXPECT_NE(no_password.err.find("OUTFLOW_TEST_NO_SECRET"), std::string::npos) << no_password.err;
    std::vector<std::string> invalid = arguments;
    invalid[2] = R"({"sorce":["a"]})";
    EXPECT_EQ(run_pattern(invalid).code, 2);
}

}  // namespace
}  // namespace outflow::cli
