#include "connectors/token_notice.h"

#include <gtest/gtest.h>

#include "connectors/token_renewal.h"
#include "mqtt/apsaramq.h"

namespace outflow::connectors {
namespace {

TEST(TokenNotice, says_in_words_what_the_broker_says_in_numbers) {
    struct Row {
        std::string_view topic;
        std::string_view payload;
        std::string_view sentence;
    };
    const Row rows[] = {
        {mqtt::apsara_expire_topic, R"({"expireTime":1764547200000,"type":"R"})",
         "The token R expires at 2025-12-01T00:00:00.000Z."},
        {mqtt::apsara_invalid_topic, R"({"code":2,"type":"RW"})",
         "The MQTT broker refuses the token RW: it has expired (code 2)."},
        {mqtt::apsara_invalid_topic, R"({"type":"W","code":-1})",
         "The MQTT broker refuses the token W: the account has no permission (code -1)."},
        {mqtt::apsara_invalid_topic, R"({"code":7})",
         "The MQTT broker refuses the token ?: for a reason that the documentation does not know (code 7)."},
        {mqtt::apsara_expire_topic, R"({"expireTime":1.5})",
         "The MQTT broker gives notice with topic $SYS/tokenExpireNotice, 18 bytes that are not as documented."},
        {mqtt::apsara_invalid_topic, "soon",
         "The MQTT broker gives notice with topic $SYS/tokenInvalidNotice, 4 bytes that are not as documented."},
        {mqtt::apsara_invalid_topic, R"({"code":2,"type":"the token itself, say"})",
         "The MQTT broker refuses the token ?: it has expired (code 2)."},
        {"$SYS/else", "[]", "The MQTT broker gives notice with topic $SYS/else, 2 bytes that are not as documented."},
    };
    for (const Row& row : rows) {
        const TokenNotice notice = read_token_notice(row.topic, row.payload);
        EXPECT_EQ(notice.sentence, row.sentence);
        EXPECT_EQ(notice.is_refusal, row.topic == mqtt::apsara_invalid_topic);
    }
}

TEST(TokenNotice, a_long_one_is_cut) {
    EXPECT_LT(read_token_notice("$SYS/else", std::string(100'000, 'x')).sentence.size(), 300U);
}

TEST(TokenNotice, an_upload_is_json_whatever_the_token_holds) {
    EXPECT_EQ(render_token_upload("RW", "LzMT+XLFl5s/YWJj=="), R"({"token":"LzMT+XLFl5s/YWJj==","type":"RW"})");
    EXPECT_EQ(render_token_upload("R", "a\"b\\"), R"({"token":"a\"b\\","type":"R"})");
}

TEST(TokenNotice, what_to_do_depends_on_where_a_token_comes_from) {
    using Kind = platform::SecretSource::Kind;
    EXPECT_EQ(how_to_renew({"R", {Kind::file, "/run/r"}}), "Write a new token R to /run/r.");
    EXPECT_EQ(how_to_renew({"W", {Kind::environment, "TOKEN"}}), "Start anew with a new token W in TOKEN.");
    EXPECT_EQ(how_to_renew({"RW", {Kind::plain, "secret"}}), "Put a new token RW into the task file.");
}

}  // namespace
}  // namespace outflow::connectors
