#include "transform/template.h"

#include <gtest/gtest.h>

#include "json/document.h"
#include "json/path.h"
#include "json/walker.h"

namespace outflow::transform {
namespace {

std::string reported(const std::vector<Diagnostic>& list) {
    std::string text;
    for (const Diagnostic& diagnostic : list) {
        text += diagnostic.pointer + ": " + diagnostic.message +
                (diagnostic.hint.empty() ? "" : " " + diagnostic.hint) + "\n";
    }
    return text;
}

// What the paths of the variables lead to.
const std::string payload =
    R"({"s":"a\"b","u":"\u00e9","t":81.50,"big":12345678901234567890,"e":1e3,"z":null,"f":false,"o":{"a":1,"b":[1, )"
    R"(2],"\u0063":"x"},)"
    R"("l":[1,"x"],"none":{},"empty":"","dollar":"${t}"})" +
    std::string(64, ' ');

// `missing` for what is not in the payload; then what the template gives, or its errors.
std::string render(std::string_view text, std::string_view value, std::string* warnings = nullptr) {
    std::vector<Diagnostic> diagnostics;
    std::vector<Diagnostic> hints;
    std::vector<Variable> variables = parse_variables(value, diagnostics);
    std::optional<Template> made = Template::parse(text, variables, diagnostics, hints);
    if (warnings != nullptr) *warnings = reported(hints);
    if (!diagnostics.empty()) return reported(diagnostics);
    if (!made) return "refused without a reason";
    json::PathSet paths;
    std::vector<json::Value> values;
    json::Walker walker;
    EXPECT_TRUE(walker.open(payload).has_value());
    std::vector<std::size_t> numbers;
    for (const Template::Need& need : made->needs())
        numbers.push_back(paths.add_value(*json::parse_path(need.source.path)));
    std::vector<json::Value> walked(paths.values());
    EXPECT_TRUE(walker.walk(paths, walked, {}).has_value());
    for (std::size_t number : numbers) values.push_back(walked[number]);
    std::string out = "before{";  // of which nothing is looked at
    auto failure = made->render(values, out);
    if (failure && failure->repeated) return "`" + *failure->repeated + "` twice";
    if (failure) {
        return "no " + made->needs()[failure->need].name + " (" + std::string(json::to_string(failure->found)) + ")";
    }
    out.erase(0, 7);
    if (made->is_json()) {
        auto document = json::parse_document(out);
        EXPECT_TRUE(document && document->repeated.empty()) << out;
    }
    return (made->is_json() ? "JSON " : "text ") + out;
}

constexpr std::string_view usual = R"({"s":"$.s","u":"$.u","t":"$.t","big":"$.big","e":"$.e","z":"$.z","f":"$.f",)"
                                   R"("o":"$.o",)"
                                   R"("l":"$.l","none":"$.none","empty":"$.empty","dollar":"$.dollar",)"
                                   R"("gone":"$.gone"})";

struct Row {
    std::string_view text;
    std::string_view expected;
};

void check(std::initializer_list<Row> rows, std::string_view value = usual) {
    for (const Row& row : rows) EXPECT_EQ(render(row.text, value), row.expected) << row.text;
}

TEST(template_form, values_go_into_text_as_text) {
    check({
        {"", "text "},
        {"no variable $ {} $x", "text no variable $ {} $x"},
        {"The ${s} = ${t}!", "text The a\"b = 81.50!"},
        {"${u}${f}${z}${empty}${big}${e}", "text \xc3\xa9"
                                           "falsenull123456789012345678901e3"},
        {"${o} ${l}", "text {\"a\":1,\"b\":[1, 2],\"\\u0063\":\"x\"} [1,\"x\"]"},
        {"${dollar}", "text ${t}"},
        {" ${s} ", "text  a\"b "},
        {"[${s}]x", "text [a\"b]x"},
    });
}

TEST(template_form, values_go_into_json_as_json) {
    check({
        {R"({"t":${t},"s":${s},"z":${z},"o":${o},"l":[${l},${f}]})",
         R"(JSON {"t":81.50,"s":"a\"b","z":null,"o":{"a":1,"b":[1, 2],"\u0063":"x"},"l":[[1,"x"],false]})"},
        {R"({"t":"${t}","s":"<${s}>","z":"${z}","o":"${o}","u":"${u}"})",
         R"(JSON {"t":"81.50","s":"<a\"b>","z":"null","o":"{\"a\":1,\"b\":[1, 2],\"\\u0063\":\"x\"}","u":"\u00e9"})"},
        {R"({"${s}":1})", R"(JSON {"a\"b":1})"},
        {R"("${s}")", R"(JSON "a\"b")"},
        {"[${big}, ${e}]", "JSON [12345678901234567890, 1e3]"},
        {R"({"d":"${dollar}"})", R"(JSON {"d":"${t}"})"},
        {"{\n  \"t\" : ${t}\n}", "JSON {\n  \"t\" : 81.50\n}"},
        {R"({"a":1})", R"(JSON {"a":1})"},
        {R"({"a":"x\\${t}"})", R"(JSON {"a":"x\\81.50"})"},
    });
}

// One variable alone is what its path alone would be.
TEST(template_form, what_is_not_json_with_null_for_the_variables_is_text) {
    std::string warnings;
    EXPECT_EQ(render(R"({"t":${t}${t}})", usual, &warnings), R"(text {"t":81.5081.50})");
    EXPECT_NE(warnings.find("The template begins as JSON and is none"), std::string::npos) << warnings;
    EXPECT_EQ(render(R"({t:${t}})", R"({"t":"$.t"})", &warnings), "text {t:81.50}");
    EXPECT_EQ(render(R"({"a":"\${t}"})", R"({"t":"$.t"})"), R"(text {"a":"\81.50"})");
    EXPECT_EQ(render("${s}", R"({"s":"$.s"})", &warnings), "text a\"b");
    EXPECT_EQ(warnings, "");
    EXPECT_EQ(render("${o}", R"({"o":"$.none"})"), "text {}");
}

TEST(template_form, a_dollar_more_is_the_escape) {
    check({
        {"$${t} ${t}", "text ${t} 81.50"},
        {"$$${t}", "text $${t}"},
        {R"({"a":"$${t}"})", R"(JSON {"a":"${t}"})"},
        {"${t}$${t}", "text 81.50${t}"},
        {"$$ $", "text $$ $"},
    });
}

TEST(template_form, what_is_missing_fails_unless_there_is_a_default) {
    check({
        {"${gone}", "no gone (missing)"},
        {R"({"x":"${gone}"})", "no gone (missing)"},
        {R"({"x":${gone},"y":${gone:-1}})", "no gone (missing)"},
        {"<${gone:-a b}> ${t:-x} ${z:-x}", "text <a b> 81.50 null"},
        {"<${gone:-}>", "text <>"},
        {"<${gone:-x:-y}>", "text <x:-y>"},
        {R"({"x":${gone:-0},"y":${gone:-none},"z":${gone:-},"n":${gone:-null},"s":${gone:-"q"}})",
         R"(JSON {"x":0,"y":"none","z":"","n":null,"s":"q"})"},
        {R"({"x":"${gone:-a\nb}"})", R"(JSON {"x":"a\nb"})"},
        {R"({"x":"${gone:-a"b}"})", R"(text {"x":"a"b"})"},
    });
}

TEST(template_form, constants_may_hold_variables) {
    constexpr std::string_view value = R"({"t":"$.t","s":"$.s","gone":"$.gone","n":1.0,"b":true,"z":null,"c":"<\"${)"
                                       R"(s}\" ${gone:-\"}>",)"
                                       R"("d":"${c}${n}","w":"$${t}","p":"$5"})";
    check(
        {
            {"${n} ${b} ${z} ${c} ${w} ${p}", R"(text 1.0 true null <"a"b" "> ${t} $5)"},
            {R"({"n":${n},"b":${b},"z":${z},"c":${c},"d":"${d}","w":${w}})",
             R"(JSON {"n":1.0,"b":true,"z":null,"c":"<\"a\"b\" \">","d":"<\"a\"b\" \">1.0","w":"${t}"})"},
            {"${n:-x}", "text 1.0"},
        },
        value);
}

TEST(template_form, an_objects_members_can_be_embedded) {
    check({
        {R"({"k":1,"EB_SYS_EMBED_OBJECT":"${o}"})", R"(JSON {"k":1,"a":1,"b":[1, 2],"\u0063":"x"})"},
        {R"({"EB_SYS_EMBED_OBJECT":"${o}","k":1})", R"(JSON {"a":1,"b":[1, 2],"\u0063":"x","k":1})"},
        {R"({"j":{ "EB_SYS_EMBED_OBJECT" : ${o} , "k":1}, "t":${t}})",
         R"(JSON {"j":{"a":1,"b":[1, 2],"\u0063":"x", "k":1}, "t":81.50})"},
        {R"({"EB_SYS_EMBED_OBJECT":"${o}"})", R"(JSON {"a":1,"b":[1, 2],"\u0063":"x"})"},
        {R"({"b":2,"EB_SYS_EMBED_OBJECT":"${o}","c":3})", R"(JSON {"b":2,"a":1,"c":3})"},
        {R"({"k":1,"EB_SYS_EMBED_OBJECT":"${none}"})", R"(JSON {"k":1})"},
        {R"({"EB_SYS_EMBED_OBJECT":"${none}","k":1})", R"(JSON {"k":1})"},
        {R"({"EB_SYS_EMBED_OBJECT":"${gone}"})", "JSON {}"},
        {R"({"a":"${s}","EB_SYS_EMBED_OBJECT":"${z}","k":1})", R"(JSON {"a":"a\"b","k":1})"},
        {R"([{"EB_SYS_EMBED_OBJECT":"${none}"},{"EB_SYS_EMBED_OBJECT":"${o}"}])", R"(JSON [{},{"a":1,"b":[1, 2],)"
                                                                                  R"("\u0063":"x"}])"},
        {R"({"EB_SYS_EMBED_OBJECT":"${l}"})", "no l (array)"},
        {R"({"EB_SYS_EMBED_OBJECT":"${s}"})", "no s (string)"},
        {R"({"x":"\"EB_SYS_EMBED_OBJECT\":${t}"})", R"(JSON {"x":"\"EB_SYS_EMBED_OBJECT\":81.50"})"},
    });
}

TEST(template_form, names_may_have_variables) {
    constexpr std::string_view value =
        R"({"t":"$.t","u":"$.u","s":"$.s","e":"$.empty","x":"$.o.c","o":"$.o","k":"c","gone":"$.gone",)"
        R"("a":"a"})";
    check(
        {
            {R"({"${t}":1,"${u}":2})", "JSON {\"81.50\":1,\"\\u00e9\":2}"},
            {R"({"p-${t}":1,"p-${u}":{"${t}":1,"t":[{"${t}":2}]}})",
             R"(JSON {"p-81.50":1,"p-\u00e9":{"81.50":1,"t":[{"81.50":2}]}})"},
            {R"({"${t}":1,"${t}x":2,"\u0061":3,"${s}":4})", R"(JSON {"81.50":1,"81.50x":2,"\u0061":3,"a\"b":4})"},
            {R"({"${t}":1,"81.50":2})", "`81.50` twice"},
            {R"({"81\u002e50":1,"${t}":2})", "`81.50` twice"},
            {R"({"a":{"${x}":1,"${gone:-x}":2}})", "`x` twice"},
            {R"({"${gone:=\u0078}":1,"${x}":2})", "`x` twice"},
            {R"({"${x}":1,"y":{"${x}":2}})", R"(JSON {"x":1,"y":{"x":2}})"},
            {R"({"${e}":1,"${gone:-}":2})", "`` twice"},
            {R"({"${gone}":1,"${x}":2})", "no gone (missing)"},
            // a member that is embedded yields, wherever the name stands
            {R"({"EB_SYS_EMBED_OBJECT":"${o}","${x}":1,"${a}":2})", R"(JSON {"b":[1, 2],"\u0063":"x","x":1,"a":2})"},
            {R"({"EB_SYS_EMBED_OBJECT":"${o}","${k}":2})", R"(JSON {"a":1,"b":[1, 2],"c":2})"},
            {R"({"a${e}":0,"EB_SYS_EMBED_OBJECT":"${o}"})", R"(JSON {"a":0,"b":[1, 2],"\u0063":"x"})"},
            {R"({"z":{"EB_SYS_EMBED_OBJECT":"${o}","${x}":{"EB_SYS_EMBED_OBJECT":"${o}","b":0}}})",
             R"(JSON {"z":{"a":1,"b":[1, 2],"\u0063":"x","x":{"a":1,"\u0063":"x","b":0}}})"},
        },
        value);
}

TEST(template_form, names_that_are_sure_to_meet_are_refused) {
    const auto twice = [](std::string_view name) {
        return "/template: The template gives the name `" + std::string(name) +
               "` twice in one object. Names are given once in an object.\n";
    };
    constexpr std::string_view value = R"({"t":"$.t","s":"$.s","k":"a"})";
    EXPECT_EQ(render(R"({"${t}":1,"${t}":2})", value), twice("${t}"));
    EXPECT_EQ(render(R"({"x":[{"<${t:-y}>":1,"<${t:-y}>":2}]})", value), twice("<${t:-y}>"));
    EXPECT_EQ(render(R"({"${k}":1,"\u0061":${t}})", value), twice("a"));
    EXPECT_EQ(render(R"({"a":1,"a":2})", "{}"), twice("a"));
    EXPECT_EQ(render(R"({"$${t}":1,"${t}":2})", value), R"(JSON {"${t}":1,"81.50":2})");
    EXPECT_EQ(render(R"({"EB_SYS_EMBED_OBJECT":"${t}","EB_SYS_EMBED_OBJECT":"${t}"})", value)
                  .find(twice("EB_SYS_EMBED_OBJECT")),
              0U);
    std::string many = "{";
    for (int i = 0; i <= 100; ++i) many += "\"" + std::to_string(i) + "${t}\":1,";
    EXPECT_EQ(render(many + "\"x\":1}", value), "/template: An object of the template has 101 names with variables in "
                                                "them; at most 100 are allowed.\n");
}

TEST(template_form, a_default_may_have_braces) {
    check({
        {R"({"a":${t:-{}}})", R"(JSON {"a":81.50})"},
        {R"({"a":${gone:-{}},"b":[${gone:-{"x":{"y":[]}}}]})", R"(JSON {"a":{},"b":[{"x":{"y":[]}}]})"},
        {R"({"a":${gone:-{"x":"\}"}},"b":"${gone:-\{}"})", R"(JSON {"a":{"x":"}"},"b":"{"})"},
        {R"({"a":"${gone:-{\"x\":{}}}","b":"${gone:-{}}"})", R"(JSON {"a":"{\"x\":{}}","b":"{}"})"},
        {R"(<${gone:-a\}b\{c\d}> ${t:-\}})", R"(text <a}b{c\d> 81.50)"},
        {R"({"a":"${gone:-x\\}"})", R"(JSON {"a":"x\\"})"},
        {"${gone:-{a}{b}} {}", "text {a}{b} {}"},
    });
    EXPECT_EQ(
        render("${gone:-{} and {}", usual),
        "/template: `${gone:-{} and {}` has no `}`. In a default a brace without its partner is written `\\{` or `\\}`.\n");
}

TEST(template_form, a_default_may_be_for_null_too) {
    check({
        {"${z:=none} ${z:-none} ${gone:=none} ${t:=none} ${f:=none} ${empty:=none}.",
         "text none null none 81.50 false ."},
        {R"({"a":${z:=0},"b":"${z:=0}","c":${z:=a=b:-c},"d":${z:={}},"e":${z}})",
         R"(JSON {"a":0,"b":"0","c":"a=b:-c","d":{},"e":null})"},
        {R"({"${z:=k}":1})", R"(JSON {"k":1})"},
        {"${zz:=d}", "text d"},
    });
}

TEST(template_form, diagnostics_say_what_is_wrong) {
    constexpr std::string_view embedding = "/template: `EB_SYS_EMBED_OBJECT` takes one variable alone, without a "
                                           "default. Write "
                                           "\"EB_SYS_EMBED_OBJECT\":\"${name}\".\n";
    constexpr std::string_view a_name = "A name has letters, digits, `_`, `-` and `.`. To write `${` as text, write "
                                        "`$${`.\n";
    check({
        {"${x} ${x} ${y:-1}", "/template: The template's `${x}` is not among the variables of the value. There are: "
                              "s, u, t, big, e, "
                              "z, f, o, l, none, empty, dollar, gone.\n"},
        {"a ${t", "/template: `${t` has no `}`. To write `${` as text, write `$${`.\n"},
        {R"({"EB_SYS_EMBED_OBJECT":"x${o}"})", embedding},
        {R"({"EB_SYS_EMBED_OBJECT":"${o:-x}"})", embedding},
        {R"({"EB_SYS_EMBED_OBJECT":1,"a":${t}})", embedding},
    });
    EXPECT_EQ(render("${a b}", "{}"), "/template: `${a b}` names no variable. " + std::string(a_name));
    EXPECT_EQ(render("${}", "{}"), "/template: `${}` names no variable. " + std::string(a_name));
    EXPECT_EQ(render("${:-x}", "{}"), "/template: `${:-x}` names no variable. " + std::string(a_name));
    EXPECT_EQ(render("${a:-${b}}", R"({"a":1,"b":2})"),
              "/template: The default of `a` names a variable. Defaults are texts; a constant variable may name "
              "others.\n");
    EXPECT_EQ(render(R"({"EB_SYS_EMBED_OBJECT":"${a}"})", R"({"a":1})"),
              "/template: `EB_SYS_EMBED_OBJECT` needs an object; `a` is a constant.\n");
    EXPECT_EQ(render("x", "[1]"), "/value: The variables of a template are a JSON object of names with paths or "
                                  "constants.\n");
    EXPECT_EQ(
        render("${a}", R"({"a":[1],"a b":1})"),
        "/value/a: The variable `a` is a JSON array. A variable is a path, { path, json, take }, a text, a number, "
        "true, false or null; write objects into the template.\n"
        "/value/a b: `a b` is no name of a variable. A name has letters, digits, `_`, `-` and `.`, at most "
        "128 bytes.\n");
    EXPECT_EQ(render("${a}", R"({"a":1,"a":2})"), "/value/a: The variable `a` is given twice.\n");
    EXPECT_EQ(render("${a}", R"({"a":"${b}","b":"x${a}"})"), "/value/a: The variable `a` stands for itself.\n");
    EXPECT_EQ(render("x", R"({"a":"${"})"), "/value/a: `${` has no `}`. To write `${` as text, write `$${`.\n");
}

TEST(template_form, what_is_hardly_meant_is_reported) {
    std::string warnings;
    EXPECT_EQ(render("${a} ${zz:-d} ${zz:-e}", R"({"a":"x","b":"$.t"})", &warnings), "text x d e");
    EXPECT_EQ(warnings, "/template: The value has no variable `zz`, so that its default always goes in.\n"
                        "/value/b: The template does not use the variable `b`.\n");
}

// Constants that double themselves stay small.
TEST(template_form, hostile_constants_are_refused) {
    std::string value = "{";
    for (int i = 0; i < 30; ++i) {
        const std::string next = "${v" + std::to_string(i + 1) + "}";
        value += "\"v" + std::to_string(i) + "\":\"" + next + next + "\",";
    }
    EXPECT_EQ(render("${v0}", value + R"("v30":""})"),
              "/template: The template grows to more than 10000 variables or 1 MiB, once its constants stand in it.\n");
    EXPECT_EQ(render("${v16}", value + R"("v30":")" + std::string(5'000, 'x') + "\"}"),
              "/template: The template grows to more than 10000 variables or 1 MiB, once its constants stand in it.\n");
    std::string chain = R"({"v0":"x")";
    for (int i = 1; i < 40; ++i) chain += ",\"v" + std::to_string(i) + "\":\"${v" + std::to_string(i - 1) + "}\"";
    EXPECT_EQ(render("${v39}", chain + "}"), "/value/v7: Constants in constants are deeper than 32 levels.\n");
    EXPECT_EQ(render("${v31}", chain + "}"), "text x");
}

}  // namespace
}  // namespace outflow::transform
