#include "task/load_rig.h"

namespace outflow::task {
namespace {

TEST(load, five_fields_are_enough_and_the_rest_has_defaults) {
    const Loaded loaded = load_text("t.yaml", with(base_property, ""));
    ASSERT_TRUE(loaded.ok()) << all_lines(loaded);
    ASSERT_EQ(loaded.document.tasks.size(), 1U);
    const TaskDefinition& task = loaded.document.tasks[0];
    const auto& source = std::get<MqttSourceDefinition>(task.source);
    const auto& sink = std::get<RocketmqSinkDefinition>(task.sink);
    EXPECT_EQ(task.name, "press");
    EXPECT_EQ(task.file, "t.yaml");
    EXPECT_EQ(source.qos, 1);
    EXPECT_EQ(source.protocol, Protocol::automatic);
    EXPECT_EQ(source.session_expiry_seconds, 604'800U);
    EXPECT_EQ(source.receive_maximum, 16'384);
    EXPECT_EQ(source.keep_alive_seconds, 60);
    EXPECT_EQ(source.retained, mqtt::Retained::only_new);
    EXPECT_EQ(source.validate, event::Validate::off);
    EXPECT_FALSE(task.batch.has_value());
    EXPECT_EQ(sink.topic.form, transform::Form::constant);
    EXPECT_EQ(sink.topic.value, "telemetry");
    EXPECT_EQ(sink.body.paths.at(0).path, "$.data.body");
    EXPECT_EQ(sink.properties.paths.at(0).path, "$.data.userProperties");
    EXPECT_EQ(sink.keys.paths.at(0).path, "$.data.systemProperties.KEYS");
    EXPECT_EQ(sink.tags.paths.at(0).path, "$.data.systemProperties.TAGS");
    EXPECT_EQ(sink.ordering, pipeline::Ordering::topic);
    EXPECT_EQ(sink.producer_group, "outflow-press");
    EXPECT_EQ(sink.send_timeout, std::chrono::seconds(10));
    EXPECT_FALSE(task.property.dead_letter.has_value());
    ASSERT_NE(loaded.document.find("edge"), nullptr);
    EXPECT_EQ(std::get<MqttInstance>(loaded.document.find("edge")->kind).endpoint, (Endpoint{"127.0.0.1", 1883}));
    ASSERT_NE(loaded.document.find("analytics"), nullptr);
    EXPECT_EQ(std::get<RocketmqInstance>(loaded.document.find("analytics")->kind).version, 4);
    EXPECT_EQ(loaded.document.find("oven"), nullptr);
}

TEST(load, every_supported_field_is_taken) {
    const Loaded loaded = load_text("t.yaml", R"(
instances:
  edge:
    mqtt:
      endpoint: mqtt://[::1]
      username: bridge
      password: { env: MQTT_PASSWORD }
      region: hz
      account: "17"
      client_id_property: cid
  analytics:
    rocketmq:
      version: 5
      name_servers: "a:1;b"
      access_key: ak
      secret_key: { file: /run/secret }
      namespace: ns
      region: hz
      account: "17"
tasks:
  - name: press
    description: Presses
    source:
      mqtt:
        instance: edge
        topic: $share/g/factory/#
        qos: 2
        data_format: Binary
        protocol: 5
        client_id: mine
        session_expiry_seconds: 4294967295
        receive_maximum: 60000
        keep_alive_seconds: 30
        retained: never
        validate: full
      batch: { messages: 10000, interval_seconds: 0.25 }
    filter: { data: { topic: [ { prefix: factory/ } ] } }
    filter_dialect: alibaba
    filter_path: "$.data[?@.t > @.max]"
    transform: [ { split: { path: $.data.userProperties.p, json: $.items } }, { split: { path: $.data.props.levels } } ]
    sink:
      rocketmq:
        instance: analytics
        topic: { form: JSONPATH, value: $.data.userProperties.topic }
        body: { form: CONSTANT, value: hello }
        properties: $.data.userProperties
        keys: $.id
        tags: ""
        sharding_key: ""
        ordering: none
        compress_above_bytes: 4096
        producer_group: group
        send_timeout_seconds: 3
    property:
      fault_tolerance: ALL
      dead_letter: { file: dead.jsonl }
      rate_limit: 5000
      max_tasks: 1
)");
    ASSERT_TRUE(loaded.ok()) << all_lines(loaded);
    const Instance& edge = *loaded.document.find("edge");
    const auto& mqtt = std::get<MqttInstance>(edge.kind);
    EXPECT_EQ(mqtt.endpoint, (Endpoint{"::1", 1883}));
    EXPECT_EQ(mqtt.password->kind, platform::SecretSource::Kind::environment);
    EXPECT_EQ(mqtt.password->text, "MQTT_PASSWORD");
    EXPECT_EQ(mqtt.client_id_property, "cid");
    const auto& rocketmq = std::get<RocketmqInstance>(loaded.document.find("analytics")->kind);
    EXPECT_EQ(rocketmq.version, 5);
    EXPECT_EQ(rocketmq.name_servers, (std::vector<Endpoint>{{"a", 1}, {"b", 9876}}));
    EXPECT_EQ(rocketmq.secret_key->kind, platform::SecretSource::Kind::file);
    EXPECT_EQ(rocketmq.namespace_name, "ns");
    const TaskDefinition& task = loaded.document.tasks[0];
    const auto& source = std::get<MqttSourceDefinition>(task.source);
    const auto& sink = std::get<RocketmqSinkDefinition>(task.sink);
    EXPECT_EQ(source.qos, 2);
    EXPECT_EQ(source.data_format, event::DataFormat::binary);
    EXPECT_EQ(source.protocol, Protocol::mqtt_5);
    EXPECT_EQ(source.client_id, "mine");
    EXPECT_EQ(source.session_expiry_seconds, 4'294'967'295U);
    EXPECT_EQ(source.receive_maximum, 60'000);
    EXPECT_EQ(source.retained, mqtt::Retained::never);
    EXPECT_EQ(source.validate, event::Validate::full);
    EXPECT_EQ(task.filter_dialect, pattern::Dialect::alibaba);
    EXPECT_EQ(program_source(task, edge).dialect, pattern::Dialect::alibaba);
    EXPECT_EQ(task.filter_path, "$.data[?@.t > @.max]");
    EXPECT_EQ(program_source(task, edge).filter_path, task.filter_path);
    ASSERT_EQ(task.transform.size(), 2U);
    EXPECT_EQ(std::get<transform::SplitDefinition>(task.transform[0]).array.path, "$.data.userProperties.p");
    EXPECT_EQ(std::get<transform::SplitDefinition>(task.transform[0]).array.json, "$.items");
    EXPECT_EQ(std::get<transform::SplitDefinition>(task.transform[1]).array.path, "$.data.props.levels");
    EXPECT_EQ(task.batch->messages, 10'000U);
    EXPECT_EQ(task.property.rate_limit, 5'000U);
    EXPECT_EQ(task.batch->interval, std::chrono::milliseconds(250));
    EXPECT_EQ(sink.topic.form, transform::Form::jsonpath);
    EXPECT_EQ(sink.body.value, "hello");
    EXPECT_EQ(sink.ordering, pipeline::Ordering::none);
    EXPECT_EQ(sink.compress_above_bytes, 4'096U);
    EXPECT_EQ(sink.producer_group, "group");
    EXPECT_EQ(sink.send_timeout, std::chrono::seconds(3));
    EXPECT_EQ(task.property.dead_letter, DeadLetterDefinition(DeadLetterFile{"dead.jsonl"}));
}

TEST(load, names_are_known_and_given_once) {
    check_diagnostics({
        {"unknown with a suggestion", with_mqtt("qso: 1"), 9, "tasks.press.source.mqtt.qso",
         "unknown field|did you mean `qos`?"},
        {"unknown, case", with_mqtt("QoS: 1"), 9, "tasks.press.source.mqtt.QoS", "did you mean `qos`?"},
        {"unknown, elsewhere", with_mqtt("ordering: none"), 9, "tasks.press.source.mqtt.ordering",
         "unknown|`ordering` is a field of task.sink.rocketmq"},
        {"unknown, nothing near", with_task("zzz: 1"), 12, "tasks.press.zzz",
         "unknown field|there are: name, enabled, description"},
        {"unknown at the top", std::string(base) + "task: []\n", 13, "task", "did you mean `tasks`?"},
        {"unknown and odd", with_task("\"a b\\n\": 1"), 12, "tasks.press.\"a b\\x0a\"", "unknown field"},
        {"twice", with_task("name: other"), 12, "tasks.press.name", "given twice"},
        {"twice in an instance", with("{ endpoint:", "{ endpoint: \"mqtt://x\", endpoint:"), 3,
         "instances.edge.mqtt.endpoint", "given twice"},
        {"twice an instance", with("  analytics:", "  edge: { mqtt: { endpoint: \"mqtt://x\" } }\n  analytics:"), 4,
         "instances.edge", "defined twice|t.yaml:2"},
        {"twice a task",
         std::string(base) + "  - { name: press, source: { mqtt: { instance: edge, topic: a/+ } }, sink: "
                             "{ rocketmq: { instance: analytics, topic: t } }, property: { fault_tolerance: NONE } }\n",
         13, "tasks.press.name", "defined twice|t.yaml:7"},
    });
}

TEST(load, required_fields_are_asked_for) {
    check_diagnostics({
        {"name", with("name: press", "description: x"), 7, "tasks[0].name", "`name` is missing"},
        {"source", with("    source:\n      mqtt: { instance: edge, topic: \"factory/+/press\" }\n", ""), 7,
         "tasks.press.source", "`source` is missing"},
        {"source.mqtt", with("mqtt: { instance: edge, topic: \"factory/+/press\" }", "{}"), 9,
         "tasks.press.source.mqtt", "`mqtt` is missing"},
        {"source instance", with("instance: edge, ", ""), 9, "tasks.press.source.mqtt.instance", "missing"},
        {"source topic", with(", topic: \"factory/+/press\"", ""), 9, "tasks.press.source.mqtt.topic", "missing"},
        {"sink instance", with("instance: analytics, ", ""), 11, "tasks.press.sink.rocketmq.instance", "missing"},
        {"sink topic", with(", topic: telemetry", ""), 11, "tasks.press.sink.rocketmq.topic", "missing"},
        {"endpoint", with("endpoint: \"mqtt://127.0.0.1:1883\"", "username: x"), 3, "instances.edge.mqtt.endpoint",
         "missing"},
        {"name servers", with("name_servers: [\"127.0.0.1:9876\"]", "version: 5"), 5,
         "instances.analytics.rocketmq.name_servers", "missing"},
        {"empty name servers", with("[\"127.0.0.1:9876\"]", "\"\""), 5, "instances.analytics.rocketmq.name_servers",
         "at least one"},
    });
}

TEST(load, types_and_ranges_say_what_was_expected_and_found) {
    check_diagnostics({
        {"text for integer", with_mqtt("qos: one"), 9, "tasks.press.source.mqtt.qos",
         "expected an integer from 0 to 2, found the text \"one\""},
        {"quoted integer", with_mqtt("qos: \"1\""), 9, "tasks.press.source.mqtt.qos",
         "found the text \"1\"|leave the quotes out"},
        {"decimal for integer", with_mqtt("qos: 1.0"), 9, "tasks.press.source.mqtt.qos", "found the number 1.0"},
        {"above", with_mqtt("qos: 3"), 9, "tasks.press.source.mqtt.qos", "found the number 3"},
        {"far above", with_mqtt("qos: 99999999999999999999"), 9, "tasks.press.source.mqtt.qos", "found the number"},
        {"receive maximum", with_mqtt("receive_maximum: 60001"), 9, "tasks.press.source.mqtt.receive_maximum",
         "from 1 to 60,000"},
        {"leading zero", with_mqtt("qos: 01"), 9, "tasks.press.source.mqtt.qos", "expected an integer"},
        {"number for text", with("name: press", "name: 17"), 7, "tasks.17.name",
         "expected text, found the number 17|put it into quotes"},
        {"boolean for text", with_task("description: true"), 12, "tasks.press.description", "found the boolean true"},
        {"nothing for text", with_task("description:"), 12, "tasks.press.description",
         "found nothing|leave the field out"},
        {"list for text", with_task("description: [a]"), 12, "tasks.press.description", "found a list"},
        {"word", with_sink("ordering: keys"), 11, "tasks.press.sink.rocketmq.ordering",
         "expected one of topic, key, none, found the text \"keys\"|did you mean key?"},
        {"word, case", with_mqtt("data_format: json"), 9, "tasks.press.source.mqtt.data_format", "did you mean JSON?"},
        {"dialect", with_task("filter_dialect: aws"), 12, "tasks.press.filter_dialect",
         "expected one of outflow, alibaba, found the text \"aws\""},
        {"map", with_property("[x]"), 12, "tasks.press.property", "expected a map, found a list"},
        {"tasks as a map", with("  - name: press\n    source:", "    source:"), 7, "tasks",
         "expected a list, found a map"},
        {"task as text", std::string(base) + "  - x\n", 13, "tasks[1]", "expected a map, found the text \"x\""},
        {"batch messages", with_source("batch: { messages: 0 }"), 10, "tasks.press.source.batch.messages",
         "from 1 to 10,000"},
        {"batch interval", with_source("batch: { interval_seconds: 15.5 }"), 10,
         "tasks.press.source.batch.interval_seconds", "expected a number from 0 to 15, found the number 15.5"},
        {"empty text", with("instance: edge,", "instance: \"\","), 9, "tasks.press.source.mqtt.instance",
         "found an empty one"},
        {"version", with("rocketmq: { name", "rocketmq: { version: 3, name"), 5, "instances.analytics.rocketmq.version",
         "from 4 to 5"},
        {"max_tasks", with_property("{ max_tasks: 0 }"), 12, "tasks.press.property.max_tasks",
         "expected 1, found the number 0"},
        {"no rate", with_property("{ rate_limit: 0 }"), 12, "tasks.press.property.rate_limit",
         "expected an integer from 1 to 1,000,000, found the number 0"},
        {"a rate that is no limit", with_property("{ rate_limit: 1000001 }"), 12, "tasks.press.property.rate_limit",
         "expected an integer from 1 to 1,000,000, found the number 1000001"},
        {"part of a rate", with_property("{ rate_limit: 0.5 }"), 12, "tasks.press.property.rate_limit",
         "expected an integer from 1 to 1,000,000, found the number 0.5"},
        {"a rate with a unit", with_property("{ rate_limit: 100/s }"), 12, "tasks.press.property.rate_limit",
         "found the text \"100/s\""},
    });
}

TEST(load, what_this_version_does_not_act_on_is_refused_by_name) {
    const std::string mqtt = "mqtt: { endpoint: \"mqtt://127.0.0.1:1883\"";
    check_diagnostics({
        {"ws", with("mqtt://127", "ws://127"), 3, "instances.edge.mqtt.endpoint",
         "MQTT over WebSocket (ws://) is not supported yet"},
        {"tls with mqtt://", with(mqtt, mqtt + ", tls: {}"), 3, "instances.edge.mqtt.tls",
         "MQTT over plain TCP|write endpoint: mqtts://HOST:8883"},
        {"tls that is no map", with("rocketmq: { name", "rocketmq: { tls: true, name"), 5,
         "instances.analytics.rocketmq.tls", "expected a map"},
        {"a certificate without its key", with("rocketmq: { name", "rocketmq: { tls: { cert_file: c }, name"), 5,
         "instances.analytics.rocketmq.tls.cert_file", "come together|add the other one"},
        {"a password without a key", with("rocketmq: { name", "rocketmq: { tls: { key_password: c }, name"), 5,
         "instances.analytics.rocketmq.tls.key_password", "a password without a key_file"},
        {"a pin that is none", with("rocketmq: { name", "rocketmq: { tls: { pin_sha256: c }, name"), 5,
         "instances.analytics.rocketmq.tls.pin_sha256", "the Base64 of 32 bytes|openssl x509"},
        {"what verify: none ignores", with("rocketmq: { name", "rocketmq: { tls: { verify: none, ca_file: c }, name"),
         5, "instances.analytics.rocketmq.tls.verify", "useless|leave it out"},
        {"a server name with its port",
         with("rocketmq: { name", "rocketmq: { tls: { server_name: \"b.example:1\" }, name"), 5,
         "instances.analytics.rocketmq.tls.server_name", "a host name or an IP address, without a port"},
        {"a server name with a NUL",
         with("rocketmq: { name", "rocketmq: { tls: { server_name: \"b.example\\0x\" }, name"), 5,
         "instances.analytics.rocketmq.tls.server_name", "a host name or an IP address, without a port"},
        {"endpoints", with("rocketmq: { name", "rocketmq: { endpoints: a, name"), 5,
         "instances.analytics.rocketmq.endpoints", "`endpoints` is not supported yet"},
        {"map", with_task("transform: [ { map: [] } ]"), 12, "tasks.press.transform[0].map", "not supported yet"},
        {"enrich", with_task("transform: [ { enrich: {} } ]"), 12, "tasks.press.transform[0].enrich",
         "not supported yet"},
        {"route", with_task("transform: [ { route: {} } ]"), 12, "tasks.press.transform[0].route", "not supported yet"},
        {"filter", with_task("transform: [ { filter: {} } ]"), 12, "tasks.press.transform[0].filter",
         "not supported yet"},
        {"function", with_task("transform: [ { function: {} } ]"), 12, "tasks.press.transform[0].function",
         "not supported yet"},
        {"unknown stage", with_task("transform: [ { enrihc: {} } ]"), 12, "tasks.press.transform[0].enrihc",
         "unknown field|did you mean `enrich`?"},
        {"retry", with_property("{ retry: { strategy: BACKOFF_RETRY } }"), 12, "tasks.press.property.retry",
         "`retry` is not supported yet"},
        {"max_tasks", with_property("{ max_tasks: 2 }"), 12, "tasks.press.property.max_tasks",
         "max_tasks above 1 is not supported yet"},
        {"ALL alone", with_property("{ fault_tolerance: ALL }"), 12, "tasks.press.property.fault_tolerance",
         "`ALL` without dead_letter is not supported yet"},
        {"NONE and dead letters", with_property("{ fault_tolerance: NONE, dead_letter: { file: x } }"), 12,
         "tasks.press.property.fault_tolerance", "`NONE` with dead_letter is not supported yet"},
        {"dead letter topic", with_property("{ dead_letter: { rocketmq: { instance: analytics, topic: d } } }"), 12,
         "tasks.press.property.dead_letter.rocketmq", "not supported yet|use file"},
        {"dead letter kafka", with_property("{ dead_letter: { kafka: {} } }"), 12,
         "tasks.press.property.dead_letter.kafka", "not supported yet"},
        {"dead letter http", with_property("{ dead_letter: { http: {} } }"), 12,
         "tasks.press.property.dead_letter.http", "not supported yet"},
    });
}

TEST(load, values_are_checked_beyond_their_type) {
    const std::string endpoint = "mqtt://127.0.0.1:1883";
    check_diagnostics({
        {"scheme", with(endpoint, "http://127.0.0.1:1883"), 3, "instances.edge.mqtt.endpoint", "mqtt://HOST:PORT"},
        {"two brokers", with(endpoint, "mqtt://a:1883,b:1883"), 3, "instances.edge.mqtt.endpoint", "one broker only"},
        {"no host", with(endpoint, "mqtt://:1883"), 3, "instances.edge.mqtt.endpoint", "the host is missing"},
        {"bad port", with(endpoint, "mqtt://a:70000"), 3, "instances.edge.mqtt.endpoint",
         "a:70000|a number from 1 to 65535"},
        {"bare IPv6", with(endpoint, "mqtt://::1:1883"), 3, "instances.edge.mqtt.endpoint", "brackets"},
        {"path", with(endpoint, "mqtt://a/b"), 3, "instances.edge.mqtt.endpoint", "no path"},
        {"bad server", with("\"127.0.0.1:9876\"", "\"a:b\""), 5, "instances.analytics.rocketmq.name_servers", "port"},
        {"server twice", with("\"127.0.0.1:9876\"", "\"a:9876\", a"), 5, "instances.analytics.rocketmq.name_servers",
         "given twice"},
        {"key alone", with("rocketmq: { name", "rocketmq: { access_key: a, name"), 5,
         "instances.analytics.rocketmq.access_key", "come together"},
        {"both kinds", with("    mqtt: {", "    rocketmq: { name_servers: [a] }\n    mqtt: {"), 2, "instances.edge",
         "either mqtt or rocketmq"},
        {"instance name", with("  analytics:", "  \"a b\": { mqtt: { endpoint: \"mqtt://x\" } }\n  analytics:"), 4,
         "instances.\"a b\"", "letters, digits, - and _ only"},
        {"task name", with("name: press", "name: _press"), 7, "tasks._press.name", "begins with a letter or digit"},
        {"long task name", with("name: press", "name: " + std::string(128, 'a')), 7,
         "tasks.\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\".name", "longer than 127"},
        {"unknown source instance", with("instance: edge", "instance: egde"), 9, "tasks.press.source.mqtt.instance",
         "there is no instance \"egde\"|did you mean edge?"},
        {"unknown sink instance", with("instance: analytics", "instance: zzzz"), 11,
         "tasks.press.sink.rocketmq.instance", "there is no instance \"zzzz\"|there are: analytics"},
        {"wrong kind", with("instance: edge", "instance: analytics"), 9, "tasks.press.source.mqtt.instance",
         "expected an mqtt instance, \"analytics\" is a rocketmq one|edge"},
        {"bad filter", with("factory/+/press", "factory/#/press"), 9, "tasks.press.source.mqtt.topic",
         "# stands alone"},
        {"unquoted #",
         with("{ instance: edge, topic: \"factory/+/press\" }", "\n        topic: #\n        instance: edge"), 10,
         "tasks.press.source.mqtt.topic", "expected text, found nothing|begins a comment|\"#\""},
        {"bad plus", with("factory/+/press", "factory/+x"), 9, "tasks.press.source.mqtt.topic", "+ stands alone"},
        {"share without a filter",
         with("\"factory/+/press\" }\n    sink:\n      rocketmq: {",
              "$share/g }\n    sink:\n      rocketmq: { ordering: none,"),
         9, "tasks.press.source.mqtt.topic", "needs a filter"},
        {"share needs no order", with("factory/+/press", "$share/g/a/+"), 11, "tasks.press.sink.rocketmq.ordering",
         "$share|write ordering: none"},
        {"a filter_path that is no path", with_task("filter_path: $.data.body.t > 80"), 12, "tasks.press.filter_path",
         "character 14|a comparison stands in a filter"},
        {"a filter_path to nowhere", with_task("filter_path: $.data.bdy"), 12, "tasks.press.filter_path",
         "No event of this task|Did you mean `$.data.body`?"},
        {"key needs a key", with_sink("ordering: key"), 11, "tasks.press.sink.rocketmq.ordering",
         "needs a sharding_key"},
        {"window",
         with("\"factory/+/press\" }", "\"factory/+/press\", receive_maximum: 50 }\n      batch: { messages: 51 }"), 9,
         "tasks.press.source.mqtt.receive_maximum", "50 is less than the 51 messages"},
        {"topic alphabet", with("topic: telemetry", "topic: a.b"), 11, "tasks.press.sink.rocketmq.topic",
         "RocketMQ takes letters"},
        {"topic of a template that is constant", with("topic: telemetry", "topic: { form: TEMPLATE, template: a.b }"),
         11, "tasks.press.sink.rocketmq.topic", "RocketMQ takes letters"},
        {"topic length", with("topic: telemetry", "topic: " + std::string(128, 't')), 11,
         "tasks.press.sink.rocketmq.topic", "at most 127 bytes|found 128"},
        {"topic length with namespace",
         with("{ name_servers: [\"127.0.0.1:9876\"] }",
              "{ name_servers: [a], namespace: " + std::string(118, 'n') + " }"),
         11, "tasks.press.sink.rocketmq.topic", "at most 8 bytes"},
        {"group alphabet", with_sink("producer_group: a b"), 11, "tasks.press.sink.rocketmq.producer_group",
         "RocketMQ takes letters"},
        {"secret of two places",
         with("mqtt: { endpoint", "mqtt: { username: u, password: { env: a, file: b }, endpoint"), 3,
         "instances.edge.mqtt.password", "one of env and file"},
        {"form without value", with_sink("body: { form: CONSTANT }"), 11, "tasks.press.sink.rocketmq.body.value",
         "missing"},
        {"a dead-letter file of two tasks", with_property("{ dead_letter: { file: a/dead.jsonl } }") + R"(
  - name: other
    source: { mqtt: { instance: edge, topic: "a/+" } }
    sink: { rocketmq: { instance: analytics, topic: telemetry } }
    property: { dead_letter: { file: ./a//b/../dead.jsonl } }
)",
         17, "tasks.other.property.dead_letter.file", "\"press\" writes its dead letters to the same file|of its own"},
        {"dead letter nowhere", with_property("{ dead_letter: {} }"), 12, "tasks.press.property.dead_letter",
         "expected { file: PATH }"},
    });
}

TEST(load, warnings_do_not_refuse_the_file) {
    check_diagnostics(
        {
            {"one topic", with("factory/+/press", "factory/1/press"), 9, "tasks.press.source.mqtt.topic",
             "warning|one RocketMQ queue"},
            {"key without ordering", with_sink("sharding_key: $.data.topic"), 11,
             "tasks.press.sink.rocketmq.sharding_key", "warning|without ordering: key"},
            {"constant key", with_sink("sharding_key: a, ordering: key"), 11, "tasks.press.sink.rocketmq.sharding_key",
             "one RocketMQ queue"},
            {"constant key of a template", with_sink("sharding_key: { form: TEMPLATE, template: a }, ordering: key"),
             11, "tasks.press.sink.rocketmq.sharding_key", "one RocketMQ queue"},
            {"an unused variable", with_sink("body: { form: TEMPLATE, template: x, value: { a: 1 } }"), 11,
             "tasks.press.sink.rocketmq.body.value.a", "warning|does not use the variable `a`"},
            {"a constant that looks like a form", with_sink("body: ORIGINAL"), 11, "tasks.press.sink.rocketmq.body",
             "warning|the constant ORIGINAL|{ form: ORIGINAL }"},
            {"a constant that looks like a template", with_sink("body: \"${x}\""), 11, "tasks.press.sink.rocketmq.body",
             "warning|stays as it is|form: TEMPLATE"},
            {"a constant that looks like a path", with_sink("body: $"), 11, "tasks.press.sink.rocketmq.body",
             "warning|the constant $"},
            {"a path without its beginning", with_sink("keys: data.body.id"), 11, "tasks.press.sink.rocketmq.keys",
             "warning|the constant data.body.id|the path is written $.data.body.id"},
            {"a path without its dot", with_sink("tags: $data.body.id"), 11, "tasks.press.sink.rocketmq.tags",
             "warning|the constant $data.body.id|the path is written $.data.body.id"},
            {"an operator without its array", with_task("filter: { data: { body: { v: { exists: [ false ] } } } }"), 12,
             "tasks.press.filter at /data/body/v/exists", "warning|name of a field|\"v\": [{\"exists\":false}]"},
            {"an operator without its array, in JSON",
             with_task("filter: '{\"data\":{\"body\":{\"v\":{\"exists\":[false]}}}}'"), 12,
             "tasks.press.filter at /data/body/v/exists",
             "warning|name of a field|(line 1, column 32 of the pattern)|\"v\": [{"},
            {"no session", with_mqtt("session_expiry_seconds: 0"), 9, "tasks.press.source.mqtt.session_expiry_seconds",
             "warning|drops"},
            {"password alone", with("mqtt: { endpoint", "mqtt: { password: x, endpoint"), 3,
             "instances.edge.mqtt.password", "without a user name"},
            {"shared in 3.1.1",
             with("topic: \"factory/+/press\" }\n    sink:\n      rocketmq: {",
                  "protocol: 3.1.1, topic: $share/g/a }\n    sink:\n      rocketmq: { ordering: none,"),
             9, "tasks.press.source.mqtt.topic", "warning|$share belongs to MQTT 5|leave out protocol"},
            {"the port of TLS", with("127.0.0.1:1883", "127.0.0.1:8883"), 3, "instances.edge.mqtt.endpoint",
             "warning|port 8883 is usually TLS|1883"},
            {"the port of plain TCP", with("mqtt://127.0.0.1:1883", "mqtts://127.0.0.1:1883"), 3,
             "instances.edge.mqtt.endpoint", "warning|port 1883 is usually MQTT over plain TCP|8883"},
            {"no verification", with("rocketmq: { name", "rocketmq: { tls: { verify: none }, name"), 5,
             "instances.analytics.rocketmq.tls.verify", "warning|whoever answers is believed|ca_file"},
        },
        Severity::warning);
    EXPECT_TRUE(load_text("t.yaml", with("factory/+/press", "factory/1/press")).ok());
}

TEST(load, a_task_that_one_undeliverable_message_would_end_is_reported_of) {
    const char* const path = "tasks.press.property.dead_letter";
    const char* const words = "warning|without it one undeliverable message ends the task|grace period|"
                              "write property: { dead_letter: { file: PATH } }|fault_tolerance: NONE";
    check_diagnostics({{"no property", with(base_property, ""), 7, path, words},
                       {"a property without it", with_property("{ max_tasks: 1 }"), 12, path, words},
                       {"only one of two tasks", std::string(base) + R"(  - name: other
    source: { mqtt: { instance: edge, topic: "a/+" } }
    sink: { rocketmq: { instance: analytics, topic: telemetry } }
)",
                        13, "tasks.other.property.dead_letter", words}},
                      Severity::warning);
    EXPECT_EQ(all_lines(load_text("t.yaml", base)), "");
    EXPECT_EQ(all_lines(load_text("t.yaml", with_property("{ fault_tolerance: NONE }"))), "") << "it is meant";
}

TEST(load, all_diagnostics_come_at_once_in_the_order_of_the_file) {
    const Loaded loaded = load_text("t.yaml", R"(instances:
  edge:
    mqtt: { endpiont: "mqtt://a" }
tasks:
  - name: one
    source:
      mqtt: { instance: egde, topic: "a/#/b", qos: 5 }
    sink:
      rocketmq: { instance: edge, topic: a.b }
  - name: two
)");
    const std::string lines = all_lines(loaded);
    EXPECT_FALSE(loaded.ok());
    EXPECT_TRUE(std::is_sorted(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                               [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; }));
    EXPECT_TRUE(holds_words(lines, "endpiont|did you mean `endpoint`|one.source.mqtt.instance")) << lines;
    EXPECT_TRUE(holds_words(lines, "source.mqtt.topic|source.mqtt.qos|sink.rocketmq.instance|sink.rocketmq.topic"))
        << lines;
    EXPECT_TRUE(holds_words(lines, "tasks.two.source|tasks.two.sink")) << lines;
}

}  // namespace
}  // namespace outflow::task
