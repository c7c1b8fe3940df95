#include "json/document.h"

#include <gtest/gtest.h>

#include "json/elements.h"

namespace outflow::json {
namespace {

TEST(document, is_kept_as_spelled_and_in_order) {
    for (std::string_view text :
         {R"({"b":1.0,"a":[1e3,-0,"x\"\\\n",true,false,null,{}],"":[]})", "[]", "\"\"", "12345678901234567890"}) {
        auto document = parse_document(text);
        ASSERT_TRUE(document.has_value());
        std::string out;
        append_json(out, document->root);
        EXPECT_EQ(out, text);
        EXPECT_TRUE(document->repeated.empty());
    }
}

TEST(document, repeated_names_are_reported_and_the_last_counts) {
    auto document = parse_document(R"({"a":{"b/c":1,"x":2,"b/c":3}, "a~":[{"k":1,"k":2}]})");
    ASSERT_TRUE(document.has_value());
    EXPECT_EQ(document->repeated, (std::vector<std::string>{"/a/b~1c", "/a~0/0/k"}));
    EXPECT_EQ(document->root.find("a")->find("b/c")->text, "3");
    EXPECT_EQ(document->root.find("a")->members.size(), 2U);
}

TEST(document, faults_name_line_and_column) {
    auto document = parse_document("{\n  \"a\": [1,\n  oops]}");
    ASSERT_FALSE(document.has_value());
    EXPECT_EQ(document.error().context, "Line 3, column 3: not valid JSON, expected a value.");
    auto node = parse_document("{\n  \"a\": [1,\n  2]}");
    EXPECT_EQ(node->root.find("a")->items[1].line, 3U);
    EXPECT_EQ(node->root.find("a")->items[1].column, 3U);
}

struct StringRow {
    std::string_view text;
    std::string_view json;
};

TEST(json_string, is_escaped_and_repaired) {
    const StringRow rows[] = {{"", R"("")"},
                              {"a\"b\\c/", R"("a\"b\\c/")"},
                              {std::string_view("\0\b\f\n\r\t\x1f\x7f", 8), "\"\\u0000\\b\\f\\n\\r\\t\\u001f\x7f\""},
                              {"é€😀", "\"é€😀\""},
                              {"\xff", "\"\xef\xbf\xbd\""},
                              {"a\xe2\x82", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
                              {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
                              {"\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""}};
    for (const StringRow& row : rows) {
        std::string out;
        append_json_string(out, row.text);
        EXPECT_EQ(out, row.json);
        EXPECT_TRUE(parse_document(out).has_value());
    }
}

TEST(json_string, escapes_are_decoded) {
    const StringRow rows[] = {{R"(a\"\\\/\b\f\n\r\t)", "a\"\\/\b\f\n\r\t"},
                              {R"(\u0041\u00e9\u20ac\ud83d\ude00)", "Aé€😀"},
                              {R"(\ud800x)", "\xef\xbf\xbdx"},
                              {R"(\ude00)", "\xef\xbf\xbd"},
                              {R"(\ud800\u0041)", "\xef\xbf\xbd"
                                                  "A"},
                              {R"(\ud800\ud800\udc00)", "\xef\xbf\xbd\xf0\x90\x80\x80"}};
    for (const StringRow& row : rows) {
        std::string scratch(row.text.size(), '\0');
        EXPECT_EQ(decode_string(row.text, scratch.data()), row.json);
    }
}

TEST(elements, are_read_in_order) {
    Value array{Kind::array, false, R"([ 1 ,"a,]\"", [2,"]"] , {"x":[3]},null,true ])"};
    std::string found;
    ElementReader reader(array);
    for (Value element; reader.next(element);)
        found += std::string(to_string(element.kind)) + "=" + std::string(element.raw) + ";";
    EXPECT_EQ(found, R"(number=1;string=a,]\";array=[2,"]"];object={"x":[3]};null=null;boolean=true;)");
    Value object{Kind::object, false, R"({ "a" : 1, "b\"" : {} })"};
    found.clear();
    ElementReader members(object);
    for (Value name, value; members.next(name, value);)
        found += std::string(name.raw) + "=" + std::string(value.raw) + ";";
    EXPECT_EQ(found, R"(a=1;b\"={};)");
}

TEST(elements, broken_containers_end_early) {
    for (std::string_view raw : {"", "[", "[\"", "[\"a", "[{", "[[[", "{\"a\"", "{\"a\":", "[1", "{1:2}", "[\\"}) {
        for (Kind kind : {Kind::array, Kind::object}) {
            Value container{kind, false, raw};
            ElementReader reader(container);
            Value name, value;
            int count = 0;
            while ((kind == Kind::array ? reader.next(value) : reader.next(name, value)) && count < 10) ++count;
            EXPECT_LT(count, 10) << raw;
        }
    }
}

}  // namespace
}  // namespace outflow::json
