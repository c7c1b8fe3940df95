#include "base/spelling.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace outflow {
namespace {

TEST(spelling, the_word_that_was_meant_is_found) {
    const std::vector<std::string_view> words{"topic", "qos", "instance", "data_format"};
    EXPECT_EQ(nearest_word("tpoic", words), "topic");
    EXPECT_EQ(nearest_word("topics", words), "topic");
    EXPECT_EQ(nearest_word("TOPIC", words), "topic");
    EXPECT_EQ(nearest_word("dataformat", words), "data_format");
    EXPECT_EQ(nearest_word("q", words), "");
    EXPECT_EQ(nearest_word("b", std::vector<std::string_view>{"a", "c"}), "");
    EXPECT_EQ(nearest_word("", words), "");
    EXPECT_EQ(nearest_word("something", words), "");
    EXPECT_EQ(nearest_word(std::string(10'000, 'a'), words), "");
}

}  // namespace
}  // namespace outflow
