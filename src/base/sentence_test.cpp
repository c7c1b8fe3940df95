#include "base/sentence.h"

#include <gtest/gtest.h>

namespace outflow {
namespace {

TEST(sentence, a_clause_goes_on_in_another_sentence) {
    EXPECT_EQ(clause("It is."), "It is");
    EXPECT_EQ(clause("it is"), "it is");
    EXPECT_EQ(clause("cut..."), "cut...");
    EXPECT_EQ(clause("Is it?"), "Is it?");
    EXPECT_EQ(clause(""), "");
}

TEST(sentence, a_text_becomes_a_sentence) {
    EXPECT_EQ(to_sentence("no name server answers"), "No name server answers.");
    EXPECT_EQ(to_sentence("It is."), "It is.");
    EXPECT_EQ(to_sentence("cut..."), "Cut...");
    EXPECT_EQ(to_sentence("Is it?"), "Is it?");
    EXPECT_EQ(to_sentence(""), "It failed.");
}

TEST(sentence, a_hint_stands_behind_its_diagnostic) {
    EXPECT_EQ(with_hint("It is wrong.", "write another"), "It is wrong; write another");
    EXPECT_EQ(with_hint("it is wrong", "Did you mean `x`?"), "it is wrong. Did you mean `x`?");
    EXPECT_EQ(with_hint("It is wrong.", ""), "It is wrong");
}

}  // namespace
}  // namespace outflow
