// Why a field has no value: what explanations say of it.
#include <gtest/gtest.h>

#include "pattern/explain/explain.h"

namespace outflow::pattern {
namespace {

struct Row {
    std::string_view pattern;  // of data.body
    std::string_view event;    // data
    bool is_surprising;        // it holds, and hardly as meant
    std::string_view reason;
};

constexpr Row rows[] = {
    // An ancestor that has nothing inside.
    {R"({"payload":{"t":[5]}})", R"({"body":{"payload":"{\"t\":5}"}})", false,
     "Expected 5, but the field is missing: `data.body.payload` is a text; JSON in a text is not looked into."},
    {R"({"payload":{"t":[5]}})", R"({"body":{"payload":"on"}})", false,
     "Expected 5, but the field is missing: `data.body.payload` is a text."},
    {R"({"a":{"b":{"c":[5]}}})", R"({"body":{"a":{"b":81.50}}})", false,
     "Expected 5, but the field is missing: `data.body.a.b` is the number 81.50."},
    {R"({"a":{"b":[5]}})", R"({"body":{"a":null}})", false,
     "Expected 5, but the field is missing: `data.body.a` is null."},
    {R"({"a":{"b":[5]}})", R"({"body":{"a":[]}})", false,
     "Expected 5, but the field is missing: `data.body.a` is an empty array."},
    {R"({"a":{"b":[5]}})", R"({"body":[{"c":1},{"a":true}]})", false,
     "Expected 5, but the field is missing: `data.body[1].a` is true."},
    // How far the path leads.
    {R"({"device":{"t":[5]}})", R"({"body":{"x":1}})", false,
     "Expected 5, but the field is missing: `data.body` has no `device`."},
    {R"({"t":[5]})", "{}", false, "Expected 5, but the field is missing: `data` has no `body`."},
    {R"({"device.sensor.t":[5]})", R"({"body":{"device.sensor":{"u":1}}})", false,
     "Expected 5, but the field is missing."},
    // Another spelling; but a number is no slip of the hand, and what the pattern asks for itself is not meant.
    {R"({"Temp":[{"numeric":[">",80]}]})", R"({"body":{"temp":81}})", false,
     "Expected a number > 80, but the field is missing; there is `data.body.temp`."},
    {R"({"status_code":[5]})", R"({"body":{"x":1,"Status-Code":5}})", false,
     "Expected 5, but the field is missing; there is `data.body.Status-Code`."},
    {R"({"sensor":{"temprature":[5]}})", R"({"body":{"sensor":[{},{"temperature":5}]}})", false,
     "Expected 5, but the field is missing."},
    {R"({"sensor":{"temprature":[5]}})", R"({"body":{"sensor":{"temperature":5}}})", false,
     "Expected 5, but the field is missing; there is `data.body.sensor.temperature`."},
    {R"({"temp1":[5]})", R"({"body":{"temp2":5}})", false, "Expected 5, but the field is missing."},
    {R"({"temp":[5],"tempo":[{"exists":true}]})", R"({"body":{"tempo":5}})", false,
     "Expected 5, but the field is missing."},
    // An object is no value: OPC UA leaves out a good StatusCode, and writes another as an object.
    {R"({"StatusCode":[{"exists":false}]})", R"({"body":{"StatusCode":{"Code":2147483648}}})", true,
     "Expected no value, found an object, which is no value; a field in it is `data.body.StatusCode.Code`."},
    {R"({"StatusCode":["good"]})", R"({"body":{"StatusCode":{"Code":1}}})", false,
     "Expected \"good\", found an object, which is no value; a field in it is `data.body.StatusCode.Code`."},
    {R"({"a":[{"exists":false}]})", R"({"body":{"a":{}}})", true,
     "Expected no value, found an object, which is no value."},
    {R"({"a":[{"exists":false}]})", R"({"body":{"A":5}})", true,
     "Expected no value, and the field is missing; there is `data.body.A`."},
    {R"({"a":{"b":[{"exists":false}]}})", R"({"body":{"a":5}})", true,
     "Expected no value, and the field is missing: `data.body.a` is the number 5."},
    {R"({"a":[{"exists":false}]})", R"({"body":{"x":5}})", false, "Expected no value, and the field is missing."},
    // What looks the same.
    {R"({"city":["K\u00f6ln"]})", R"({"body":{"city":"Ko\u0308ln"}})", false,
     "Expected \"K\u00f6ln\", found \"Ko\u0308ln\", which only looks the same: \"Ko\\u0308ln\" is not \"K\\u00f6ln\"."},
    {R"({"city":["x",{"exactly":"a b"}]})", R"({"body":{"city":"a\u00a0b"}})", false,
     "Expected \"x\" or \"a b\", found \"a\u00a0b\", which only looks the same: \"a\\u00a0b\" is not \"a b\"."},
    {R"({"city":["湿度"]})", R"({"body":{"city":"温度"}})", false, R"(Expected "湿度", found "温度".)"},
    {R"({"city":["Grüße"]})", R"({"body":{"city":"Größe"}})", false, R"(Expected "Grüße", found "Größe".)"},
    {R"({"gr\u00f6\u00dfe":[5]})", R"({"body":{"gro\u0308\u00dfe":5}})", false,
     R"(Expected 5, but the field is missing; there is "gro\u0308\u00dfe", which only looks like "gr\u00f6\u00dfe".)"},
};

TEST(MissingCause, a_missing_field_is_reported_with_its_cause) {
    for (const Row& row : rows) {
        const auto pattern = json::parse_document(R"({"data":{"body":)" + std::string(row.pattern) + "}}");
        const auto event = json::parse_document(R"({"data":)" + std::string(row.event) + "}");
        ASSERT_TRUE(pattern && event) << row.pattern << row.event;
        const Explanation explanation = explain(pattern->root, event->root);
        ASSERT_FALSE(explanation.decisions.empty());
        EXPECT_EQ(explanation.decisions[0].reason, row.reason) << row.pattern;
        EXPECT_EQ(explanation.decisions[0].is_surprising, row.is_surprising) << row.pattern;
    }
}

}  // namespace
}  // namespace outflow::pattern
