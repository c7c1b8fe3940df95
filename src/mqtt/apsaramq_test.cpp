#include "mqtt/apsaramq.h"

#include <array>

#include <gtest/gtest.h>

namespace outflow::mqtt {
namespace {

TEST(ApsaraMQ, user_names_and_passwords_are_as_documented) {
    EXPECT_EQ(apsara_username(ApsaraMode::signature, "YYYYY", "mqtt-xxxxx"), "Signature|YYYYY|mqtt-xxxxx");
    EXPECT_EQ(apsara_username(ApsaraMode::token, "YYYYY", "mqtt-xxxxx"), "Token|YYYYY|mqtt-xxxxx");
    EXPECT_EQ(apsara_username(ApsaraMode::device_credential, "DC.Y", "mqtt-xxxxx"), "DeviceCredential|DC.Y|mqtt-xxxxx");
    const std::array tokens{ApsaraToken{"R", "123"}, ApsaraToken{"W", "abcd"}};
    EXPECT_EQ(apsara_password(tokens), "R|123|W|abcd");
    EXPECT_EQ(apsara_password({tokens.data(), 1}), "R|123");
}

TEST(ApsaraMQ, an_address_names_its_instance) {
    const std::pair<const char*, const char*> rows[] = {
        {"post-cn-0pp12gl8.mqtt.aliyuncs.com", "post-cn-0pp12gl8"},
        {"mqtt-cn-a-internal-vpc.mqtt.aliyuncs.com", "mqtt-cn-a"},
        {"mqtt-cn-a-internal.mqtt.aliyuncs.com", "mqtt-cn-a"},
        {"mqtt-cn-a-vpc.mqtt.aliyuncs.com", "mqtt-cn-a"},
        {"mqtt-cn-a.cn-hangzhou.mqtt.aliyuncs.com", ""},
        {".mqtt.aliyuncs.com", ""},
        {"broker.plant", ""},
        {"mqtt-cn-a.mqtt.aliyuncs.com.example.org", ""},
    };
    for (const auto& [host, instance] : rows) EXPECT_EQ(apsara_instance_of(host), instance) << host;
}

TEST(ApsaraMQ, client_ids_are_a_group_and_a_device) {
    EXPECT_EQ(check_apsara_client_id("GID_Test@@@0001"), "");
    EXPECT_EQ(check_apsara_client_id("GID@@@" + std::string(58, 'd')), "");
    EXPECT_NE(
        check_apsara_client_id("GID@@@" + std::string(59, 'd')).find("has at most 64 characters, this one has 65"),
        std::string::npos);
    for (const char* wrong : {"", "mine", "@@@d", "G@@@", "G@@@a b", "G@@d", "G@@@a@@@b", "G@@@@d"})
        EXPECT_NE(check_apsara_client_id(wrong).find("GROUP@@@DEVICE"), std::string::npos) << wrong;
    EXPECT_EQ(apsara_group_of("GID_Test@@@0001"), "GID_Test");
    EXPECT_EQ(apsara_group_of("mine"), "");
}

TEST(ApsaraMQ, filters_that_it_never_serves_are_doubted) {
    for (const char* good : {"factory", "factory/#", "factory/+/press", "fac"})
        EXPECT_EQ(doubt_apsara_filter(good), "") << good;
    for (const char* bad : {"#", "+/press", "a.b/#", "$SYS/x", "/a"})
        EXPECT_NE(doubt_apsara_filter(bad).find("parent topic that was made"), std::string::npos) << bad;
    EXPECT_NE(doubt_apsara_filter("ab/#").find("at least 3"), std::string::npos);
    EXPECT_NE(doubt_apsara_filter("factory/" + std::string(57, 'x')).find("has 65"), std::string::npos);
}

TEST(ApsaraMQ, codes_have_meanings) {
    EXPECT_EQ(apsara_invalid_meaning(2), "it has expired");
    EXPECT_EQ(apsara_invalid_meaning(-1), "the account has no permission");
    EXPECT_NE(apsara_invalid_meaning(7).find("not know"), std::string::npos);
}

}  // namespace
}  // namespace outflow::mqtt
