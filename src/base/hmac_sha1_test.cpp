#include "base/hmac_sha1.h"

#include <gtest/gtest.h>

namespace outflow {
namespace {

// The digests of RFC 2202, section 3, in Base64, and one made with Python's hmac.
TEST(HmacSha1, known_answers) {
    const std::string long_key(80, '\xaa');
    EXPECT_EQ(*sign_hmac_sha1(std::string(20, '\x0b'), "Hi There"), "thcxhlUFcmTii8C2+zeMjvFGvgA=");
    EXPECT_EQ(*sign_hmac_sha1("Jefe", "what do ya want for nothing?"), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
    EXPECT_EQ(*sign_hmac_sha1(long_key, "Test Using Larger Than Block-Size Key - Hash Key First"),
              "qkrl4VJy0A6VcFY3zoo7Ve1AIRI=");
    EXPECT_EQ(*sign_hmac_sha1("12345678", "GID_Test@@@0001"), "LHnbf1a8OM/y4m4ZzJ5YFJ4vmn4=");
}

TEST(HmacSha1, parts_are_as_the_whole_and_it_can_be_used_again) {
    auto mac = HmacSha1::create("Jefe");
    ASSERT_TRUE(mac);
    for (int round = 0; round < 2; ++round) {
        mac->begin();
        mac->update("what do ya want ");
        mac->update("");
        mac->update("for nothing?");
        EXPECT_EQ(mac->finish()[0], '\xef');
    }
}

TEST(HmacSha1, an_empty_key_is_refused) { EXPECT_FALSE(sign_hmac_sha1("", "x")); }

}  // namespace
}  // namespace outflow
