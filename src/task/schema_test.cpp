#include "task/schema.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "json/document.h"
#include "task/fields.h"

namespace outflow::task {
namespace {

std::string read_schema() {
    std::ifstream file(OUTFLOW_SOURCE_DIR "/docs/task.schema.json");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The file is the generated text; where they differ, the test writes the text beside the build for a look.
TEST(schema, file_is_what_the_table_of_fields_says) {
    const std::string expected = schema_text();
    if (read_schema() != expected) {
        const std::string path = testing::TempDir() + "task.schema.json";
        std::ofstream(path) << expected;
        ADD_FAILURE() << "docs/task.schema.json is not up to date; the right text is in " << path;
    }
}

// Against the file, so that an error of the generator shows as well.
TEST(schema, has_every_field_and_no_other) {
    const Result<json::Document> parsed = json::parse_document(read_schema());
    ASSERT_TRUE(parsed) << parsed.error().context;
    EXPECT_TRUE(parsed->repeated.empty());
    const json::Node* definitions = parsed->root.find("$defs");
    ASSERT_NE(definitions, nullptr);
    std::size_t fields = 0;
    for (const auto& [object, definition] : definitions->members) {
        const json::Node* properties = definition.find("properties");
        ASSERT_NE(properties, nullptr) << object;
        EXPECT_EQ(definition.find("additionalProperties")->text, "false") << object;
        fields += properties->members.size();
    }
    EXPECT_EQ(fields, all_fields().size());
    for (const FieldRule& rule : all_fields()) {
        const json::Node* definition = definitions->find(rule.object);
        ASSERT_NE(definition, nullptr) << rule.object;
        const json::Node* property = definition->find("properties")->find(rule.name);
        ASSERT_NE(property, nullptr) << rule.object << "." << rule.name;
        EXPECT_EQ(property->find("not") != nullptr, !rule.unsupported.empty()) << rule.object << "." << rule.name;
        const json::Node* required = definition->find("required");
        const auto is_name = [&](const json::Node& item) { return item.text == rule.name; };
        const bool is_required =
            required != nullptr && std::any_of(required->items.begin(), required->items.end(), is_name);
        EXPECT_EQ(is_required, rule.required) << rule.object << "." << rule.name;
        if (!object_of(rule).empty()) {
            EXPECT_NE(definitions->find(object_of(rule)), nullptr) << object_of(rule);
        }
    }
}

TEST(schema, table_keeps_objects_together_and_names_once) {
    std::set<std::pair<std::string_view, std::string_view>> names;
    std::size_t contiguous = 0;
    std::set<std::string_view> objects;
    for (const FieldRule& rule : all_fields()) {
        EXPECT_TRUE(names.emplace(rule.object, rule.name).second) << rule.object << "." << rule.name;
        EXPECT_FALSE(rule.meaning.empty()) << rule.name;
        EXPECT_EQ(rule.type == FieldType::anything, !rule.unsupported.empty()) << rule.name;
        if (objects.insert(rule.object).second) contiguous += fields_of(rule.object).size();
    }
    EXPECT_EQ(contiguous, all_fields().size());
}

// Only these are asked for in a task.
TEST(schema, a_task_needs_five_fields) {
    std::set<std::string> leaves;
    for (const FieldRule& rule : all_fields()) {
        if (rule.object.starts_with("task.transform.")) continue;  // of a stage
        if (rule.required && object_of(rule) == "" && rule.object.starts_with("task")) {
            leaves.insert(std::string(rule.object) + "." + std::string(rule.name));
        }
        if (rule.required && rule.type == FieldType::value) leaves.insert(std::string(rule.object) + ".topic");
    }
    EXPECT_EQ(leaves, (std::set<std::string>{"task.name", "task.source.mqtt.instance", "task.source.mqtt.topic",
                                             "task.sink.rocketmq.instance", "task.sink.rocketmq.topic"}));
}

}  // namespace
}  // namespace outflow::task
