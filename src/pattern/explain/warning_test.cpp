#include "pattern/explain/warning.h"

#include <gtest/gtest.h>

#include <string>

namespace outflow::pattern {
namespace {

// A line for each: "pointer: message hint".
std::string reported(std::string_view text, Dialect dialect = Dialect::outflow,
                     event::DataFormat format = event::DataFormat::json) {
    const auto document = json::parse_document(text);
    if (!document) return "no JSON";
    event::EventContext context;
    context.format = format;
    std::vector<Diagnostic> diagnostics;
    Pattern::compile(document->root, context, diagnostics);
    std::string lines;
    for (const Diagnostic& each : find_warnings(document->root, dialect, context, diagnostics)) {
        lines += each.pointer + ": " + each.message + (each.hint.empty() ? "" : " " + each.hint) + "\n";
    }
    return lines;
}

struct Row {
    std::string_view pattern;
    std::string_view warnings;
};

constexpr Row operator_rows[] = {
    {R"({"data":{"body":{"v":{"numeric":[">",5]}}}})",
     R"(/data/body/v/numeric: `numeric` is taken as the name of a field in `v`. The operator stands in the array of its field: "v": [{"numeric":[">",5]}].)"},
    {R"({"data":{"body":{"v":{"exists":[false]}}}})",
     R"(/data/body/v/exists: `exists` is taken as the name of a field in `v`. The operator stands in the array of its field: "v": [{"exists":false}].)"},
    {R"({"data":{"topic":[{"prefix":"a"}],"body":{"a.v":{"prefix":["x","y"]}}}})",
     R"(/data/body/a.v/prefix: `prefix` is taken as the name of a field in `v`. The operator stands in the array of its field: "v": [{"prefix":"x"},{"prefix":"y"}].)"},
    {R"({"data":{"body":{"prefix":["x"]}}})",
     R"(/data/body/prefix: `prefix` is taken as the name of a field in `body`. The operator stands in the array of its field: "body": [{"prefix":"x"}].)"},
    {R"({"data":{"body":{"v":{"anything-but":{"prefix":["x"]}}}}})",
     R"(/data/body/v/anything-but: `anything-but` is taken as the name of a field in `v`. The operator stands in the array of its field: "v": [{"anything-but":{"prefix":["x"]}}].)"},
    {R"({"data":{"body":{"v":{">":[5]}}}})",
     R"(/data/body/v/>: `>` is taken as the name of a field in `v`. The operator stands in the array of its field: "v": [{"numeric":[">",5]}].)"},
    {R"({"data":{"body":{"v":{"regex":["a.*"]}}}})",
     R"(/data/body/v/regex: `regex` is taken as the name of a field in `v`.)"},
    // A field of that name with others in it.
    {R"({"data":{"body":{"numeric":{"v":[5]}}}})", ""},
};

TEST(warnings, an_operator_without_its_array_is_reported_with_the_right_form) {
    for (const Row& row : operator_rows) {
        EXPECT_EQ(reported(row.pattern), std::string(row.warnings) + (row.warnings.empty() ? "" : "\n")) << row.pattern;
    }
}

constexpr Row rows[] = {
    // Fields that no event has.
    {R"({"data":{"bdy":["x"],"body":["y"]}})",
     "/data/bdy: No event of a task has this: `data` has no `bdy`. Did you mean `data.body`?"},
    {R"({"data":{"props":{"userProperties":{"plant":["a"]}}}})",
     "/data/props/userProperties/plant: No event of a task has this: `data.props.userProperties` has no `plant`. "
     "Did you mean `data.userProperties.plant`?"},
    {R"({"data":{"props":{"userProperties":{"key":["a"],"value":["b"]}}}})", ""},
    {R"({"data":{"props":{"clientID":["a"]}}})",
     "/data/props/clientID: No event of a task has this: `data.props` has no `clientID`. Did you mean `data.props.clientId`?"},
    {R"({"data":{"topic":{"level":["a"]}}})", "/data/topic: No event of a task has this: `data.topic` is a text. "
                                              "Did you mean `data.props.levels`?"},
    {R"({"dataschema":["a"]})",
     "/dataschema: No event of a task has this: an event has no `dataschema`. Did you mean `data.body.dataschema`?"},
    {R"({"data":{"props":{"levels":["a"],"levels[0]":["b"]}}})",
     "/data/props/levels[0]: `levels[0]` is taken as the name of a field. A pattern goes through arrays by itself: write `levels`."},
    {R"({"data":{"props":{"levels":[7,"a"]}}})",
     "/data/props/levels/0: `data.props.levels` is a text, never 7. Put it into quotes."},
    {R"({"data":{"userProperties":[{"exists":true}]}})",
     "/data/userProperties: `data.userProperties` is no value itself, so that it never has one. Conditions stand at the names in it."},
    {R"({"data":{"userProperties":{"a.b":["x"]},"body":{"userProperties":{"a.b":["x"]}}}})", ""},
    {R"({"$or":[{"data":{"bdy":["x"]}},{"data":{"topic":["x"]}}]})",
     "/$or/0/data/bdy: No event of a task has this: `data` has no `bdy`. Did you mean `data.body`?"},
    // Another kind of value.
    {R"({"data":{"props":{"qos":["1"]}}})",
     "/data/props/qos/0: `data.props.qos` is a number, never \"1\". Write it without quotes."},
    {R"({"data":{"props":{"retain":["true",true]}}})",
     "/data/props/retain/0: `data.props.retain` is a boolean, never \"true\". Write it without quotes."},
    {R"({"data":{"userProperties":{"line":[7,"7",{"numeric":[">",5]}]}}})",
     "/data/userProperties/line/0: `data.userProperties.line` is a text, never 7. Put it into quotes.\n"
     "/data/userProperties/line/2: `data.userProperties.line` is a text, never a number > 5."},
    {R"({"data":{"props":{"qos":[1,{"exists":false},{"anything-but":"1"}]}}})", ""},
    // MQTT wildcards.
    {R"({"data":{"topic":["a/+/b","a+b"]}})",
     "/data/topic/0: No topic has a + or # in it, so that this never holds. A * stands for one level or several: {\"wildcard\":\"a/*/b\"}.\n"
     "/data/topic/1: No topic has a + or # in it, so that this never holds. A * stands for one level or several: {\"wildcard\":\"a*b\"}."},
    {R"({"data":{"props":{"secondTopic":[{"prefix":"/+/#"}]}}})",
     "/data/props/secondTopic/0: No topic has a + or # in it, so that this never holds. "
     "A * stands for one level or several: {\"wildcard\":\"/*/*\"}."},
    {R"({"data":{"body":{"topic":["a/+/b"]}}})", ""},
    // Words and brackets of other languages.
    {R"({"data":{"body":{"$not":{"a":[1]}}}})",
     "/data/body/$not: `$not` is taken as the name of a field. Write `anything-but` in the array of the field."},
    {R"({"data":{"body":{"a":{"$and":[1,2]},"$schema":["x"]}}})",
     "/data/body/a/$and: `$and` is taken as the name of a field. All keys of an object hold together: write the fields side by side."},
    {R"({"data":{"body":{"a[0]":[1],"b.c[*]":{"d":[2]}}}})",
     "/data/body/a[0]: `a[0]` is taken as the name of a field. A pattern goes through arrays by itself: write `a`.\n"
     "/data/body/b.c[*]: `b.c[*]` is taken as the name of a field. A pattern goes through arrays by itself: write `b.c`."},
    // What nothing can satisfy.
    {R"({"data":{"body":{"v":[{"numeric":[">",5,"<",2]},{"numeric":["<",2]}]}}})",
     "/data/body/v/0: This never holds: no value is a number > 5 and < 2."},
    {R"({"data":{"body":{"v":[{"numeric":["=",1,"=",2]},{"numeric":[">",1,"<=",1]},{"numeric":[">=",1,"<=",1.0]}]}}})",
     "/data/body/v/0: This never holds: no value is a number = 1 and = 2.\n"
     "/data/body/v/1: This never holds: no value is a number > 1 and <= 1."},
    {R"({"data":{"body":{"v":[{"prefix":"a","exists":false}]}}})",
     "/data/body/v/0: This never holds: where there is no value, no other operator holds. "
     "Alternatives are objects of their own: [ { ... }, { ... } ]."},
    {R"({"data":{"body":{"v":[{"prefix":"a","numeric":[">",5]}]}}})",
     "/data/body/v/0: This never holds: no value is a text that starts with \"a\" and a number > 5. "
     "Alternatives are objects of their own: [ { ... }, { ... } ]."},
    // Of what has an error nothing else is said.
    {R"({"data":{"bdy":"x","props":{"qos":["1",[]],"dupe":[1]}}})",
     "/data/props/dupe: No event of a task has this: `data.props` has no `dupe`. Did you mean `data.props.dup`?"},
    {"5", ""},
};

TEST(warnings, what_is_hardly_meant_is_reported) {
    for (const Row& row : rows) {
        EXPECT_EQ(reported(row.pattern), std::string(row.warnings) + (row.warnings.empty() ? "" : "\n")) << row.pattern;
    }
}

TEST(warnings, it_goes_by_the_data_format) {
    const std::string_view inside = R"({"data":{"body":{"v":[1]}}})";
    EXPECT_EQ(reported(inside), "");
    EXPECT_EQ(reported(inside, Dialect::outflow, event::DataFormat::text),
              "/data/body: No event of a task has this: `data.body` is a text in the data format Text. "
              "What the message says is below data.body.\n");
    EXPECT_EQ(reported(R"({"data":{"body":[1]}})", Dialect::outflow, event::DataFormat::text),
              "/data/body/0: `data.body` is a text, never 1. Put it into quotes.\n");
}

TEST(warnings, in_the_dialect_of_alibaba_keys_may_be_paths) {
    EXPECT_EQ(reported(R"({"data":{"body":{"a[0]":["x"],"*":["x"]},"b[1]":["x"],"*":["x"],"['a b']":["x"]}})",
                       Dialect::alibaba),
              "");
    EXPECT_EQ(reported(R"({"data":{"bdy":["x"],"props":{"qos":["1"]}}})", Dialect::alibaba),
              "/data/bdy: No event of a task has this: `data` has no `bdy`. Did you mean `data.body`?\n");
    EXPECT_NE(
        reported(R"({"data":{"body":{"v":{"exists":[false]}}}})", Dialect::alibaba).find("\"v\": [{\"exists\":false}]"),
        std::string::npos);
}

// What compiling says of an invalid pattern of data.body: "pointer: message hint" of each.
std::string diagnostics_of(std::string_view body) {
    const auto document = json::parse_document(R"({"data":{"body":)" + std::string(body) + "}}");
    if (!document) return "no JSON";
    std::vector<Diagnostic> diagnostics;
    Pattern::compile_for_text(document->root, diagnostics);
    std::string lines;
    for (const Diagnostic& each : diagnostics) {
        lines += each.pointer.substr(std::string_view("/data/body").size()) + ": " + each.message;
        lines += (each.hint.empty() ? "" : " " + each.hint) + "\n";
    }
    return lines;
}

constexpr Row diagnostic_rows[] = {
    {R"({"v":{"exists":false}})",
     R"(/v/exists: Expected an array of alternatives or an object. The operator stands in the array of its field: "v": [{"exists":false}].)"},
    {R"({"v":{"prefix":"a"}})",
     R"(/v/prefix: Expected an array of alternatives or an object. The operator stands in the array of its field: "v": [{"prefix":"a"}].)"},
    {R"({"v":{"<":5}})",
     R"(/v/<: Expected an array of alternatives or an object. The operator stands in the array of its field: "v": [{"numeric":["<",5]}].)"},
    {R"({"v":"a"})", "/v: Expected an array of alternatives or an object. Put the value in brackets: [ ... ]."},
    {R"({"v":[{"suffix":[".jpg",".png"]}]})",
     R"(/v/0/suffix: `suffix` expects a string. Several alternatives are several objects: [{"suffix":".jpg"},{"suffix":".png"}].)"},
    {R"({"v":[{"wildcard":["a*"]}]})",
     R"(/v/0/wildcard: `wildcard` expects a string. Several alternatives are several objects: [{"wildcard":"a*"}].)"},
    {R"({"v":[{"anything-but":[{"wildcard":"a*"}]}]})",
     R"(/v/0/anything-but: The list of `anything-but` has values, no operators. Write {"anything-but":{"wildcard":"a*"}}.)"},
    {R"({"v":[{"anything-but":[{"prefix":"a"},{"prefix":"b"}]}]})",
     R"(/v/0/anything-but: The list of `anything-but` has values, no operators. Write {"anything-but":{"prefix":["a","b"]}}.)"},
    {R"({"v":[{"anything-but":["a",{"prefix":"b"}]}]})",
     "/v/0/anything-but: The list of `anything-but` has values, no operators."},
    {R"({"v":[{"anything-but":{"contains":"5*"}}]})",
     R"(/v/0/anything-but/contains: `anything-but` expects a value, a list of values, or an object with one of prefix, suffix, wildcard and equals-ignore-case. Write {"anything-but":{"wildcard":"*5\\**"}}.)"},
    {R"({"v":[{"anything-but":{"contains":["a","b"]}}]})",
     R"(/v/0/anything-but/contains: `anything-but` expects a value, a list of values, or an object with one of prefix, suffix, wildcard and equals-ignore-case. Write {"anything-but":{"wildcard":["*a*","*b*"]}}.)"},
    {R"({"v":[{"anything-but":{"numeric":[">",5]}}]})",
     R"(/v/0/anything-but/numeric: `anything-but` expects a value, a list of values, or an object with one of prefix, suffix, wildcard and equals-ignore-case. The opposite is {"numeric":["<=",5]}.)"},
    {R"({"v":[{"anything-but":{"numeric":[">",0,"<=",5]}}]})",
     R"(/v/0/anything-but/numeric: `anything-but` expects a value, a list of values, or an object with one of prefix, suffix, wildcard and equals-ignore-case. The opposite is [{"numeric":["<=",0]},{"numeric":[">",5]}].)"},
    {R"({"v":[{"anything-but":{"cidr":"10.1.0.0/16"}}]})",
     R"(/v/0/anything-but/cidr: `anything-but` expects a value, a list of values, or an object with one of prefix, suffix, wildcard and equals-ignore-case. Write {"anything-but":{"prefix":"10.1."}}.)"},
    {R"({"$and":[{"a":[1]},{"b":[2]}]})",
     "/$and: There is no `$and`. All keys of an object hold together: write the fields side by side."},
    {R"({"$not":[{"a":[1]}]})", "/$not: There is no `$not`. Write `anything-but` in the array of the field."},
    // One error for a branch, not two.
    {R"({"$or":[{"prefix":"a"},{"b":"x"}]})",
     "/$or/0/prefix: `prefix` is an operator; the objects of `$or` have the names of fields. Alternatives for one field stand in its own array.\n"
     "/$or/1/b: Expected an array of alternatives or an object. Put the value in brackets: [ ... ]."},
};

TEST(warnings, diagnostics_show_the_right_form) {
    for (const Row& row : diagnostic_rows)
        EXPECT_EQ(diagnostics_of(row.pattern), std::string(row.warnings) + "\n") << row.pattern;
    const auto document = json::parse_document(R"({"source":{"prefix":"a"},"$and":[]})");
    std::vector<Diagnostic> diagnostics;
    Pattern::compile_for_text(document->root, diagnostics);
    ASSERT_EQ(diagnostics.size(), 2U);
    EXPECT_EQ(diagnostics[0].hint, R"(The operator stands in the array of its field: "source": [{"prefix":"a"}].)");
    EXPECT_EQ(diagnostics[1].message, "There is no `$and`.");
}

}  // namespace
}  // namespace outflow::pattern
