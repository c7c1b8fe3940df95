// Forms of the sink's fields in a task file.
#include "task/load_rig.h"

namespace outflow::task {
namespace {

TEST(value, forms_are_taken_in_yaml_and_as_json_text) {
    const Loaded loaded = load_text("t.yaml", with("{ instance: analytics, topic: telemetry }", R"(
        instance: analytics
        topic: { form: TEMPLATE, template: "${kind}-events", value: '{"kind":"$.data.body.kind"}' }
        body:
          form: TEMPLATE
          template: '{"n":${n},"t":${t},"c":"${c}"}'
          value: { n: 1.0, t: $.data.body.t, c: "a\"b" }
        properties: { form: ORIGINAL }
        keys: { form: JSONPATH, value: "$.data.body.ids[*]", template: "" }
        tags: { form: TEMPLATE, template: press }
        sharding_key: { form: ORIGINAL, value: "", template: "" }
        ordering: key)"));
    ASSERT_TRUE(loaded.diagnostics.empty()) << all_lines(loaded);
    const auto& sink = std::get<RocketmqSinkDefinition>(loaded.document.tasks[0].sink);
    EXPECT_EQ(sink.topic.form, transform::Form::template_text);
    EXPECT_EQ(sink.topic.template_text, "${kind}-events");
    EXPECT_EQ(sink.topic.value, R"({"kind":"$.data.body.kind"})");
    EXPECT_EQ(sink.body.template_text, R"({"n":${n},"t":${t},"c":"${c}"})");
    EXPECT_EQ(sink.body.value, R"({"n":1.0,"t":"$.data.body.t","c":"a\"b"})");
    EXPECT_EQ(sink.properties.form, transform::Form::original);
    EXPECT_EQ(sink.keys.paths.at(0).path, "$.data.body.ids[*]");
    EXPECT_EQ(sink.tags.template_text, "press");
    EXPECT_EQ(sink.sharding_key.form, transform::Form::original);
}

TEST(value, raw_is_a_form_of_the_body) {
    const Loaded loaded = load_text("t.yaml", with_sink("body: { form: RAW, value: \"\" }"));
    ASSERT_TRUE(loaded.diagnostics.empty()) << all_lines(loaded);
    EXPECT_EQ(std::get<RocketmqSinkDefinition>(loaded.document.tasks[0].sink).body.form, transform::Form::raw);
}

// Whoever asks for Binary hardly expects Base64 in RocketMQ, unless the file says so.
TEST(value, the_base64_of_a_binary_body_is_reported_where_it_was_not_asked_for) {
    check_diagnostics({{"the default", with_mqtt("data_format: Binary"), 9, "tasks.press.source.mqtt.data_format",
                        "warning|Base64|body: { form: RAW }|body: $.data.body"}},
                      Severity::warning);
    for (std::string_view body : {"body: $.data.body", "body: { form: RAW }"}) {
        std::string text = with_mqtt("data_format: Binary");
        text.replace(text.find("topic: telemetry"), 16, fmt::format("topic: telemetry, {}", body));
        EXPECT_EQ(all_lines(load_text("t.yaml", text)), "") << body;
    }
}

TEST(value, what_is_constant_and_cannot_be_carried_is_a_diagnostic) {
    const std::string sink = "tasks.press.sink.rocketmq.";
    const auto with_template = [](std::string_view field, std::string_view text) {
        return with_sink(fmt::format(
            "\n                {}: {{ form: TEMPLATE, template: '{}', value: {{ a: $.data.topic }} }}", field, text));
    };
    const auto with_topic = [](std::string_view topic) {
        return with("topic: telemetry", fmt::format("topic: {}", topic));
    };
    std::string long_text;
    while (long_text.size() < 32'000) long_text += "\xf0\x9f\x98\x80";  // 8,000 characters
    check_diagnostics({
        {"a tag", with_sink("tags: \"a\\x01\""), 11, sink + "tags", "cannot carry the bytes 0x01 and 0x02"},
        {"keys", with_sink("keys: { form: CONSTANT, value: \"a\\x02b\" }"), 11, sink + "keys.value", "0x01 and 0x02"},
        {"a sharding key",
         with_sink("ordering: key, sharding_key: { form: TEMPLATE, template: \"a\\x02${x}\", value: { x: $.id } }"), 11,
         sink + "sharding_key.template", "0x01 and 0x02"},
        {"a property", with_sink("properties: '{\"a\":\"b\\u0001\"}'"), 11, sink + "properties", "0x01 and 0x02"},
        {"a property of RocketMQ's own", with_sink("properties: '{\"a\":{},\"DELAY\":3}'"), 11, sink + "properties",
         "keeps the property name \"DELAY\" for itself|as mqtt.DELAY|choose another name"},
        {"the same in a template", with_template("properties", "{\"x\":${a},\"WAIT\":${a}}"), 12,
         sink + "properties.template", "\"WAIT\" for itself"},
        {"an empty property", with_sink("properties: '{\"a\":\"\"}'"), 11, sink + "properties",
         "has no empty properties|\"a\" would be left out"},
        {"a property without a name", with_sink("properties: '{\"\":\"x\"}'"), 11, sink + "properties", "needs a name"},
        {"too many properties", with_sink("properties: '{\"a\":\"" + long_text + "\"}'"), 11, sink + "properties",
         "The properties, with keys and tags, have 32003 bytes; at most 32000 fit"},
        {"a topic of RocketMQ's own", with_topic("TBW102"), 11, sink + "topic",
         "TBW102|one of RocketMQ's own; send to another one;"},
        {"a retry topic", with_topic("'%RETRY%g'"), 11, sink + "topic", "belongs to a consumer group's retries"},
        {"around a topic's variables",
         with_topic("{ form: TEMPLATE, template: \"${a}/x\", value: { a: $.data.topic } }"), 11,
         sink + "topic.template", "the template has \"/x\"|undeliverable"},
        {"a topic's default", with_topic("{ form: TEMPLATE, template: \"${a:-n/a}\", value: { a: $.data.topic } }"), 11,
         sink + "topic.template", "the template has \"/a\""},
    });
    const std::string good[] = {with_sink("tags: \"a|b\", keys: \"k\\n\""),
                                with_sink("properties: '{\"a\":null,\"b\":{}}'"),
                                with_template("properties", "{\"x\":\"${a}\",\"y\":${a:-}}"),
                                with_topic("{ form: TEMPLATE, template: \"${a}-${b:-x}|%\", value: { a: $.id } }")};
    for (const std::string& text : good)
        EXPECT_TRUE(load_text("t.yaml", text).ok()) << all_lines(load_text("t.yaml", text));
}

TEST(value, a_path_may_say_more_and_keys_may_have_several) {
    const Loaded loaded = load_text("t.yaml", with("{ instance: analytics, topic: telemetry }", R"(
        instance: analytics
        topic: { path: $.data.body.topics, json: "$[*].name", take: first }
        body: { form: TEMPLATE, template: "${t:=0}", value: { t: { path: $.data.body.p, json: $.t } } }
        tags: { path: "$.data.body.tags[*]", take: first }
        keys:
          - $.data.body.id
          - { path: $.data.body.p, json: $.id })"));
    ASSERT_TRUE(loaded.diagnostics.empty()) << all_lines(loaded);
    const auto& sink = std::get<RocketmqSinkDefinition>(loaded.document.tasks[0].sink);
    const auto reported = [](const transform::Field& field) {
        std::string text;
        for (const transform::ValuePath& path : field.paths) {
            text += path.path + " " + path.json + (path.takes_first ? " first;" : ";");
        }
        return text;
    };
    EXPECT_EQ(reported(sink.topic), "$.data.body.topics $[*].name first;");
    EXPECT_EQ(reported(sink.tags), "$.data.body.tags[*]  first;");
    EXPECT_EQ(reported(sink.keys), "$.data.body.id ;$.data.body.p $.id;");
    EXPECT_EQ(sink.body.value, R"({"t":{"path":"$.data.body.p","json":"$.t"}})");
}

TEST(value, diagnostics_of_paths_have_their_place) {
    const std::string sink = "tasks.press.sink.rocketmq.";
    const auto with_field = [](std::string_view field) {
        return with_sink(fmt::format("\n                {}", field));
    };
    check_diagnostics({
        {"no path", with_field("tags: { json: $.a }"), 12, sink + "tags.path", "`path` is missing"},
        {"another word", with_field("tags: { path: $.data.body.a, take: last }"), 12, sink + "tags.take",
         "expected one of first"},
        {"an unknown field", with_field("tags: { path: $.data.body.a, jsn: $.a }"), 12, sink + "tags.jsn",
         "unknown field|did you mean `json`?"},
        {"a path inside", with_field("tags: { path: $.data.body.a, json: \"$[\" }"), 12, sink + "tags",
         "JSONPath `$[`"},
        {"a list for a tag", with_field("tags: [ $.data.body.a ]"), 12, sink + "tags",
         "expected a path, a constant text, { path, json, take } or { form|found a list|only keys take a list of paths"},
        {"an empty list", with_field("keys: []"), 12, sink + "keys", "a list of paths"},
        {"a constant in a list", with_field("keys: [ $.data.body.a,\n                  press ]"), 13, sink + "keys[1]",
         "expected a path or { path, json, take }|a path begins with $."},
        {"a bad path in a list", with_field("keys: [ $.data.body.a,\n                  \"$.data[\" ]"), 13,
         sink + "keys[1]", "JSONPath `$.data[`"},
        {"a variable",
         with_field(
             "tags: { form: TEMPLATE, template: \"${a}\",\n                value: { a: { path: $.data.body.a, tak: first } } }"),
         13, sink + "tags.value.a.tak", "A variable has no `tak`"},
    });
    check_diagnostics(
        {
            {"nowhere", with_field("keys: [ $.data.body.a, $.body.id ]"), 12, sink + "keys[1]",
             "warning|No event of this task has anything at `$.body.id`|Did you mean `$.data.body.id`?"},
        },
        Severity::warning);
    check_diagnostics({
        {"an order that would be lost", with_field("sharding_key: $.body.id, ordering: key"), 12, sink + "sharding_key",
         "No event of this task has anything at `$.body.id`|Did you mean `$.data.body.id`?"},
    });
}

TEST(value, diagnostics_of_forms_have_their_place) {
    const std::string body = "tasks.press.sink.rocketmq.body";
    const auto with_form = [](std::string_view fields) {
        return with_sink(fmt::format("\n                body: {}", fields));
    };
    const auto with_template = [&](std::string_view text, std::string_view variables) {
        constexpr std::string_view line = "\n                ";
        return with_form(fmt::format("{{ form: TEMPLATE,{0}template: \"{1}\",{0}value: {2} }}", line, text, variables));
    };
    check_diagnostics({
        {"unknown form", with_form("{ form: template }"), 12, body + ".form",
         "expected one of ORIGINAL, JSONPATH, CONSTANT, TEMPLATE, RAW|did you mean TEMPLATE?"},
        {"names with paths", with_form("{ a: $.data.body.a, b: x }"), 12, body,
         "expected a path, a constant text or { form, value, template }|"
         "write { form: TEMPLATE, template: '{\"a\":\"${a}\",\"b\":\"${b}\"}', value: { a: $.data.body.a, b: x } }"},
        {"no template", with_form("{ form: TEMPLATE, value: {} }"), 12, body + ".template", "`template` is missing"},
        {"a value for ORIGINAL", with_form("{ form: ORIGINAL, value: x }"), 12, body + ".value",
         "the form ORIGINAL has no value|leave it out"},
        {"a value for RAW", with_form("{ form: RAW, value: $.data.body }"), 12, body + ".value",
         "the form RAW has no value|leave it out"},
        {"a template for RAW", with_form("{ form: RAW, template: x }"), 12, body + ".template",
         "the form RAW has no template"},
        {"RAW for keys", with_sink("\n                keys: { form: RAW }"), 12, "tasks.press.sink.rocketmq.keys.form",
         "only the body can carry bytes|$.data.body"},
        {"a template for CONSTANT", with_form("{ form: CONSTANT, value: x, template: y }"), 12, body + ".template",
         "the form CONSTANT has no template"},
        {"a map for JSONPATH", with_form("{ form: JSONPATH, value: { a: b } }"), 12, body + ".value",
         "expected text, found a map|variables belong to the form TEMPLATE"},
        {"a list for TEMPLATE", with_form("{ form: TEMPLATE, template: x, value: [a] }"), 12, body + ".value",
         "expected text, or a map of variables, found a list"},
        {"a path", with_form("{ form: JSONPATH, value: \"$.data[\" }"), 12, body, "JSONPath `$.data[`, character 8"},
        {"an unknown variable", with_template("${b}", "{ a: 1, c: 2 }"), 13, body + ".template",
         "`${b}` is not among the variables|There are: a, c"},
        {"a variable's path", with_template("${a}", "{\n                  a: \"$.data[\" }"), 15, body + ".value.a",
         "JSONPath `$.data[`"},
        {"a variable's path in JSON text", with_template("${a}", R"('{"a":"$.data["}')"), 14, body + ".value",
         "JSONPath `$.data[`"},
        {"a variable that is a map", with_template("${a}", "{ a: { b: 1 } }"), 14, body + ".value.a",
         "The variable `a` is a JSON object"},
        {"a variable twice", with_template("${a}", "{ a: 1, a: 2 }"), 14, body + ".value", "\"a\" is given twice"},
        {"a number that JSON has not", with_template("${a}", "{ a: 007 }"), 14, body + ".value", "JSON cannot spell"},
        {"variables that are no object", with_form("{ form: TEMPLATE, template: x, value: '[1]' }"), 12,
         body + ".value", "a JSON object of names"},
        {"too long", with_form("{ form: CONSTANT, value: " + std::string(10'241, 'x') + " }"), 12, body + ".value",
         "10241 characters"},
    });
}

}  // namespace
}  // namespace outflow::task
