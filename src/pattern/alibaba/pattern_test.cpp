#include "pattern/alibaba/pattern.h"

#include <gtest/gtest.h>

#include "pattern/alibaba/rig.h"
#include "pattern/dialect.h"

namespace outflow::pattern {
namespace {

struct Row {
    const char* alternatives;  // of data.f
    const char* value;         // at data.f
    bool holds;
};

void check_rows(std::initializer_list<Row> rows) {
    for (const Row& row : rows) {
        const std::string pattern = std::string(R"({"data":{"f":)") + row.alternatives + "}}";
        const std::string event = std::string(R"({"data":{"f":)") + row.value + "}}";
        EXPECT_EQ(alibaba_answer(pattern, event), row.holds ? "match" : "nomatch") << pattern << " " << event;
    }
}

TEST(alibaba, a_dialect_has_a_name) {
    EXPECT_EQ(to_string(Dialect::alibaba), "alibaba");
    EXPECT_EQ(dialect_of("alibaba"), Dialect::alibaba);
    EXPECT_EQ(dialect_of("outflow"), Dialect::outflow);
    EXPECT_EQ(dialect_of("aws"), std::nullopt);
}

TEST(alibaba, values_compare_by_their_text) {
    check_rows({{R"(["80"])", "80", true},
                {"[80]", R"("80")", true},
                {R"(["true"])", "true", true},
                {"[true]", R"("true")", true},
                {"[null]", "null", true},
                {"[null]", R"("null")", false},
                {R"(["null"])", "null", false},
                {R"([""])", R"("")", true},
                {R"([""])", "null", false},
                {R"(["a"])", R"("A")", false},
                {R"(["é"])", R"("\u00e9")", true}});
    check_rows({{R"(["\ud83d\ude00"])", R"("😀")", true},
                {R"(["a"])", R"("ab")", false},
                {R"(["b","a","c"])", R"("a")", true},
                {R"(["b","a","c"])", R"("d")", false},
                {"[false]", "false", true},
                {"[false]", "true", false},
                {"[null]", "0", false}});
}

TEST(alibaba, a_number_of_the_event_counts_as_the_engine_reads_it) {
    check_rows({{"[80]", "8e1", true},
                {"[80]", "80.0", false},
                {"[80.0]", "80.0", true},
                {"[3.0e2]", "300", false},
                {"[1.5]", "1.50", true},
                {"[1.50]", "1.50", false},
                {"[12345678.9]", "12345678.9", false},
                {R"(["1.23456789E7"])", "12345678.9", true},
                {"[9999999.5]", "9999999.5", true},
                {"[0.001]", "1e-3", true},
                {"[0.0001]", "0.0001", false},
                {R"(["1.0E-4"])", "0.0001", true},
                {"[-3000000000]", "-3000000000", false},
                {"[1294967296]", "-3000000000", true},
                {"[9007199254740993]", "9007199254740993", true}});
}

TEST(alibaba, an_element_of_an_array_keeps_its_spelling) {
    check_rows({{"[80]", "[8e1]", false}, {"[8e1]", "[8e1]", true}, {"[80.0]", "[1,80.0]", true}});
    EXPECT_EQ(alibaba_answer(R"({"data":{"f[0]":[8e1]}})", R"({"data":{"f":[8e1]}})"), "match");
    EXPECT_EQ(alibaba_answer(R"({"data":{"*":[80]}})", R"({"data":{"f":8e1}})"), "match");
}

TEST(alibaba, an_array_holds_by_any_element_and_not_at_all_with_containers_in_it) {
    check_rows({{R"(["a"])", R"(["b","a"])", true},
                {R"(["a"])", R"(["a","b"])", true},
                {R"(["a"])", R"(["b"])", false},
                {R"(["a"])", R"(["a",["b"]])", false},
                {R"(["a"])", R"(["a",{}])", false},
                {R"([{"anything-but":"a"}])", R"(["a","b"])", true},
                {R"([{"anything-but":"a"}])", R"(["a"])", false},
                {R"([{"exists":true}])", "[null]", true},
                {R"([{"exists":true}])", "[]", false},
                {R"([{"exists":false}])", "[]", false}});
}

TEST(alibaba, an_object_neither_exists_nor_is_absent) {
    check_rows({{R"([{"exists":true}])", "{}", false},
                {R"([{"exists":false}])", R"({"a":1})", false},
                {R"([{"anything-but":1}])", "{}", false}});
}

TEST(alibaba, operators_hold_for_what_the_engine_says) {
    check_rows({{R"([{"prefix":"ab"}])", R"("abc")", true},
                {R"([{"prefix":"ab"}])", R"("cab")", false},
                {R"([{"prefix":"8"}])", "80", false},
                {R"([{"suffix":"bc"}])", R"("abc")", true},
                {R"([{"suffix":"bc"}])", R"("bcd")", false},
                {R"([{"suffix":"0"}])", "80", false},
                {R"([{"contains":"b"}])", R"("abc")", true},
                {R"([{"contains":["x","b"]}])", R"("abc")", true},
                {R"([{"contains":["x","y"]}])", R"("abc")", false},
                {R"([{"contains":"8"}])", "80", false},
                {R"([{"anything-but":["80",null]}])", "80", false},
                {R"([{"anything-but":["80",null]}])", "null", false},
                {R"([{"anything-but":["80",null]}])", "81", true},
                {R"([{"anything-but":[]}])", "null", true},
                {R"([{"anything-but":{"prefix":"8"}}])", "80", true},
                {R"([{"anything-but":"a"}])", R"("a")", false},
                {R"([{"anything-but":"a"}])", R"("b")", true},
                {R"([{"anything-but":{"prefix":"a"}}])", R"("abc")", false},
                {R"([{"anything-but":{"prefix":"c"}}])", R"("abc")", true},
                {R"([{"anything-but":{"suffix":"c"}}])", R"("abc")", false},
                {R"([{"anything-but":{"suffix":"a"}}])", R"("abc")", true},
                {R"([{"exists":true}])", "null", true},
                {R"([{"exists":false}])", "null", false},
                {R"(["x",{"prefix":"a"},{"exists":false}])", R"("ab")", true},
                {R"(["x",{"prefix":"a"},{"exists":false}])", R"("y")", false}});
}

TEST(alibaba, numeric_compares_numbers) {
    check_rows({{R"([{"numeric":["=",80]}])", "80", true},     {R"([{"numeric":["=",80]}])", "79", false},
                {R"([{"numeric":["=",80]}])", "81", false},    {R"([{"numeric":["!=",80]}])", "79", true},
                {R"([{"numeric":["!=",80]}])", "81", true},    {R"([{"numeric":["!=",80]}])", "80", false},
                {R"([{"numeric":["<",80]}])", "79", true},     {R"([{"numeric":["<",80]}])", "80", false},
                {R"([{"numeric":["<",80]}])", "81", false},    {R"([{"numeric":["<=",80]}])", "79", true},
                {R"([{"numeric":["<=",80]}])", "80", true},    {R"([{"numeric":["<=",80]}])", "81", false},
                {R"([{"numeric":[">",80]}])", "81", true},     {R"([{"numeric":[">",80]}])", "80", false},
                {R"([{"numeric":[">",80]}])", "79", false},    {R"([{"numeric":[">=",80]}])", "81", true},
                {R"([{"numeric":[">=",80]}])", "80", true},    {R"([{"numeric":[">=",80]}])", "79", false},
                {R"([{"numeric":["<",1]}])", R"("0")", false}, {R"([{"numeric":["<",1]}])", "null", false},
                {R"([{"numeric":["<",1]}])", "false", false},  {R"([{"numeric":[">",0,"<",9]}])", "10", false}});
}

TEST(alibaba, numbers_closer_than_a_ten_millionth_are_equal) {
    check_rows({{R"([{"numeric":["=",1.1234567]}])", "1.12345678", true},
                {R"([{"numeric":[">=",80]}])", "79.99999999", true},
                {R"([{"numeric":["<",80]}])", "79.99999999", false},
                {R"([{"numeric":["!=",80]}])", "79.99999999", false},
                {R"([{"numeric":["<=",80,">",0]}])", "80", true},
                {R"([{"numeric":["<=",80,">",0]}])", "0", false},
                {R"([{"numeric":[">",0]}])", R"("1")", false},
                {R"([{"numeric":[">",0]}])", "1e309", true},
                {R"([{"numeric":["<",0]}])", "-3000000000", false},
                {R"([{"numeric":["<",0]}])", "[-3000000000]", true}});
}

TEST(alibaba, a_network_is_without_its_first_and_last_address) {
    check_rows({{R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.0.1")", true},
                {R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.0.0")", false},
                {R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.0.255")", false},
                {R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.0.1234")", false},
                {R"([{"cidr":"10.0.0.0/32"}])", R"("10.0.0.0")", false},
                {R"([{"cidr":"10.0.0.1"}])", R"("::ffff:10.0.0.1")", true},
                {R"([{"cidr":"::1"}])", R"("0:0:0:0:0:0:0:1")", true},
                {R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.0.254")", true},
                {R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.1.1")", false},
                {R"([{"cidr":"10.0.0.1"}])", R"("10.0.0.1")", true},
                {R"([{"cidr":"10.0.0.1"}])", R"("10.0.0.2")", false},
                {R"([{"cidr":"::1"}])", R"("::2")", false},
                {R"([{"cidr":"10.0.0.1"}])", R"("localhost")", false},
                {R"([{"cidr":"10.0.0.1"}])", "10", false}});
}

struct PathRow {
    const char* data_pattern;
    const char* data;
    const char* answer;
};

TEST(alibaba, keys_are_joined_to_a_path) {
    const PathRow rows[] = {
        {R"({"a.b":["x"]})", R"({"a":{"b":"x"}})", "match"},
        {R"({"a.b":["x"]})", R"({"a.b":"x"})", "nomatch"},
        {R"({"a":{"b":["x"]}})", R"({"a":[{"b":"x"}]})", "nomatch"},
        {R"({"a":{"b":[{"exists":false}]}})", R"({"a":[{"b":"x"}]})", "match"},
        {R"({"a[0]":["x"]})", R"({"a":["x","y"]})", "match"},
        {R"({"a[-1]":{"b":["x"]}})", R"({"a":[1,{"b":"x"}]})", "match"},
        {R"({"a[0].b":["y"]})", R"({"a":[{"b":"x","b":"y"}]})", "match"},
        {R"({"a[0].b":["x"]})", R"({"a":[{"b":"x","b":"y"}]})", "nomatch"},
        {R"({"a[2]":[{"exists":false}]})", R"({"a":[1]})", "match"},
        {R"({"a[0":{"]":["x"]}})", "{}", "invalid"},
        {R"({"a[0,1]":["y"]})", R"({"a":["x","y"]})", "match"},
        {R"({"a[5,6]":[{"exists":false}]})", R"({"a":[1]})", "nomatch"},
        {R"({"a[0]":["y"]})", R"({"a":["x","y"]})", "nomatch"},
        {R"({"a[0,2]":["y"]})", R"({"a":["x","y"]})", "nomatch"},
        {R"({"a[1:]":["x"]})", R"({"a":["x","y"]})", "nomatch"},
        {R"({"a[1:]":["y"]})", R"({"a":["x","y"]})", "match"},
        {R"({"a[-1:]":["x"]})", R"({"a":["x","y"]})", "nomatch"},
        {R"({"a[-1:]":["y"]})", R"({"a":["x","y"]})", "match"},
        {R"({"a[:1]":["x"]})", R"({"a":["x","y"]})", "match"},
        {R"({"a[:1]":["y"]})", R"({"a":["x","y"]})", "nomatch"},
        {R"({"a[:-1]":["x"]})", R"({"a":["x","y"]})", "match"},
        {R"({"a[:-1]":["y"]})", R"({"a":["x","y"]})", "nomatch"},
        {R"({"a[1:2]":["y"]})", R"({"a":["x","y","z"]})", "match"},
        {R"({"a[1:2]":["z"]})", R"({"a":["x","y","z"]})", "nomatch"},
        {R"({"a[*]":["y"]})", R"({"a":["x","y"]})", "match"},
        {R"({"a[*]":{"b":["y"]}})", R"({"a":[{"b":"x"},{"b":"y"}]})", "match"},
        {R"({"a[*]":["z"]})", R"({"a":["x","y"]})", "nomatch"},
        {R"({"a[-2:1]":["z"]})", R"({"a":["x","y","z"]})", "match"},
        {R"({"a":{"*":["x"]}})", R"({"a":{"b":1,"c":"x"}})", "match"},
        {R"({"a":{"*":["x"]}})", R"({"a":{"b":{},"c":"x"}})", "nomatch"},
        {R"({"a":{"*":[{"exists":false}]}})", R"({"a":{}})", "nomatch"},
        {R"({"a":{"*":[{"exists":false}]}})", "{}", "match"},
        {R"({".b":["x"]})", R"({"a":[{"b":"x"}]})", "match"},
        {R"({".b":["x"]})", R"({"b":"x"})", "match"},
        {R"({".b":["x"]})", R"({"a":[[{"b":"x"}]],"b":"y"})", "match"},
        {R"({".b":["x"]})", R"({"a":[{"c":"x"}],"b":"y"})", "nomatch"},
        {R"({"a":{"":{"b":["x"]}}})", R"({"a":{"c":{"b":"x"}}})", "match"},
        {R"({"['a b']":["x"]})", R"({"a b":"x"})", "match"},
        {R"({"['a','b']":[{"exists":true},{"exists":false}]})", R"({"a":"x"})", "nomatch"},
        {R"({"['a','b'].c":["x"]})", R"({"b":{"c":"x"}})", "match"},
        {R"({"['a','b'].c":["x"]})", R"({"a":{"c":"x"},"b":{"c":"y"}})", "match"},
        {R"({"['a','b'].c":["x"]})", R"({"d":{"c":"x"}})", "nomatch"},
        {R"({"*":["x"],"f":["y"]})", R"({"f":"x","f":"y"})", "nomatch"},
    };
    for (const PathRow& row : rows) {
        const std::string pattern = std::string(R"({"data":)") + row.data_pattern + "}";
        const std::string event = std::string(R"({"data":)") + row.data + "}";
        EXPECT_EQ(alibaba_answer(pattern, event), row.answer) << pattern << " " << event;
    }
}

struct EventRow {
    const char* pattern;
    const char* event;
    const char* answer;
};

TEST(alibaba, attributes_stand_beside_data) {
    const EventRow rows[] = {
        {"{}", R"({"source":"s"})", "match"},
        {R"({"source":["s"]})", R"({"source":"s"})", "match"},
        {R"({"source":["80"]})", R"({"source":8e1})", "nomatch"},
        {R"({"source":["8e1"]})", R"({"source":8e1})", "match"},
        {R"({"aliyunregionid":["r"]})", R"({"aliyunregionid":["q","r"]})", "match"},
        {R"({"subject":[{"exists":false}]})", R"({"source":"s"})", "match"},
        {R"({"source":["s"],"data":{"f":[1]}})", R"({"source":"s","data":{"f":2}})", "nomatch"},
        {R"({"data":{"f":[{"exists":false}]}})", R"({"source":"s"})", "nomatch"},
        {R"({"data":{"f":[{"exists":false}]}})", R"({"data":null})", "match"},
        {R"({"data":{"f":["x"]}})", R"({"data":{"f":"x"},"data":{"f":"y"}})", "nomatch"},
        {R"({"data":{"f":["y"]}})", " {\"data\":{\"f\":\"x\",\"\\u0066\":\"y\"}}\n", "match"},
        {R"({"source":["s"]})", "[1]", "unfit"},
        {R"({"source":["s"]})", R"({"source":"s",})", "unfit"},
    };
    for (const EventRow& row : rows) {
        EXPECT_EQ(alibaba_answer(row.pattern, row.event), row.answer) << row.pattern << " " << row.event;
    }
}

struct DiagnosticRow {
    const char* pattern;
    const char* pointer;
    const char* part;  // of the message
};

TEST(alibaba, every_diagnostic_has_its_place) {
    const DiagnosticRow rows[] = {
        {"[]", "", "JSON object"},
        {R"({"sourc":["s"]})", "/sourc", "no field `sourc`"},
        {R"({"$or":[{"source":["s"]},{"source":["t"]}]})", "/$or", "no field `$or`"},
        {R"({"source":"s"})", "/source", "list of one or more"},
        {R"({"source":[]})", "/source", "list of one or more"},
        {R"({"source":[["s"]]})", "/source/0", "not a list"},
        {R"({"data":["x"]})", "/data", "object with fields"},
        {R"({"data":{}})", "/data", "without fields"},
        {R"({"data":{"a":{"b":{}}}})", "/data/a/b", "without fields"},
        {R"({"data":{"a":null}})", "/data/a", "list of one or more"},
        {R"({"data":{"a b":["x"]}})", "/data/a b", "`$.a b`"},
        {R"x({"data":{"length()":["x"]}})x", "/data/length()", "function"},
        {R"({"data":{"a[?(@.b)]":["x"]}})", "/data/a[?(@.b)]", "filters"},
        {R"({"data":{"f":[{}]}})", "/data/f/0", "exactly one operator"},
        {R"({"data":{"f":[{"prefix":"a","suffix":"b"}]}})", "/data/f/0", "exactly one operator"},
        {R"({"data":{"f":[{"wildcard":"a*"}]}})", "/data/f/0/wildcard", "no operator `wildcard`"},
        {R"({"data":{"f":[{"prefix":""}]}})", "/data/f/0/prefix", "not empty"},
        {R"({"data":{"f":[{"anything-but":{}}]}})", "/data/f/0/anything-but", "expects a value"},
        {R"({"data":{"f":[{"anything-but":{"contains":"a"}}]}})", "/data/f/0/anything-but", "expects a value"},
        {R"({"data":{"f":[{"anything-but":{"prefix":["a"]}}]}})", "/data/f/0/anything-but/prefix", "not empty"},
        {R"({"data":{"f":[{"anything-but":[1,[]]}]}})", "/data/f/0/anything-but/1", "Expected a string"},
        {R"({"data":{"f":[{"numeric":[">",0,"<"]}]}})", "/data/f/0/numeric", "expects [operator, number]"},
        {R"({"data":{"f":[{"numeric":["=="  ,0]}]}})", "/data/f/0/numeric/0", "expects [operator, number]"},
        {R"({"data":{"f":[{"numeric":[">",1e10]}]}})", "/data/f/0/numeric/1", "from -1000000000"},
        {R"({"data":{"f":[{"numeric":[">",-1e10]}]}})", "/data/f/0/numeric/1", "from -1000000000"},
        {R"({"data":{"f":[{"numeric":[">","0"]}]}})", "/data/f/0/numeric/1", "from -1000000000"},
        {R"({"data":{"f":[{"cidr":"host.example"}]}})", "/data/f/0/cidr", "IPv4 network"},
        {R"({"data":{"f":[{"cidr":"::/0"}]}})", "/data/f/0/cidr", "IPv4 network"},
        {R"({"data":{"f":[{"exists":"true"}]}})", "/data/f/0/exists", "true or false"},
        {R"({"data":{"f":[{"contains":[1]}]}})", "/data/f/0/contains/0", "Expected a string"},
    };
    for (const DiagnosticRow& row : rows) {
        auto document = json::parse_document(row.pattern);
        ASSERT_TRUE(document.has_value()) << row.pattern;
        std::vector<Diagnostic> diagnostics;
        EXPECT_FALSE(AlibabaPattern::compile(document->root, diagnostics).has_value()) << row.pattern;
        ASSERT_EQ(diagnostics.size(), 1U) << row.pattern;
        EXPECT_EQ(diagnostics[0].pointer, row.pointer);
        EXPECT_NE(diagnostics[0].message.find(row.part), std::string::npos) << diagnostics[0].message;
    }
}

TEST(alibaba, an_unknown_operator_gets_the_list_of_operators) {
    auto document = json::parse_document(R"({"data":{"f":[{"wildcard":"a*"}]}})");
    std::vector<Diagnostic> diagnostics;
    EXPECT_FALSE(AlibabaPattern::compile(document->root, diagnostics).has_value());
    ASSERT_EQ(diagnostics.size(), 1U);
    EXPECT_EQ(diagnostics[0].hint,
              "Did you mean `contains`? The operators are prefix, suffix, contains, anything-but, numeric, cidr "
              "and exists.");
}

TEST(alibaba, all_diagnostics_are_reported_at_once) {
    auto document =
        json::parse_document(R"({"x":[1],"source":[{"suffix":1},[2]],"data":{"a ":["x"],"b c":[{}],"d":1}})");
    ASSERT_TRUE(document.has_value());
    std::vector<Diagnostic> diagnostics;
    EXPECT_FALSE(AlibabaPattern::compile(document->root, diagnostics).has_value());
    EXPECT_EQ(diagnostics.size(), 6U);
}

TEST(alibaba, a_path_that_reads_without_end_is_given_up) {
    std::string event = R"({"data":)";
    std::string closing;
    for (int i = 0; i < 100; ++i) {
        event += R"({"a":)";
        closing += '}';
    }
    event += '"' + std::string(1'000'000, 'x') + '"' + closing + "}";
    EXPECT_EQ(alibaba_answer(R"({"data":{".a":{"*":{"*":{"*":{"*":{"*":{"*":{"*":["y"]}}}}}}}}})", event), "unfit");
    EXPECT_EQ(alibaba_answer(R"({"data":{"a.a.a.b":["y"]}})", event), "nomatch");
}

TEST(alibaba, a_pattern_has_so_many_fields_at_most) {
    auto pattern_of = [](std::size_t fields) {
        std::string pattern = R"({"data":{"name":[1])";
        for (std::size_t i = 1; i < fields; ++i) pattern.append(",\"n").append(std::to_string(i)).append("\":[1]");
        return pattern + "}}";
    };
    EXPECT_EQ(alibaba_answer(pattern_of(limits::pattern_fields_max), ""), "valid");
    EXPECT_EQ(alibaba_answer(pattern_of(limits::pattern_fields_max + 1), ""), "invalid");
}

TEST(alibaba, thousands_of_alternatives_and_fields_are_one_walk) {
    std::string pattern = R"({"data":{)";
    std::string event = R"({"data":{)";
    for (int i = 0; i < 3000; ++i) {
        if (i > 0) {
            pattern += ',';
            event += ',';
        }
        const std::string name = "\"name" + std::to_string(i) + "\":";
        pattern.append(name).append("[1,").append(std::to_string(i)).append("]");
        event.append(name).append(std::to_string(i));
    }
    EXPECT_EQ(alibaba_answer(pattern + "}}", event + "}}"), "match");
}

}  // namespace
}  // namespace outflow::pattern
