#include "cli/preview_text.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/command_rig.h"
#include "app/preview_task.h"
#include "platform/clock.h"
#include "task/load.h"

namespace outflow::cli {
namespace {

constexpr std::string_view tasks = R"(
instances:
  edge: { mqtt: { endpoint: "mqtt://127.0.0.1:1", client_id_property: from } }
  store: { rocketmq: { name_servers: ["127.0.0.1:1"], namespace: MQ_INST_1 } }
tasks:
  - name: hot
    source: { mqtt: { instance: edge, topic: "factory/#" } }
    filter: { data: { body: { t: [ { numeric: [">", 80] } ] } } }
    sink:
      rocketmq:
        instance: store
        topic: telemetry
        keys: $.data.body.keys
        tags: $.data.body.tag
        sharding_key: $.data.body.machine
        ordering: key
    property: { dead_letter: { file: dead.jsonl } }
  - name: plain
    source: { mqtt: { instance: edge, topic: "$share/g/a/#", data_format: Binary } }
    sink: { rocketmq: { instance: store, topic: $.data.topic, compress_above_bytes: 100, ordering: none } }
  - name: other
    source: { mqtt: { instance: edge, topic: "#" } }
    filter: { data: { body: { t: [ "81" ] } } }
    filter_dialect: alibaba
    sink: { rocketmq: { instance: store, topic: telemetry } }
)";

class Preview : public testing::Test {
protected:
    Ran run_preview(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"task", "preview", file.path(), "--task", task});
        return run_command(arguments);
    }
    Ran run_event(std::string event, bool json = true) {
        std::vector<std::string> arguments{"-e", std::move(event)};
        if (json) arguments.push_back("--json");
        return run_preview(arguments);
    }

    const TextFile file{tasks, "tasks.yaml"};
    std::string task = "hot";
};

constexpr const char* hot_event =
    R"({"id":"p-0000000000000001","time":"2026-01-02T03:04:05.006Z","data":{"topic":"factory/press7","body":{"t":81.50,)"
    R"("keys":["k1",2],"tag":"hot","machine":"m7"},"userProperties":{"plant":"hz-1","WAIT":"x","empty":""}}})";
constexpr const char* whole_event =
    R"({"specversion":"1.0","id":"p-0000000000000001","source":"acs:mqtt","type":"mqtt:Topic:SendMessage",)"
    R"("subject":"acs:mqtt:::edge/factory/press7","time":"2026-01-02T03:04:05.006Z","datacontenttype":"application/json",)"
    R"("data":{"topic":"factory/press7","body":{"t":81.50,"keys":["k1",2],"tag":"hot","machine":"m7"},)"
    R"("props":{"firstTopic":"factory","secondTopic":"/press7","topic":"factory/press7",)"
    R"("levels":["factory","press7"],"qos":0,"retain":false,"dup":false,)"
    R"("userProperties":[{"key":"plant","value":"hz-1"},{"key":"WAIT","value":"x"},{"key":"empty","value":""}]},)"
    R"("userProperties":{"plant":"hz-1","WAIT":"x","empty":""}}})";

TEST_F(Preview, the_record_is_what_the_sink_would_write) {
    const Ran ran = run_event(hot_event);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out,
              std::string(R"({"verdict":"record","event":)") + whole_event +
                  R"(,"decisions":[{"pointer":"/data/body/t","path":"data.body.t","holds":true,)"
                  R"("condition":{"numeric":[">",80]},"value":81.50,"reason":"Expected a number > 80, found 81.50."}],)"
                  R"("records":[{"topic":"MQ_INST_1%telemetry","sharding_key":"m7","keys":"k1 2","tags":"hot",)"
                  R"("properties":{"__SHARDINGKEY":"m7","INSTANCE_ID":"MQ_INST_1","plant":"hz-1","mqtt.WAIT":"x"},)"
                  R"("body":"{\"t\":81.50,\"keys\":[\"k1\",2],\"tag\":\"hot\",\"machine\":\"m7\"}"}]})"
                  "\n");
}

TEST_F(Preview, a_filter_path_is_reported_with_the_filter) {
    const TextFile with_path(std::string(tasks) + "    filter_path: $.data.body[?@.v > 80]\n", "path.yaml");
    const std::vector<std::string> command{"task", "preview", with_path.path(), "--task", "other", "-e"};
    const auto preview = [&command](const char* event) {
        std::vector<std::string> arguments = command;
        arguments.emplace_back(event);
        return run_command(arguments);
    };
    const Ran filtered = preview(R"({"data":{"topic":"a","body":{"t":"81","s":{"v":79}}}})");
    EXPECT_EQ(filtered.code, 1);
    EXPECT_NE(filtered.out.find(
                  "filter: no match\n  no  filter_path: \"$.data.body[?@.v > 80]\"\n"
                  "      Expected something at `$.data.body[?@.v > 80]`, but of 2 values in `$.data.body` none meets "
                  "`[?@.v > 80]`: in the first `@.v` is missing.\n"),
              std::string::npos)
        << filtered.out;
    const Ran passed = preview(R"({"data":{"topic":"a","body":{"t":"81","s":{"v":81}}}})");
    EXPECT_EQ(passed.code, 0) << passed.err;
    EXPECT_NE(passed.out.find("  yes filter_path = {\"v\":81}: \"$.data.body[?@.v > 80]\"\n"), std::string::npos)
        << passed.out;
}

TEST_F(Preview, people_get_it_in_lines) {
    const Ran ran = run_event(
        R"({"time":"2026-01-02T03:04:05.006Z","data":{"topic":"factory/a","body":{"t":81,"k":[],"n":{}}}})", false);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, R"(event:
  {
    "specversion": "1.0",
    "id": "0000000000000000",
    "source": "acs:mqtt",
    "type": "mqtt:Topic:SendMessage",
    "subject": "acs:mqtt:::edge/factory/a",
    "time": "2026-01-02T03:04:05.006Z",
    "datacontenttype": "application/json",
    "data": {
      "topic": "factory/a",
      "body": {
        "t": 81,
        "k": [],
        "n": {}
      },
      "props": {
        "firstTopic": "factory",
        "secondTopic": "/a",
        "topic": "factory/a",
        "levels": [
          "factory",
          "a"
        ],
        "qos": 0,
        "retain": false,
        "dup": false
      }
    }
  }
filter: match
  yes data.body.t = 81: {"numeric":[">",80]}
record: topic=MQ_INST_1%telemetry
  body: {"t":81,"k":[],"n":{}}
)");
}

TEST_F(Preview, a_filtered_event_gives_1_and_the_reason) {
    const std::string event = R"({"data":{"topic":"factory/a","body":{"t":79}}})";
    const Ran text = run_event(event, false);
    EXPECT_EQ(text.code, 1);
    EXPECT_TRUE(text.out.ends_with("filter: no match\n"
                                   "  no  data.body.t = 79: [{\"numeric\":[\">\",80]}]\n"
                                   "      Expected a number > 80, found 79.\n"
                                   "It is acknowledged and counted, nothing is sent.\n"))
        << text.out;
    const Ran json = run_event(event);
    EXPECT_EQ(json.code, 1);
    EXPECT_TRUE(json.out.starts_with("{\"verdict\":\"filtered\",\"event\":{")) << json.out;
    EXPECT_EQ(json.out.find("records"), std::string::npos);
}

TEST_F(Preview, an_undeliverable_event_gives_2_and_the_reason) {
    const std::pair<std::string, std::string_view> rows[] = {
        {R"({"data":{"topic":"factory/a"}})", "undeliverable: The payload is not valid JSON: it is empty.\n"},
        {R"({"data":{"topic":"factory/a","body":{"t":81},"userProperties":{"p":")" + std::string(32'000, 'x') + "\"}}}",
         "undeliverable: The properties, with keys and tags, have "},
    };
    for (const auto& [event, reason] : rows) {
        const Ran text = run_event(event, false);
        EXPECT_EQ(text.code, 2) << event;
        EXPECT_NE(text.out.find(reason), std::string::npos) << text.out;
        EXPECT_TRUE(text.out.ends_with("\nIt goes to the dead letters in dead.jsonl.\n")) << text.out;
        const Ran json = run_event(event);
        EXPECT_EQ(json.code, 2);
        EXPECT_TRUE(json.out.starts_with("{\"verdict\":\"undeliverable\",\"reason\":\"")) << json.out;
    }
    task = "plain";
    const Ran stops = run_event(R"({"data":{"topic":"no/topic","body":"AA=="}})", false);
    EXPECT_EQ(stops.code, 2);
    EXPECT_TRUE(stops.out.ends_with("\nThe task has no dead letters: it stops at this event.\n")) << stops.out;
}

TEST_F(Preview, a_message_is_taken_as_it_would_come) {
    const TextFile payload(std::string(1'000, 'x') + '\xFF');
    task = "plain";
    const Ran ran = run_command({"task", "preview", "--json", "--task", task, "--payload", payload.path(), "--topic",
                                 "a", "--property", "KEYS=k1", "--property", "n=1=2", file.path()});
    EXPECT_EQ(ran.code, 0) << ran.err << ran.out;
    EXPECT_NE(ran.out.find(R"("keys":"k1","properties":{"INSTANCE_ID":"MQ_INST_1","n":"1=2"},"body":"eHh4)"),
              std::string::npos)
        << ran.out;
    EXPECT_TRUE(ran.out.ends_with("\",\"compressed\":true}]}\n")) << ran.out;
}

TEST(PreviewOfExamples, frames_of_a_field_bus_are_delivered_byte_for_byte) {
    const TextFile payload(std::string_view("\x01\x03\0\x10", 4));
    const Ran ran = run_command({"task", "preview", OUTFLOW_SOURCE_DIR "/examples/by-topic.yaml", "--task",
                                 "raw-frames", "--payload", payload.path(), "--topic", "raw/7"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_TRUE(ran.out.ends_with("record: topic=raw-frames keys=raw/7\n  body (Base64 of 4 bytes): AQMAEA==\n"))
        << ran.out;
}

TEST_F(Preview, the_dialect_of_alibaba_gives_its_verdicts) {
    task = "other";
    const Ran match = run_event(R"({"data":{"topic":"a","body":{"t":81}}})", false);
    EXPECT_EQ(match.code, 0) << match.err;
    EXPECT_NE(match.out.find("filter: match\nrecord: "), std::string::npos) << match.out;
    const Ran no_match = run_event(R"({"data":{"topic":"a","body":{"t":81.0}}})", false);
    EXPECT_EQ(no_match.code, 1);
    EXPECT_TRUE(no_match.out.ends_with("filter: no match\nIt is acknowledged and counted, nothing is sent.\n"))
        << no_match.out;
}

TEST_F(Preview, a_payload_that_the_filter_never_read_to_its_end_is_reported) {
    const TextFile payload(R"({"t":79,)");
    const Ran ran = run_preview({"--payload", payload.path(), "--topic", "factory/a"});
    EXPECT_EQ(ran.code, 1) << ran.out;
    EXPECT_NE(ran.out.find("The payload does not fit the data format, but the task does not read as far as that."),
              std::string::npos)
        << ran.out;
}

constexpr std::string_view of_split = R"(
  - name: parts
    source: { mqtt: { instance: edge, topic: "#" } }
    filter: { data: { body: { kind: [ "batch" ] } } }
    transform: [ { split: { path: $.data.body.items } }, { split: { path: $.data.body } } ]
    sink: { rocketmq: { instance: store, topic: telemetry, body: $.data.body.t, keys: $.id, tags: $.data.props.firstTopic } }
    property: { dead_letter: { file: parts.jsonl } }
)";

TEST_F(Preview, a_split_event_shows_each_record) {
    const TextFile parts(std::string(tasks) + std::string(of_split).substr(1), "parts.yaml");
    const auto preview = [&parts](const std::string& items, bool json = false) {
        const std::string event =
            R"({"id":"p-0000000000000009","data":{"topic":"a/b","body":{"kind":"batch","items":)" + items + "}}}";
        std::vector<std::string> arguments{"task", "preview", parts.path(), "--task", "parts", "-e", event};
        if (json) arguments.emplace_back("--json");
        return run_command(arguments);
    };
    const Ran all = preview(R"([[{"t":1.50},{"t":2}],[],[{"t":"x"}]])");
    EXPECT_EQ(all.code, 0) << all.err;
    EXPECT_TRUE(all.out.ends_with("record: topic=MQ_INST_1%telemetry keys=p-0000000000000009-0-0 tags=a\n  body: 1.50\n"
                                  "record: topic=MQ_INST_1%telemetry keys=p-0000000000000009-0-1 tags=a\n  body: 2\n"
                                  "record: topic=MQ_INST_1%telemetry keys=p-0000000000000009-2-0 tags=a\n  body: x\n"))
        << all.out;
    const Ran none = preview("[[]]");
    EXPECT_EQ(none.code, 1);
    EXPECT_TRUE(none.out.ends_with(
        "filter: match\n  yes data.body.kind = \"batch\": \"batch\"\n  The transform makes no event of it.\n"
        "It is acknowledged and counted, nothing is sent.\n"))
        << none.out;
    const Ran one = preview(R"([[{"t":1},{}]])", true);
    EXPECT_EQ(one.code, 2);
    EXPECT_NE(one.out.find(R"({"verdict":"undeliverable","reason":"The body is missing: nothing at $.data.body.t.")"),
              std::string::npos)
        << one.out;
    EXPECT_NE(one.out.find(R"("records":[{"topic")"), std::string::npos) << one.out;
    const Ran no_array = preview("7");
    EXPECT_EQ(no_array.code, 2);
    EXPECT_NE(no_array.out.find("Only an array can be split; at $.data.body.items there is a JSON number."),
              std::string::npos)
        << no_array.out;
}

// At that rate the last one would come 19 s after the first.
TEST(PreviewOfARate, waits_for_none) {
    std::string text(tasks);
    text.replace(text.find("dead_letter:"), 0, "rate_limit: 1, ");
    const task::Loaded loaded = task::load_text("tasks.yaml", text);
    ASSERT_TRUE(loaded.ok()) << task::render_diagnostic(loaded.diagnostics[0]);
    const std::optional<task::Instance> source = *loaded.document.find("edge");
    const std::optional<task::Instance> sink = *loaded.document.find("store");
    const event::EventContext context;
    const auto previewer = app::TaskPreviewer::create(loaded.document.tasks[0], source, sink, context);
    ASSERT_TRUE(previewer) << previewer.error().context;
    event::Arena arena;
    event::Event event;
    event.topic = "factory/press7";
    event.payload = arena.copy(R"({"t":81})");
    const auto began = platform::Clock::now();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ((*previewer)->preview(event).verdict, app::TaskPreview::Verdict::record);
    }
    EXPECT_LT(platform::Clock::now() - began, std::chrono::seconds(10));
}

TEST_F(Preview, what_no_event_can_have_is_remarked) {
    const std::string event = R"({"region":"r","data":{"topic":"plant/a","body":{"t":81}}})";
    const Ran text = run_event(event, false);
    EXPECT_EQ(text.code, 0);
    EXPECT_NE(text.err.find("outflow: `region`: no event has this; left out.\n"), std::string::npos) << text.err;
    EXPECT_NE(text.err.find("its topic filter is factory/#"), std::string::npos) << text.err;
    EXPECT_NE(
        run_event(event).out.find(R"("remarks":["`region`: no event has this; left out.","The task would not get it)"),
        std::string::npos);
}

TEST_F(Preview, wrong_usage_gives_2_and_a_reason) {
    const std::pair<std::vector<std::string>, std::string_view> rows[] = {
        {{"-e", "{}"}, "expected `data` to be an object"},
        {{"-e", "{"}, "The event: Line 1, column 2: not valid JSON"},
        {{"-e", "@/nonexistent/event"}, "/nonexistent/event"},
        {{"--payload", "/nonexistent/payload", "--topic", "a"}, "/nonexistent/payload"},
        {{"--payload", "/dev/null", "--topic", "a/+"}, "--topic"},
        {{"--payload", "/dev/null", "--topic", "a", "--property", "x"}, "NAME=VALUE"},
        {{"--live", "--topic", "$share/g/a"}, "takes nothing away"},
    };
    for (const auto& [arguments, reason] : rows) {
        const Ran ran = run_preview(arguments);
        EXPECT_EQ(ran.code, 2) << reason;
        EXPECT_NE(ran.err.find(reason), std::string::npos) << ran.err;
        EXPECT_EQ(ran.out, "");
    }
    task = "none";
    EXPECT_NE(run_event("{}").err.find("has no task none; there are hot, plain, other."), std::string::npos);
    const Ran which = run_command({"task", "preview", file.path(), "-e", "{}"});
    EXPECT_EQ(which.code, 2);
    EXPECT_NE(which.err.find("3 tasks: say which with --task"), std::string::npos) << which.err;
    const TextFile faulty("tasks: [ { name: 7 } ]");
    const Ran diagnostics = run_command({"task", "preview", faulty.path(), "-e", "{}"});
    EXPECT_EQ(diagnostics.code, 2);
    EXPECT_NE(diagnostics.err.find(": error: "), std::string::npos) << diagnostics.err;
}

TEST_F(Preview, live_reports_secrets_that_are_not_available) {
    const auto preview = [](std::string_view options) {
        std::string text(tasks);
        const std::string_view endpoint = "\"mqtt://127.0.0.1:1\"";
        text.replace(text.find(endpoint), endpoint.size(), options);
        const TextFile with_secrets(text, "secrets.yaml");
        return run_command({"task", "preview", with_secrets.path(), "--task", "hot", "--live"});
    };
    const Ran password = preview(R"("mqtt://127.0.0.1:1", username: u, password: { env: OUTFLOW_TEST_NO_SUCH })");
    EXPECT_EQ(password.code, 1);
    EXPECT_NE(password.err.find("outflow: Task hot: the MQTT password is not available: "), std::string::npos)
        << password.err;
    const Ran key = preview(
        R"("mqtts://127.0.0.1:1", tls: { cert_file: c.pem, key_file: k.pem, key_password: { file: /nonexistent/p } })");
    EXPECT_EQ(key.code, 1);
    EXPECT_NE(key.err.find("the password of k.pem is not available: "), std::string::npos) << key.err;
    EXPECT_NE(key.err.find("/nonexistent/p"), std::string::npos) << key.err;
}

TEST_F(Preview, live_needs_the_broker_and_takes_no_share) {
    const Ran away = run_preview({"--live"});  // nobody listens on port 1
    EXPECT_EQ(away.code, 1);
    EXPECT_NE(away.err.find("connection refused"), std::string::npos) << away.err;
    task = "plain";
    const Ran shared = run_preview({"--live"});
    EXPECT_EQ(shared.code, 2);
    EXPECT_NE(shared.err.find("Here: --topic 'a/#'"), std::string::npos) << shared.err;
    EXPECT_EQ(run_preview({"--live", "--topic", "a/#"}).code, 1);
}

TEST(IndentedJson, keeps_the_text_of_values) {
    std::string out;
    append_indented_json(out, R"({"a":[1.0,{"b":"x,:{\"\\"}],"c":{},"d":[[]]})", "");
    EXPECT_EQ(
        out,
        "{\n  \"a\": [\n    1.0,\n    {\n      \"b\": \"x,:{\\\"\\\\\"\n    }\n  ],\n  \"c\": {},\n  \"d\": [\n    []\n  ]\n}\n");
}

}  // namespace
}  // namespace outflow::cli
