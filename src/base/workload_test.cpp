#include "base/workload.h"

#include <gtest/gtest.h>

namespace outflow {
namespace {

std::uint64_t sum(std::initializer_list<std::string_view> values) {
    Checksum checksum;
    for (std::string_view value : values) checksum.add(value);
    return checksum.value();
}

TEST(Checksum, sees_values_order_size_and_absence) {
    EXPECT_EQ(sum({"abc", "def"}), sum({"abc", "def"}));
    EXPECT_NE(sum({"abc", "def"}), sum({"def", "abc"}));
    EXPECT_NE(sum({"abc"}), sum({"abd"}));
    EXPECT_NE(sum({"12345678X1234567"}), sum({"12345678Y1234567"}));
    EXPECT_NE(sum({""}), sum({}));
    EXPECT_NE(sum({"", ""}), sum({""}));
}

TEST(Checksum, samples_see_a_byte_of_each_part) {
    auto samples = [](std::string_view bytes) {
        Checksum checksum;
        checksum.add_samples(bytes);
        return checksum.value();
    };
    std::string text(200, 'x');
    std::string other = text;
    other[61] = 'y';
    EXPECT_NE(samples(text), samples(other));
    EXPECT_NE(samples(text), samples(text + "x"));
}

TEST(Telemetry, has_256_bytes_a_message_and_half_of_it_above_80) {
    Telemetry telemetry(1'000);
    ASSERT_EQ(telemetry.messages(), 1'000U);
    EXPECT_EQ(telemetry.bytes(), 256'000U);
    std::size_t hot = 0;
    for (std::size_t i = 0; i < 1'000; ++i) {
        std::string_view message = telemetry.message(i);
        EXPECT_TRUE(message.starts_with("{\"id\":\"") && message.ends_with("n\"}")) << message;
        char tens = message[message.find("\"temperature\":") + 14];
        hot += tens >= '8';
    }
    EXPECT_GT(hot, 400U);
    EXPECT_LT(hot, 600U);
}

}  // namespace
}  // namespace outflow
