#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "task/load.h"

namespace outflow::task {
namespace {

// `filter` is the text behind `filter:`, on line 10 and further.
Loaded load_filter(std::string_view filter) {
    return load_text("t.yaml", fmt::format(R"(instances:
  edge: {{ mqtt: {{ endpoint: "mqtt://a" }} }}
  out: {{ rocketmq: {{ name_servers: [a] }} }}
tasks:
  - name: t
    source:
      mqtt: {{ instance: edge, topic: a/+ }}
    property: {{ fault_tolerance: NONE }}
    sink: {{ rocketmq: {{ instance: out, topic: t }} }}
    filter: {}
)",
                                           filter));
}

TEST(filter, yaml_becomes_the_same_pattern_as_json) {
    struct {
        const char* name;
        const char* yaml;
        const char* json;
    } const cases[] = {
        {"everything", "{}", "{}"},
        {"numbers keep their spelling", "{ data: { body: { a: [ 80.0, 1e3, -0, 12345678901234567890 ] } } }",
         R"({"data":{"body":{"a":[80.0,1e3,-0,12345678901234567890]}}})"},
        {"quoted is a string", R"({ data: { body: { a: [ "80", '1', "true" ] } } })",
         R"({"data":{"body":{"a":["80","1","true"]}}})"},
        {"core schema", "{ data: { body: { a: [ true, False, null, ~, yes, off, on ] } } }",
         R"({"data":{"body":{"a":[true,false,null,null,"yes","off","on"]}}})"},
        {"operators", "{ data: { body: { t: [ { numeric: [ \">\", 80 ] } ] } } }",
         R"({"data":{"body":{"t":[{"numeric":[">",80]}]}}})"},
        {"block style", "\n      data:\n        topic:\n          - prefix: a/\n          - b\n",
         R"({"data":{"topic":[{"prefix":"a/"},"b"]}})"},
        {"JSON as text", "'{\"data\": {\"body\": {\"a\": [1.50]}}}'", R"({"data":{"body":{"a":[1.50]}}})"},
        {"JSON as a block", "|\n      {\"data\":\n        {\"topic\": [\"x\"]}}\n", R"({"data":{"topic":["x"]}})"},
        {"names may look like anything", "{ data: { body: { true: [1], 5: [2] } } }",
         R"({"data":{"body":{"true":[1],"5":[2]}}})"},
    };
    for (const auto& row : cases) {
        const Loaded loaded = load_filter(row.yaml);
        ASSERT_TRUE(loaded.ok()) << row.name << ": " << render_diagnostic(loaded.diagnostics[0]);
        std::string json;
        json::append_json(json, loaded.document.tasks[0].filter);
        EXPECT_EQ(json, row.json) << row.name;
    }
}

TEST(filter, diagnostics_point_to_the_line_of_the_pattern) {
    struct {
        const char* name;
        const char* yaml;
        std::size_t line;
        std::size_t column;
        const char* words;
    } const cases[] = {
        {"twice", "{ data: { topic: [a], topic: [b] } }", 10, 35, "\"topic\" is given twice"},
        {"leading zero", "{ data: { body: { a: [ 007 ] } } }", 10, 36, "JSON cannot spell"},
        {"hexadecimal", "{ data: { body: { a: [ 0x1F ] } } }", 10, 36, "JSON cannot spell"},
        {"plus", "{ data: { body: { a: [ +49 ] } } }", 10, 36, "JSON cannot spell"},
        {"infinity", "{ data: { body: { a: [ .inf ] } } }", 10, 36, "JSON cannot spell"},
        {"unknown operator, on its line", "\n      data:\n        topic:\n          - prefixx: a/\n", 13, 0, "prefix"},
        {"no array", "\n      data:\n        topic: a\n", 12, 0, "array"},
        {"text that is no JSON", "'{\"data\": }'", 10, 13, "the pattern is not JSON"},
        {"name twice in text", "'{\"data\": {\"topic\": [\"a\"], \"topic\": [\"b\"]}}'", 10, 13, "given twice"},
        {"error in text", "'{\"data\": {\"topic\": \"a\"}}'", 10, 13, "array"},
        {"a list", "[ a ]", 10, 13, "expected an event pattern, found a list"},
        {"a number", "5", 10, 13, "expected an event pattern, found the number 5"},
    };
    for (const auto& row : cases) {
        const Loaded loaded = load_filter(row.yaml);
        ASSERT_EQ(loaded.diagnostics.size(), 1U) << row.name;
        const Diagnostic& diagnostic = loaded.diagnostics[0];
        const std::string line = render_diagnostic(diagnostic);
        EXPECT_EQ(diagnostic.line, row.line) << row.name << ": " << line;
        if (row.column != 0) {
            EXPECT_EQ(diagnostic.column, row.column) << row.name << ": " << line;
        }
        EXPECT_TRUE(diagnostic.path.starts_with("tasks.t.filter")) << line;
        EXPECT_NE(line.find(row.words), std::string::npos) << row.name << ": " << line;
    }
}

// In a pattern as JSON text, and only there, as it is copied from other consoles.
TEST(filter, of_a_name_that_json_text_repeats_the_last_counts) {
    const Loaded loaded = load_filter("'{\"data\": {\"topic\": [\"a\"], \"topic\": [\"b\"]}}'");
    ASSERT_TRUE(loaded.ok());
    std::string json;
    json::append_json(json, loaded.document.tasks[0].filter);
    EXPECT_EQ(json, R"({"data":{"topic":["b"]}})");
    ASSERT_EQ(loaded.diagnostics.size(), 1U);
    EXPECT_EQ(loaded.diagnostics[0].severity, Severity::warning);
}

TEST(filter, paths_of_fields_are_compiled) {
    for (const char* path : {"$.data[", "data.topic", "$.data.body.length()"}) {
        const Loaded loaded = load_text("t.yaml", fmt::format(R"(instances:
  edge: {{ mqtt: {{ endpoint: "mqtt://a" }} }}
  out: {{ rocketmq: {{ name_servers: [a] }} }}
tasks:
  - name: t
    source: {{ mqtt: {{ instance: edge, topic: a/+ }} }}
    sink:
      rocketmq: {{ instance: out, topic: t, keys: {{ form: JSONPATH, value: "{}" }} }}
    property: {{ fault_tolerance: NONE }}
)",
                                                              path));
        ASSERT_EQ(loaded.diagnostics.size(), 1U) << path;
        EXPECT_EQ(loaded.diagnostics[0].path, "tasks.t.sink.rocketmq.keys");
        EXPECT_EQ(loaded.diagnostics[0].line, 8U);
    }
}

}  // namespace
}  // namespace outflow::task
