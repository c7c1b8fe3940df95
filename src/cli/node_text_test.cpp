#include "cli/node_text.h"

#include <string>

#include <gtest/gtest.h>

#include "task/draft.h"
#include "task/report.h"
#include "task/yaml.h"

namespace outflow::cli {
namespace {

json::Node parsed(std::string_view json) {
    auto document = json::parse_document(json);
    EXPECT_TRUE(document) << document.error().context;
    return document ? document->root : json::Node();
}

// The tree that YAML gives.
json::Node loaded(std::string_view yaml) {
    const task::YamlDocument document = task::parse_yaml(yaml);
    for (const auto& fault : document.diagnostics) ADD_FAILURE() << fault.sentence << "\n" << yaml;
    for (const auto& warning : document.warnings) ADD_FAILURE() << warning.sentence << "\n" << yaml;
    if (document.root == nullptr) return {};
    task::Report report;
    json::Node node = task::to_json(report, *document.root, {});
    for (const auto& fault : report.take()) ADD_FAILURE() << fault.sentence << "\n" << yaml;
    return node;
}

std::string yaml_of(const json::Node& node) {
    std::string text;
    append_yaml(text, node);
    return text;
}

TEST(NodeText, yaml_looks_as_people_write_it) {
    EXPECT_EQ(yaml_of(parsed(R"({"name":"press","source":{"mqtt":{"topic":"factory/+/press","qos":1}},"transform":
        [{"split":"$.a","deep":{"b":null}},"x",[1,[]],{}],"property":{},"on":true,"text":"a: b\nc\n"})")),
              R"(name: press
source:
  mqtt:
    topic: factory/+/press
    qos: 1
transform:
  - split: $.a
    deep:
      b: null
  - x
  -
    - 1
    - []
  - {}
property: {}
"on": true
text: |
  a: b
  c
)");
    EXPECT_EQ(yaml_of(parsed("[]")), "[]\n");
    EXPECT_EQ(yaml_of(parsed("7")), "7\n");
}

TEST(NodeText, loading_the_yaml_gives_the_same_tree) {
    const std::string_view texts[] = {"",
                                      " ",
                                      "a",
                                      "yes",
                                      "No",
                                      "on",
                                      "off",
                                      "true",
                                      "False",
                                      "null",
                                      "~",
                                      "12",
                                      "1_000",
                                      "0x1F",
                                      "1e5",
                                      ".5",
                                      "-",
                                      "- a",
                                      "? a",
                                      "a:",
                                      "a: b",
                                      ":a",
                                      "a #b",
                                      "#",
                                      "*",
                                      "&a",
                                      "!b",
                                      "%c",
                                      "@d",
                                      "`e",
                                      "|",
                                      ">",
                                      "'",
                                      "\\\"",
                                      "{a}",
                                      "[b]",
                                      ",",
                                      "a\\nb",
                                      "a\\nb\\n",
                                      "a\\nb\\n\\n",
                                      "\\na\\nb",
                                      " a\\nb",
                                      "a\\n\\n  b\\nc",
                                      "\\n",
                                      "\\t",
                                      "a\\tb\\nc",
                                      "a\\r\\nb",
                                      "---",
                                      "...",
                                      "a\\u0000b",
                                      "\\u007f",
                                      "\\u0085",
                                      "\\u0080x",
                                      "\\u2028",
                                      "\\ufeff",
                                      "\\ud83d\\ude00",
                                      "\\u00e9t\\u00e9",
                                      "mqtt://127.0.0.1:1883",
                                      "$.data.body",
                                      "${a}",
                                      "<<",
                                      "=",
                                      "2026-11-30",
                                      "1:30",
                                      "a b ",
                                      "-1",
                                      "+1",
                                      "a\\n# b",
                                      ".inf",
                                      "y",
                                      "=x",
                                      "$",
                                      "/",
                                      "a\\n---\\nb",
                                      "a\\n \\nb",
                                      "a \\nb",
                                      "(a)",
                                      "x;y",
                                      "_"};
    for (const std::string_view text : texts) {
        SCOPED_TRACE(text);
        const std::string json = "{\"" + std::string(text) + "x\":{\"k\":\"" + std::string(text) + "\"},\"" +
                                 std::string(text) + "\":[\"" + std::string(text) + "\",[\"" + std::string(text) +
                                 "\"],{\"" + std::string(text) + "\":\"" + std::string(text) + "\"}]}";
        const json::Node node = parsed(json);
        EXPECT_TRUE(loaded(yaml_of(node)) == node) << yaml_of(node);
        const json::Node only = parsed("\"" + std::string(text) + "\"");
        EXPECT_TRUE(loaded(yaml_of(only)) == only) << yaml_of(only);
    }
    const json::Node numbers = parsed(R"([0,-0,1.0,1.10,1e5,1E+5,-1.5e-7,12345678901234567890123,true,false,null])");
    EXPECT_TRUE(loaded(yaml_of(numbers)) == numbers) << yaml_of(numbers);
}

TEST(NodeText, json_on_several_lines_says_the_same) {
    const json::Node node = parsed(R"({"a":[1.0,{"b":"x\u009by"}],"c":{},"d":[],"e":null})");
    std::string text;
    append_pretty_json(text, node);
    EXPECT_EQ(text, R"({
  "a": [
    1.0,
    {
      "b": "x\u009by"
    }
  ],
  "c": {},
  "d": [],
  "e": null
}
)");
    EXPECT_TRUE(parsed(text) == node);
    EXPECT_EQ(compact_json(node), R"({"a":[1.0,{"b":"x\u009by"}],"c":{},"d":[],"e":null})");
}

}  // namespace
}  // namespace outflow::cli
