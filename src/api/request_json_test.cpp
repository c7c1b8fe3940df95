#include "api/request_json.h"

#include <gtest/gtest.h>

namespace outflow::api {
namespace {

// What a reader of these fields answers.
std::string answer_to(std::string_view text) {
    RequestJson body(text);
    body.text("name", {.min = 1, .max = 8});
    body.optional_text("description", {.max = 4});
    body.optional_boolean("enabled");
    body.optional_texts("tasks", 2, {.min = 1, .max = 3});
    body.optional_word("role", {"viewer", "operator"});
    const auto refusal = body.refusal();
    return refusal ? std::to_string(refusal->status) + " " + refusal->body : "accepted";
}

bool has_all(const std::string& text, std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts)
        if (text.find(part) == std::string::npos) return false;
    return true;
}

TEST(RequestJsonTest, accepts_what_fits) {
    EXPECT_EQ(answer_to(R"({"name":"a"})"), "accepted");
    EXPECT_EQ(
        answer_to(R"({"name":"12345678","description":"","enabled":false,"tasks":["a","bcd"],"role":"operator"})"),
        "accepted");
    EXPECT_EQ(answer_to(R"({"name":"a","description":null,"tasks":null,"role":null,"enabled":null})"), "accepted");
}

TEST(RequestJsonTest, refuses_what_is_no_object) {
    for (const std::string_view text : {"", "{", "[]", "null", "\"a\"", "{}x", "{\"name\":\"\xff\"}"})
        EXPECT_TRUE(answer_to(text).starts_with("400 ")) << text;
    EXPECT_TRUE(answer_to(std::string(100'000, '[')).starts_with("400 "));
}

TEST(RequestJsonTest, tells_all_faults_with_their_places) {
    struct Row {
        std::string_view text;
        std::initializer_list<std::string_view> parts;
    };
    for (const Row& row : {
             Row{"{}", {R"("pointer":"/name")", "missing", "1 fault in"}},
             Row{R"({"name":null})", {R"("pointer":"/name")", "missing"}},
             Row{R"({"name":""})", {R"("pointer":"/name")", "expected 1 to 8 characters, found 0"}},
             Row{R"({"name":"123456789"})", {"expected 1 to 8 characters, found 9"}},
             Row{R"({"name":"ääääääääé"})", {"expected 1 to 8 characters, found 9"}},
             Row{R"({"name":1})", {"expected string, found number"}},
             Row{R"({"name":"a","description":"12345"})", {R"("pointer":"/description")", "at most 4 characters"}},
             Row{R"({"name":"a","enabled":"true"})", {R"("pointer":"/enabled")", "expected boolean, found string"}},
             Row{R"({"name":"a","tasks":"a"})", {R"("pointer":"/tasks")", "expected array, found string"}},
             Row{R"({"name":"a","tasks":[1]})", {"expected texts in the array, found number"}},
             Row{R"({"name":"a","tasks":["a","b","c"]})", {"at most 2 texts, found 3"}},
             Row{R"({"name":"a","tasks":["abcd"]})", {"expected 1 to 3 characters, found 4"}},
             Row{R"({"name":"a","role":"oprator"})", {R"("pointer":"/role")", "viewer, operator", "write `operator`"}},
             Row{R"({"name":"a","enable":true})", {R"("pointer":"/enable")", "unknown field", "write `enabled`"}},
             Row{R"({"name":"a","x/y":true})", {R"("pointer":"/x~1y")", "the fields are name, description"}},
             Row{R"({"name":"a","name":"b"})", {R"("pointer":"/name")", "given twice"}},
             Row{R"({"nam":"a","enabled":1,"role":2})", {"4 faults in", "/name", "/enabled", "/role", "/nam"}},
         }) {
        const std::string answer = answer_to(row.text);
        EXPECT_TRUE(answer.starts_with("422 ") && has_all(answer, row.parts)) << row.text << "\n" << answer;
    }
}

TEST(RequestJsonTest, gives_the_values) {
    RequestJson body(
        R"({"name":"a\u0041","password":"pass","tasks":["x","y"],"enabled":true,"role":"viewer","any":{}})");
    EXPECT_EQ(body.text("name", {}), "aA");
    EXPECT_EQ(body.secret("password", {}).reveal(), "pass");
    EXPECT_EQ(body.optional_texts("tasks", 9, {}), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(body.optional_boolean("enabled"), true);
    EXPECT_EQ(body.word("role", {"viewer"}), "viewer");
    EXPECT_TRUE(body.node("any")->is(json::Kind::object));
    EXPECT_EQ(body.node("none"), nullptr);
    EXPECT_FALSE(body.optional_secret("other", {}).has_value());
    EXPECT_FALSE(body.refusal().has_value());
    EXPECT_EQ(body.node("password")->text, "") << "the tree keeps no secret";
}

}  // namespace
}  // namespace outflow::api
