#include "task/yaml.h"

#include <chrono>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "task/load.h"

namespace outflow::task {
namespace {

// One line that shows kinds, types and texts.
std::string outline(const YamlNode& node) {
    std::string out;
    switch (node.kind) {
    case YamlNode::Kind::scalar:
        return fmt::format("{}:{}", std::string_view("tidbn").substr(static_cast<std::size_t>(node.type), 1),
                           node.text);
    case YamlNode::Kind::sequence:
        for (const YamlNodePtr& item : node.items) out += (out.empty() ? "" : ",") + outline(*item);
        return "[" + out + "]";
    case YamlNode::Kind::map:
        for (const YamlNode::Entry& entry : node.entries) {
            out += fmt::format("{}{}@{}:{}={}", out.empty() ? "" : ",", entry.name, entry.place.line,
                               entry.place.column, outline(*entry.value));
        }
        return "{" + out + "}";
    }
    return out;
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

TEST(yaml, documents_become_trees) {
    struct {
        const char* text;
        const char* outline;
    } const cases[] = {
        {"a: 1\nb: [x, \"2\", 3.0, true, ~]\n", "{a@1:1=i:1,b@2:1=[t:x,t:2,d:3.0,b:true,n:]}"},
        {R"({"a":{"b":[1,null,"\u00e4\/"]}})", "{a@1:2={b@1:7=[i:1,n:,t:\xC3\xA4/]}}"},
        {"{\n\t\"a\":\t[1,\n\t2]\n}\n", "{a@2:2=[i:1,i:2]}"},
        {R"({"a":"\ud83d\ude00 \\ud83d"})", "{a@1:2=t:\xF0\x9F\x98\x80 \\ud83d}"},
        {"a: |\n  x\n  y\nb: >\n  x\n  y\n", "{a@1:1=t:x\ny\n,b@4:1=t:x y\n}"},
        {"a: &n [1]\nb: *n\n", "{a@1:1=[i:1],b@2:1=[i:1]}"},
        {"a: !!str 5\nb: !!int 5\n", "{a@1:1=t:5,b@2:1=i:5}"},
        {"a: 3.1.1\nb: 1883\nc: 0x1F\nd: 1_000\ne: 12:30\n",
         "{a@1:1=t:3.1.1,b@2:1=i:1883,c@3:1=i:0x1F,d@4:1=t:1_000,e@5:1=t:12:30}"},
        {"a: 1\na: 2\n", "{a@1:1=i:1,a@2:1=i:2}"},
        {"\xEF\xBB\xBF"
         "a: 1\n",
         "{a@1:1=i:1}"},
    };
    for (const auto& row : cases) {
        const YamlDocument document = parse_yaml(row.text);
        ASSERT_TRUE(document.diagnostics.empty()) << row.text << document.diagnostics[0].sentence;
        ASSERT_NE(document.root, nullptr) << row.text;
        EXPECT_EQ(outline(*document.root), row.outline);
    }
}

TEST(yaml, what_cannot_be_read_says_where) {
    struct {
        const char* name;
        std::string text;
        std::size_t line;
        const char* words;
    } const cases[] = {
        {"open list", "a: [1,\nb: 2\n", 3, "malformed YAML"},
        {"tab as indentation", "a:\n\tb: 1\n", 2, "malformed YAML"},
        {"second document", "a: 1\n---\nb: 2\n", 2, "second document"},
        {"no UTF-8", "a: 1\nb: \xFF\n", 2, "not UTF-8"},
        {"overlong", "a: \xC0\x80\n", 1, "not UTF-8"},
        {"surrogate", "a: \xED\xA0\x80\n", 1, "not UTF-8"},
        {"control character", "a: 1\nb: x\x04\n", 2, "0x04"},
        {"unknown alias", "a: *x\n", 1, "malformed YAML"},
        {"alias in itself", "a: &x [*x]\n", 1, "alias"},
        {"name is a list", "[a]: 1\n", 1, "expected a name"},
        {"name is nothing", "~: 1\n", 1, "expected a name"},
        {"tag", "a: !secret x\n", 1, "tag"},
        {"deep list", repeat("[", 65) + repeat("]", 65), 1, "more than 64 deep"},
        {"deep map", repeat("{a: ", 5'000), 1, "more than 64 deep"},
        {"lone surrogate", R"({"a":"\ud83d"})", 1, "malformed YAML"},
        {"nothing between commas", "a: 1\nv: [ 1, , 2 ]\n", 2, "nothing stands before this comma"},
        {"nothing before a comma", "v: [ , 2 ]\n", 1, "nothing stands before this comma"},
        {"nothing between commas, inner list", "\xEF\xBB\xBFé: [ [ é, , 2 ] ]\n", 1,
         "nothing stands before this comma"},
        {"merge key", "a: &x { b: 1 }\nc:\n  <<: *x\n", 3, "YAML 1.2 has no merge key <<"},
    };
    for (const auto& row : cases) {
        const YamlDocument document = parse_yaml(row.text);
        ASSERT_EQ(document.diagnostics.size(), 1U) << row.name;
        EXPECT_EQ(document.diagnostics[0].place.line, row.line) << row.name << ": " << document.diagnostics[0].sentence;
        EXPECT_NE(document.diagnostics[0].sentence.find(row.words), std::string::npos)
            << row.name << ": " << document.diagnostics[0].sentence;
    }
}

TEST(yaml, nothing_is_null_where_yaml_lets_it_be) {
    for (const char* text : {"v: [ 1, null, 2 ]", "v: [ 1, &a , 2 ]", "v: [ 1, ~, 2, ]", "v:\n- 1\n-\n- 2\n"}) {
        const YamlDocument document = parse_yaml(text);
        ASSERT_TRUE(document.diagnostics.empty()) << text << document.diagnostics[0].sentence;
        EXPECT_TRUE(document.root->entries[0].value->items[1]->is_null()) << text;
    }
    // It stands where its name does: what follows it may be far away.
    EXPECT_EQ(parse_yaml("a: 1\nb:\n\nc: 1\n").root->entries[1].value->place.line, 2U);
}

TEST(yaml, malformed_texts_get_the_right_form) {
    struct {
        const char* text;
        std::size_t line;
        std::size_t column;
        const char* hint;
    } const cases[] = {
        {"t: [ { numeric: [>, 5] } ]", 1, 18, "a text that begins with > stands in quotes: \">\""},
        {"t: [ { numeric: [>=, 5] } ]", 1, 18, "a text that begins with > stands in quotes: \">=\""},
        {"t: [ { numeric: [!=, 5] } ]", 1, 18, "for the comparison put != into quotes"},
        {"a: @x", 1, 4, "a text that begins with @ stands in quotes: \"@x\""},
        {"topic: */b", 1, 8, "a text that begins with * stands in quotes: \"*/b\""},
        {"a:\n\tb: 1\n", 2, 3, "YAML is not indented by tabs; use spaces"},
        {"a:\n  b: 1\n\tc: 2\n", 3, 1, "YAML is not indented by tabs; use spaces"},
        {"a: 1\nmqtt: { topic: # }\n", 2, 16,
         "an unquoted # begins a comment, here up to the end of the line; write \"#\""},
        {"a: [ 1", 1, 1, ""},
    };
    for (const auto& row : cases) {
        const YamlDocument document = parse_yaml(row.text);
        ASSERT_EQ(document.diagnostics.size(), 1U) << row.text;
        EXPECT_EQ(document.diagnostics[0].hint, row.hint) << row.text << ": " << document.diagnostics[0].sentence;
        EXPECT_EQ(document.diagnostics[0].place.line, row.line) << row.text;
        EXPECT_EQ(document.diagnostics[0].place.column, row.column) << row.text;
    }
}

TEST(yaml, what_yaml_1_1_read_otherwise_is_reported) {
    const YamlDocument document = parse_yaml("# first\n%YAML 1.1\n---\na: 1_000\n"
                                             "b: [ -1_0.5, \"1_000\", _1, 1_a, 2_0: 1 ]\n1_0: &x 0x1_F\nc: *x\n");
    ASSERT_TRUE(document.diagnostics.empty()) << document.diagnostics[0].sentence;
    std::string reported;
    for (const YamlDiagnostic& each : document.warnings) {
        reported += fmt::format("{}:{} {}; {}\n", each.place.line, each.place.column, each.sentence, each.hint);
    }
    EXPECT_EQ(reported, "4:4 1_000 is a text in YAML 1.2; write 1000 for a number, or put it into quotes\n"
                        "5:6 -1_0.5 is a text in YAML 1.2; write -10.5 for a number, or put it into quotes\n"
                        "6:6 0x1_F is a text in YAML 1.2; write 0x1F for a number, or put it into quotes\n"
                        "2:1 the file is read as YAML 1.2, in which yes, no, on and off are texts; "
                        "write true or false, and leave the directive out\n");
    EXPECT_TRUE(parse_yaml("%YAML 1.2\n---\na: 1\n").warnings.empty());
}

TEST(yaml, aliases_of_aliases_are_bounded) {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 30; ++i) {
        text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
    }
    const YamlDocument document = parse_yaml(text);
    ASSERT_EQ(document.diagnostics.size(), 1U);
    EXPECT_NE(document.diagnostics[0].sentence.find("too large"), std::string::npos);
}

TEST(yaml, hostile_texts_end_soon) {
    const std::string cases[] = {
        repeat("[", 100'000),
        repeat("{", 100'000),
        repeat("- ", 50'000),
        repeat("? ", 50'000),
        repeat("a: ", 50'000),
        repeat("- a\n", 50'000),
        repeat("a", 100'000),
        repeat("\"", 100'001),
        repeat("&a ", 50'000),
        repeat("!", 100'000),
        repeat("%", 100'000),
        repeat("#", 100'000),
        repeat(" ", 100'000),
        repeat("\n", 100'000),
        repeat("|\n", 50'000),
        repeat("'", 100'000),
        repeat("[a,", 50'000),
        repeat(":", 100'000),
        repeat("\"a\": ", 20'000),
        repeat("---\n", 100'000),
        "a: " + repeat("x ", 50'000),
        "[" + repeat("a,", 50'000) + "]",
        "{" + repeat("a: b,", 20'000) + "}",
    };
    for (const std::string& text : cases) {
        const auto begin = std::chrono::steady_clock::now();
        parse_yaml(text);
        const auto took = std::chrono::steady_clock::now() - begin;
        EXPECT_LT(took, std::chrono::seconds(5)) << text.substr(0, 10);
    }
}

TEST(yaml, plain_scalars_follow_the_core_schema) {
    struct {
        const char* text;
        ScalarType type;
        bool json_number;
    } const cases[] = {
        {"", ScalarType::null, false},         {"~", ScalarType::null, false},
        {"NULL", ScalarType::null, false},     {"true", ScalarType::boolean, false},
        {"yes", ScalarType::text, false},      {"0", ScalarType::integer, true},
        {"-0", ScalarType::integer, true},     {"+1", ScalarType::integer, false},
        {"007", ScalarType::integer, false},   {"0o17", ScalarType::integer, false},
        {"0x", ScalarType::text, false},       {"0xfF", ScalarType::integer, false},
        {"1.5", ScalarType::decimal, true},    {".5", ScalarType::decimal, false},
        {"5.", ScalarType::decimal, false},    {"1e5", ScalarType::decimal, true},
        {"1E+5", ScalarType::decimal, true},   {"1e", ScalarType::text, false},
        {"-", ScalarType::text, false},        {".", ScalarType::text, false},
        {"-.inf", ScalarType::decimal, false}, {".nan", ScalarType::decimal, false},
        {"1.2.3", ScalarType::text, false},    {"1 2", ScalarType::text, false},
    };
    for (const auto& row : cases) {
        EXPECT_EQ(resolve_plain(row.text), row.type) << row.text;
        EXPECT_EQ(is_json_number(row.text), row.json_number) << row.text;
    }
}

}  // namespace
}  // namespace outflow::task
