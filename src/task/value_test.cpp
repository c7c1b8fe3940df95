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
    EXPECT_EQ(sink.keys.value, "$.data.body.ids[*]");
    EXPECT_EQ(sink.tags.template_text, "press");
    EXPECT_EQ(sink.sharding_key.form, transform::Form::original);
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
        {"names with paths", with_form("{ a: $.data.body.a, b: x }"), 12, body,
         "expected a path, a constant text or { form, value, template }|"
         "write { form: TEMPLATE, template: '{\"a\":\"${a}\",\"b\":\"${b}\"}', value: { a: $.data.body.a, b: x } }"},
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
