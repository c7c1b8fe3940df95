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
    ASSERT_TRUE(loaded.faults.empty()) << all_lines(loaded);
    const SinkDefinition& sink = loaded.document.tasks[0].sink;
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

TEST(value, a_path_may_say_more_and_keys_may_have_several) {
    const Loaded loaded = load_text("t.yaml", with("{ instance: analytics, topic: telemetry }", R"(
        instance: analytics
        topic: { path: $.data.body.topics, json: "$[*].name", take: first }
        body: { form: TEMPLATE, template: "${t:=0}", value: { t: { path: $.data.body.p, json: $.t } } }
        tags: { path: "$.data.body.tags[*]", take: first }
        keys:
          - $.data.body.id
          - { path: $.data.body.p, json: $.id })"));
    ASSERT_TRUE(loaded.faults.empty()) << all_lines(loaded);
    const SinkDefinition& sink = loaded.document.tasks[0].sink;
    const auto told = [](const transform::Field& field) {
        std::string text;
        for (const transform::ValuePath& path : field.paths) {
            text += path.path + " " + path.json + (path.takes_first ? " first;" : ";");
        }
        return text;
    };
    EXPECT_EQ(told(sink.topic), "$.data.body.topics $[*].name first;");
    EXPECT_EQ(told(sink.tags), "$.data.body.tags[*]  first;");
    EXPECT_EQ(told(sink.keys), "$.data.body.id ;$.data.body.p $.id;");
    EXPECT_EQ(sink.body.value, R"({"t":{"path":"$.data.body.p","json":"$.t"}})");
}

TEST(value, faults_of_paths_have_their_place) {
    const std::string sink = "tasks.press.sink.rocketmq.";
    const auto with_field = [](std::string_view field) { return with_sink(fmt::format("\n                {}", field)); };
    check_faults({
        {"no path", with_field("tags: { json: $.a }"), 12, sink + "tags.path", "`path` is missing"},
        {"another word", with_field("tags: { path: $.data.body.a, take: last }"), 12, sink + "tags.take", "expected one of first"},
        {"an unknown field", with_field("tags: { path: $.data.body.a, jsn: $.a }"), 12, sink + "tags.jsn",
         "unknown field|did you mean `json`?"},
        {"a path inside", with_field("tags: { path: $.data.body.a, json: \"$[\" }"), 12, sink + "tags", "JSONPath `$[`"},
        {"a list for a tag", with_field("tags: [ $.data.body.a ]"), 12, sink + "tags",
         "expected a path, a constant text, { path, json, take } or { form|found a list|only keys take a list of paths"},
        {"an empty list", with_field("keys: []"), 12, sink + "keys", "a list of paths"},
        {"a constant in a list", with_field("keys: [ $.data.body.a,\n                  press ]"), 13,
         sink + "keys[1]", "expected a path or { path, json, take }|a path begins with $."},
        {"a bad path in a list", with_field("keys: [ $.data.body.a,\n                  \"$.data[\" ]"), 13,
         sink + "keys[1]", "JSONPath `$.data[`"},
        {"a variable", with_field("tags: { form: TEMPLATE, template: \"${a}\",\n                value: { a: { path: $.data.body.a, tak: first } } }"),
         13, sink + "tags.value.a.tak", "A variable has no `tak`"},
    });
    check_faults({
        {"nowhere", with_field("keys: [ $.data.body.a, $.body.id ]"), 12, sink + "keys[1]",
         "advice|No event of this task has anything at `$.body.id`|Did you mean `$.data.body.id`?"},
    }, Severity::advice);
    check_faults({
        {"an order that would be lost", with_field("sharding_key: $.body.id, ordering: key"), 12, sink + "sharding_key",
         "No event of this task has anything at `$.body.id`|Did you mean `$.data.body.id`?"},
    });
}

TEST(value, faults_of_forms_have_their_place) {
    const std::string body = "tasks.press.sink.rocketmq.body";
    const auto with_form = [](std::string_view fields) {
        return with_sink(fmt::format("\n                body: {}", fields));
    };
    const auto with_template = [&](std::string_view text, std::string_view variables) {
        constexpr std::string_view line = "\n                ";
        return with_form(
            fmt::format("{{ form: TEMPLATE,{0}template: \"{1}\",{0}value: {2} }}", line, text, variables));
    };
    check_faults({
        {"unknown form", with_form("{ form: template }"), 12, body + ".form",
         "expected one of ORIGINAL, JSONPATH, CONSTANT, TEMPLATE|did you mean TEMPLATE?"},
        {"no template", with_form("{ form: TEMPLATE, value: {} }"), 12, body + ".template", "`template` is missing"},
        {"a value for ORIGINAL", with_form("{ form: ORIGINAL, value: x }"), 12, body + ".value",
         "the form ORIGINAL has no value|leave it out"},
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
