#include "task/sensitive_fields.h"

#include <gtest/gtest.h>

namespace outflow::task {
namespace {

std::string sensitive_in(std::string_view text, std::string_view kind) {
    json::Node node = json::parse_document(text)->root;
    std::string found;
    for_each_sensitive(node, kind, [&found](const std::string& pointer, const json::Node& value, Sensitive what) {
        constexpr std::array names{"secret", "environment", "file"};
        found += std::string(names.at(static_cast<std::size_t>(what))) + " " + pointer + " " + value.text + "\n";
    });
    return found;
}

TEST(SensitiveFields, of_instances_are_secrets_in_all_their_forms_and_files) {
    EXPECT_EQ(
        sensitive_in(
            R"({"mqtt":{"endpoint":"mqtts://h","password":"p","tls":{"ca_file":"/c","key_password":{"env":"E"}}}})",
            "instance"),
        "secret /mqtt/password p\nfile /mqtt/tls/ca_file /c\nsecret /mqtt/tls/key_password \n"
        "environment /mqtt/tls/key_password/env E\n");
    EXPECT_EQ(
        sensitive_in(R"({"rocketmq":{"name_servers":["h"],"access_key":"a","secret_key":{"file":"/f"}}})", "instance"),
        "secret /rocketmq/secret_key \nfile /rocketmq/secret_key/file /f\n");
    EXPECT_EQ(sensitive_in(R"({"mqtt":{"auth":{"mode":"token","tokens":{"R":"t","W":{"file":"w"}}}}})", "instance"),
              "secret /mqtt/auth/tokens/R t\nsecret /mqtt/auth/tokens/W \nfile /mqtt/auth/tokens/W/file w\n");
}

TEST(SensitiveFields, of_tasks_are_the_files_that_they_write) {
    EXPECT_EQ(sensitive_in(R"({"name":"a","property":{"dead_letter":{"file":"/dead.jsonl"}},"filter":{"file":["x"]}})",
                           "task"),
              "file /property/dead_letter/file /dead.jsonl\n");
}

TEST(SensitiveFields, what_is_no_definition_has_none) {
    EXPECT_EQ(sensitive_in("[]", "instance"), "");
    EXPECT_EQ(sensitive_in(R"({"mqtt":"x","rocketmq":[],"nothing":{"password":"p"}})", "instance"), "");
}

}  // namespace
}  // namespace outflow::task
