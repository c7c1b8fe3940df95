#include "api/audit_routes.h"

#include <gtest/gtest.h>

#include "api/api_rig.h"

namespace outflow::api {
namespace {

class AuditRoutesTest : public ApiTest {
protected:
    AuditRoutesTest() {
        store::Audit audit(*database);
        for (int i = 1; i <= 5; ++i)
            EXPECT_TRUE(audit.add({.who = i % 2 == 0 ? "olga" : "admin",
                                   .key = "ak",
                                   .from = "::1",
                                   .action = "change",
                                   .kind = i == 3 ? "instance" : "task",
                                   .name = "press \"" + std::to_string(i) + "\"",
                                   .difference = i == 1 ? "" : R"([{"pointer":"/filter","after":1}])"}));
    }
    // The numbers of the entries, and what is next.
    std::string numbers(std::string_view query) {
        const Answered answer = ask_as("admin", "GET", "/v1/audit" + std::string(query));
        const auto document = json::parse_document(answer.body);
        if (!document || answer.status != 200) return std::to_string(answer.status);
        std::string text;
        for (const json::Node& item : document->root.find("items")->items) text += item.find("number")->text + " ";
        return text + "next " + answer.member("next");
    }
};

TEST_F(AuditRoutesTest, are_an_administrators) {
    EXPECT_EQ(ask("GET", "/v1/audit").status, 401U);
    EXPECT_EQ(ask_as("olga", "GET", "/v1/audit").status, 403U);
}

TEST_F(AuditRoutesTest, tell_the_newest_first) {
    EXPECT_EQ(numbers(""), "5 4 3 2 1 next null");
    EXPECT_EQ(numbers("?limit=2"), "5 4 next 4");
    EXPECT_EQ(numbers("?limit=2&before=4"), "3 2 next 2");
    EXPECT_EQ(numbers("?limit=2&before=2"), "1 next null");
    EXPECT_EQ(numbers("?before=1"), "next null");
    EXPECT_EQ(numbers("?kind=instance"), "3 next null");
    EXPECT_EQ(numbers("?who=olga&kind=task"), "4 2 next null");
    EXPECT_EQ(numbers("?name=press+%222%22"), "2 next null");
    for (const char* query : {"?limit=0", "?limit=1001", "?limit=x", "?before=-1", "?before=0",
                              "?before=9007199254740992", "?kind=tasks", "?whom=olga"})
        EXPECT_EQ(numbers(query), "400") << query;
}

// Of the largest entries that there are.
TEST_F(AuditRoutesTest, a_page_ends_at_a_mebibyte) {
    store::Audit audit(*database);
    const std::string difference = R"([{"pointer":"/filter","after":")" + std::string(16'000, 'x') + "\"}]";
    for (int i = 0; i < 80; ++i)
        EXPECT_TRUE(audit.add({.who = "olga", .action = "change", .kind = "task", .difference = difference}));
    const Answered first = ask_as("admin", "GET", "/v1/audit?limit=1000");
    EXPECT_GT(first.body.size(), 1'024U * 1'024);
    EXPECT_LT(first.body.size(), 1'100'000U);
    const std::string next = first.member("next");
    EXPECT_EQ(next, "21") << "66 of 85";
    EXPECT_EQ(numbers("?limit=1000&before=" + next), "20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 next null");
}

TEST_F(AuditRoutesTest, tell_all_of_an_entry) {
    const Answered answer = ask_as("admin", "GET", "/v1/audit?limit=1");
    const std::size_t at = answer.body.find("\"at\":\"");
    ASSERT_NE(at, std::string::npos) << answer.body;
    EXPECT_TRUE(store::is_time(answer.body.substr(at + 6, 24)));
    std::string body = answer.body;
    body.erase(at + 6, 24);
    EXPECT_EQ(body,
              R"({"items":[{"number":5,"at":"","who":"admin","key":"ak","from":"::1","action":"change","kind":"task",)"
              R"("name":"press \"5\"","difference":[{"pointer":"/filter","after":1}]}],"next":5})");
    EXPECT_TRUE(ask_as("admin", "GET", "/v1/audit?before=2").has(R"("difference":[])"));
}

}  // namespace
}  // namespace outflow::api
