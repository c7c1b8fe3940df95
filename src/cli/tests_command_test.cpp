#include "cli/tests_run.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/command_rig.h"
#include "cli/junit.h"
#include "cli/tests_report.h"
#include "platform/file.h"

namespace outflow::cli {
namespace {

constexpr std::string_view tested_tasks = R"(
instances:
  edge: { mqtt: { endpoint: "mqtt://127.0.0.1:1", client_id_property: from } }
  store: { rocketmq: { name_servers: ["127.0.0.1:1"], namespace: MQ_INST_1 } }
tasks:
  - name: hot
    source: { mqtt: { instance: edge, topic: "factory/#", qos: 1 } }
    filter: { data: { body: { t: [ { numeric: [">", 80] } ] } } }
    sink:
      rocketmq:
        { instance: store, topic: telemetry, keys: $.data.body.k, tags: $.data.body.tag,
          sharding_key: $.data.body.m, ordering: key }
    property: { dead_letter: { file: dead.jsonl } }
  - name: raw
    source: { mqtt: { instance: edge, topic: "raw/#", data_format: Binary } }
    sink: { rocketmq: { instance: store, topic: raw, body: { form: RAW } } }
  - name: whole
    source: { mqtt: { instance: edge, topic: "#" } }
    sink: { rocketmq: { instance: store, topic: whole, body: { form: ORIGINAL } } }
  - name: parts
    source: { mqtt: { instance: edge, topic: "#" } }
    transform: [ { split: { path: $.data.body } } ]
    sink: { rocketmq: { instance: store, topic: parts, body: $.data.body.v } }
    property: { dead_letter: { file: parts.jsonl } }
)";

// Runs one test of the tasks above; `rest` is what follows its name.
class TestsOfTasks : public testing::Test {
protected:
    std::string text_of(std::string_view rest) const {
        return fmt::format("files: {}\ntests:\n  - name: it\n    {}\n", tasks.path(), rest);
    }
    Ran run_one(std::string_view rest, std::vector<std::string> more = {}) {
        file.write(text_of(rest));
        more.insert(more.begin(), {"test", file.path()});
        return run_command(more);
    }
    void passes(std::string_view rest) {
        const Ran ran = run_one(rest);
        EXPECT_EQ(ran.code, 0) << rest << '\n' << ran.err;
        EXPECT_EQ(ran.out, "ok      it\n1 passed, 0 failed\n") << rest;
    }
    void fails(std::string_view rest, std::string_view differences) {
        const Ran ran = run_one(rest);
        EXPECT_EQ(ran.code, 1) << rest << '\n' << ran.err;
        EXPECT_EQ(ran.out, fmt::format("FAILED  it ({}:3)\n{}0 passed, 1 failed\n", file.path(), differences)) << rest;
    }

    const TextFile tasks{tested_tasks, "tasks.yaml"};
    TextFile file{"", "tasks.test.yaml"};
};

constexpr std::string_view hot_message =
    R"(task: hot
    message:
      { topic: factory/a, user_properties: { plant: hz-1, n: [ "1", "2" ] },
        payload: '{"t":81.50,"k":"k1","tag":"hot","m":"m7"}' }
    expect: )";

std::string of_hot(std::string_view expected) { return fmt::format("{}{}", hot_message, expected); }

TEST_F(TestsOfTasks, what_is_expected_of_a_record_holds) {
    for (const std::string_view record : {R"(topic: telemetry)", R"(keys: k1, tags: hot, sharding_key: m7)",
                                          R"(properties: { plant: hz-1, n: "2", INSTANCE_ID: MQ_INST_1, other: "" })",
                                          R"(body: '{"t":81.50,"k":"k1","tag":"hot","m":"m7"}')",
                                          R"(body_base64: eyJ0Ijo4MS41MCwiayI6ImsxIiwidGFnIjoiaG90IiwibSI6Im03In0=)",
                                          R"(body_json: { m: m7, tag: hot, k: k1, t: 815e-1 })",
                                          R"(body_json: '{"m":"m7","tag":"hot","k":"k1","t":81.5}')", R"()"}) {
        passes(of_hot(fmt::format("{{ records: [ {{ {} }} ] }}", record)));
    }
}

TEST_F(TestsOfTasks, each_difference_is_reported_on_a_line) {
    fails(of_hot(R"({ records: [ { topic: MQ_INST_1%telemetry, keys: "", tags: cold, sharding_key: "m\e[1m",
                 properties: { plant: "", n: "1" } } ] })"),
          "        records[0].topic: expected \"MQ_INST_1%telemetry\", found \"telemetry\"\n"
          "        records[0].keys: expected \"\", found \"k1\"\n"
          "        records[0].tags: expected \"cold\", found \"hot\"\n"
          "        records[0].sharding_key: expected \"m\\u001b[1m\", found \"m7\"\n"
          "        records[0].properties.plant: expected \"\", found \"hz-1\"\n"
          "        records[0].properties.n: expected \"1\", found \"2\"\n");
    fails(of_hot(R"({ records: [ { body: '{"t":81.5,"k":"k1","tag":"hot","m":"m7"}' } ] })"),
          R"(        records[0].body: expected {"t":81.5,"k":"k1","tag":"hot","m":"m7"}, found )"
          R"({"t":81.50,"k":"k1","tag":"hot","m":"m7"}: the same JSON in another spelling, which `body_json` takes)"
          "\n");
    fails(of_hot(R"({ records: [ { body_json: { t: 81.6, tag: hot, m: m7, x: [] } } ] })"),
          "        records[0].body/t: expected 81.6, found 81.50\n"
          "        records[0].body/x: expected [], found nothing\n"
          "        records[0].body/k: expected nothing, found \"k1\"\n");
    fails(of_hot("{ records: [ { }, { } ] }"), "        expected 2 records, found 1\n");
}

TEST_F(TestsOfTasks, another_verdict_is_reported_with_its_reason) {
    fails(of_hot("filtered"), "        expected filtered, but the message makes 1 record\n"
                              "        records[0]: topic=telemetry keys=k1 tags=hot sharding_key=m7 "
                              "body={\"t\":81.50,\"k\":\"k1\",\"tag\":\"hot\",\"m\":\"m7\"}\n");
    const auto message = [](std::string_view payload, std::string_view expected) {
        return fmt::format("task: hot\n    message: {{ topic: factory/a, payload: '{}' }}\n    expect: {}", payload,
                           expected);
    };
    passes(message(R"({"t":80})", "filtered"));
    fails(message(R"({"t":80})", "{ records: [ {} ] }"), "        expected 1 record, but the message is filtered\n"
                                                         "          no  data.body.t = 80: [{\"numeric\":[\">\",80]}]\n"
                                                         "              Expected a number > 80, found 80.\n");
    passes(message("", "undeliverable"));
    passes(message("", "{ undeliverable: not valid JSON }"));
    fails(
        message("", "{ undeliverable: too long }"),
        "        expected undeliverable with \"too long\" in the reason, but the message is undeliverable: The payload is "
        "not valid JSON: it is empty.\n");
    fails(message("", "{ records: [ {} ] }"),
          "        expected 1 record, but the message is undeliverable: The payload is not valid JSON: it is empty.\n");
    fails("task: hot\n    message: { topic: a, payload: x }\n    expect: filtered",
          "        the task does not get the message: its topic filter is factory/#\n");
}

TEST_F(TestsOfTasks, one_message_may_make_several_records) {
    const auto parts = [](std::string_view payload, std::string_view expected) {
        return fmt::format("task: parts\n    message: {{ topic: a, payload: '{}' }}\n    expect: {}", payload,
                           expected);
    };
    passes(parts(R"([{"v":1.50},{"v":2}])", R"({ records: [ { body: "1.50" }, { body: "2" } ] })"));
    passes(parts("[]", "filtered"));
    passes(parts(R"([{"v":1},{}])", R"({ undeliverable: "nothing at $.data.body.v", records: [ { body: "1" } ] })"));
    fails(parts(R"([{"v":1},{"v":"x"}])", R"({ records: [ { body: "1" } ] })"),
          "        expected 1 record, found 2\n        records[1] is not expected: topic=parts body=\"x\"\n");
    fails(parts(R"([{"v":1},{"v":"x"}])", R"({ records: [ { body: "2" }, { body_json: 2 } ] })"),
          "        records[0].body: expected \"2\", found \"1\"\n"
          "        records[1].body: expected 2, found \"x\", which is not JSON\n");
}

TEST_F(TestsOfTasks, several_messages_are_judged_together) {
    const std::string messages = "task: hot\n    messages:\n"
                                 "      - { topic: factory/a, payload: '{\"t\":81}' }\n"
                                 "      - { topic: factory/a, payload: '{\"t\":79}' }\n"
                                 "      - { topic: factory/a, payload: '{\"t\":82}' }\n    expect: ";
    passes(messages + R"({ records: [ { body: '{"t":81}' }, { body: '{"t":82}' } ] })");
    fails(messages + "undeliverable", "        expected undeliverable, but messages[0] makes 1 record\n"
                                      "        records[0]: topic=telemetry body={\"t\":81}\n"
                                      "        expected undeliverable, but messages[1] is filtered\n"
                                      "          no  data.body.t = 79: [{\"numeric\":[\">\",80]}]\n"
                                      "              Expected a number > 80, found 79.\n"
                                      "        expected undeliverable, but messages[2] makes 1 record\n"
                                      "        records[0]: topic=telemetry body={\"t\":82}\n");
}

TEST_F(TestsOfTasks, a_message_has_all_that_a_publisher_says) {
    passes(R"(task: whole
    message:
      topic: a/b
      payload: "7"
      qos: 2
      retain: true
      time: "2026-01-02T03:04:05.006Z"
      content_type: text/plain
      response_topic: c
      correlation_data: d
      user_properties: { from: p, u: v }
    expect:
      records:
        - body_json:
            specversion: "1.0"
            id: "0000000000000000"
            source: acs:mqtt
            type: mqtt:Topic:SendMessage
            subject: acs:mqtt:::edge/a/b
            time: "2026-01-02T03:04:05.006Z"
            datacontenttype: application/json
            data:
              topic: a/b
              body: 7
              props:
                { firstTopic: a, secondTopic: /b, topic: a/b, levels: [ a, b ], qos: 1, retain: true, dup: false,
                  clientId: p, contentType: text/plain, responseTopic: c, correlationData: ZA==,
                  userProperties: [ { key: from, value: p }, { key: u, value: v } ] }
              userProperties: { from: p, u: v })");
}

TEST_F(TestsOfTasks, payloads_are_bytes) {
    passes(
        "task: raw\n    message: { topic: raw/a, payload_base64: AP8= }\n    expect: { records: [ { body_base64: AP8= } ] }");
    fails("task: raw\n    message: { topic: raw/a, payload_base64: AP8= }\n    expect: { records: [ { body: x } ] }",
          "        records[0].body: expected \"x\", found Base64 AP8= of 2 bytes\n");
    const TextFile payload(std::string_view("\0\xFF", 2), "payload.bin");
    const std::string name = payload.path().substr(payload.path().rfind('/') + 1);  // beside the file of tests
    passes(fmt::format(
        "task: raw\n    message: {{ topic: raw/a, payload_file: {} }}\n    expect: {{ records: [ {{ body_base64: AP8= }} ] }}",
        name));
}

TEST_F(TestsOfTasks, programs_get_json_and_junit) {
    const TextFile junit("", "results.xml");
    const Ran ran =
        run_one(of_hot("filtered") + "\n  - name: \"<&\\e>\"\n    task: hot\n"
                                     "    message: { topic: factory/a, payload: '{}' }\n    expect: filtered",
                {"-o", "json", "--junit", junit.path()});
    EXPECT_EQ(ran.code, 1) << ran.err;
    EXPECT_EQ(
        ran.out,
        fmt::format(
            R"({{"passed":1,"failed":1,"tests":[{{"line":3,"file":"{0}","name":"it","task":"hot","passed":false,)"
            R"("differences":["expected filtered, but the message makes 1 record","records[0]: topic=telemetry )"
            R"(keys=k1 tags=hot sharding_key=m7 body={{\"t\":81.50,\"k\":\"k1\",\"tag\":\"hot\",\"m\":\"m7\"}}"]}},)"
            R"({{"line":9,"file":"{0}","name":"<&\u001b>","task":"hot","passed":true,"differences":[]}}]}})"
            "\n",
            file.path()));
    const auto xml = platform::read_file(junit.path(), 10'000);
    ASSERT_TRUE(xml) << xml.error().context;
    EXPECT_EQ(*xml, fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" errors="0">
  <testsuite name="{0}" tests="2" failures="1" errors="0">
    <testcase classname="hot" name="it" file="{0}" line="3">
      <failure message="expected filtered, but the message makes 1 record">expected filtered, but the message makes 1 record
records[0]: topic=telemetry keys=k1 tags=hot sharding_key=m7 body={{&quot;t&quot;:81.50,&quot;k&quot;:&quot;k1&quot;,&quot;tag&quot;:&quot;hot&quot;,&quot;m&quot;:&quot;m7&quot;}}
</failure>
    </testcase>
    <testcase classname="hot" name="&lt;&amp;{1}&gt;" file="{0}" line="9"/>
  </testsuite>
</testsuites>
)",
                                file.path(), "\xEF\xBF\xBD"));
    const mode_t mask = ::umask(0);
    ::umask(mask);
    struct stat status {};
    ASSERT_EQ(::stat(junit.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0666 & ~mask);
    const Ran nowhere = run_one(of_hot("{ records: [ {} ] }"), {"--junit", "/nonexistent/results.xml"});
    EXPECT_EQ(nowhere.code, 1);
    EXPECT_NE(nowhere.err.find("/nonexistent/results.xml"), std::string::npos) << nowhere.err;
}

TEST_F(TestsOfTasks, a_filter_chooses_by_name) {
    const std::string two = of_hot("filtered") +
                            "\n  - name: cold\n    task: hot\n"
                            "    message: { topic: factory/a, payload: '{}' }\n    expect: filtered";
    EXPECT_EQ(run_one(two, {"--filter", "c*"}).out, "ok      cold\n1 passed, 0 failed\n");
    EXPECT_EQ(run_one(two, {"--filter", "*"}).code, 1);
    const Ran none = run_one(two, {"--filter", "col"});
    EXPECT_EQ(none.code, 2);
    EXPECT_EQ(none.err, "outflow: No test has a name like col; * stands for any text, as in '*hot*'.\n");
    EXPECT_EQ(run_one(two, {"--filter", "**"}).code, 2);
}

TEST(TestsReport, nothing_controls_the_terminal) {
    const TestFile file{"\x1B.yaml", nullptr, {}};
    TestCase test;
    test.name = "\x1B";
    EXPECT_EQ(render_tests_text({{&file, &test, {"\x1B"}}}),
              "FAILED  \\u001b (\\u001b.yaml:0)\n        \\u001b\n0 passed, 1 failed\n");
}

TEST(Junit, text_is_what_xml_allows) {
    std::string out;
    append_xml(out, "a\t\n\r\"'\x01\xEF\xBF\xBE\xF0\x9F\x8C\xA1");
    EXPECT_EQ(out, "a&#9;&#10;&#13;&quot;'\xEF\xBF\xBD\xEF\xBF\xBD\xF0\x9F\x8C\xA1");
}

}  // namespace
}  // namespace outflow::cli
