#include "json/regexp.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace outflow::json {
namespace {

struct Row {
    std::string_view pattern;
    std::vector<std::string_view> matching;
    std::vector<std::string_view> others;
};

const Row rows[] = {
    {"", {""}, {"a"}},
    {"a|", {"a", ""}, {"b"}},
    {"(ab)+", {"ab", "abab"}, {"", "aba"}},
    {"()", {""}, {"a"}},
    {"a.c",
     {"abc",
      "a\xe2\x80\xa8"
      "c",
      "a\xf0\x9f\x98\x80"
      "c"},
     {"a\nc", "a\rc", "ac"}},
    {"[^a]", {"b", "\n", "\xe2\x98\xba"}, {"a", ""}},
    {"[a-c\\-.]", {"a", "b", "c", "-", "."}, {"d"}},
    {"[-a]", {"-", "a"}, {"b"}},
    {"[a-]", {"-", "a"}, {"b"}},
    {"[^-a]", {"b"}, {"-", "a"}},
    {"[-]", {"-"}, {"a"}},
    {"[\\^a\\]\\[]", {"^", "a", "]", "["}, {"b", "\\"}},
    {"[a&&b]", {"a", "&", "b"}, {"c"}},
    {"[é-ü]", {"é", "ü", "í"}, {"e"}},
    {"a{2}b{1,2}c{0,}", {"aabb", "aabccc"}, {"ab", "aabbb"}},
    {"\\(\\)\\*\\+\\-\\.\\?\\[\\\\\\]\\^\\{\\|\\}\\n\\r\\t", {"()*+-.?[\\]^{|}\n\r\t"}, {""}},
    {"a/b\"c'd<e>f=g", {"a/b\"c'd<e>f=g"}, {"a"}},
    {"\\p{Lu}\\p{N}?", {"A", "Ж9"}, {"a", "AA"}},
    {"[\\p{Ll}\\P{L}]", {"a", "9"}, {"A"}},
    {"\\p{Cn}", {"\xcd\xb8"}, {"a", "\n"}},
    {"\\P{Cn}", {"a", "\n"}, {"\xcd\xb8"}},
    {"\\p{C}", {"\n", "\xcd\xb8"}, {"a", " "}},
    {"\\P{C}", {"a", " "}, {"\n", "\xcd\xb8"}},
    {"[\\p{C}]", {"\n", "\xcd\xb8"}, {"a"}},
    {"[x\\p{Cn}]+", {"x", "\xcd\xb8x"}, {"a", "\n"}},
    {"[x\\P{Cn}]", {"x", "a"}, {"\xcd\xb8"}},
    {"[^x\\P{C}]", {"\n", "\xcd\xb8"}, {"x", "a"}},
    {"^a$", {"a"}, {"^a$", "a\n"}},
    {"^*a", {"a"}, {"b"}},
};

TEST(Regexp, means_what_rfc_9485_says) {
    for (const Row& row : rows) {
        auto regexp = Regexp::compile(row.pattern);
        ASSERT_TRUE(regexp.has_value()) << row.pattern << ": " << regexp.error().context;
        for (std::string_view text : row.matching) EXPECT_TRUE(regexp->matches(text)) << row.pattern << " " << text;
        for (std::string_view text : row.others) EXPECT_FALSE(regexp->matches(text)) << row.pattern << " " << text;
    }
}

TEST(Regexp, is_found_anywhere) {
    auto regexp = Regexp::compile("b+");
    EXPECT_TRUE(regexp->is_found_in("abbc"));
    EXPECT_FALSE(regexp->is_found_in("ac"));
    EXPECT_FALSE(regexp->matches("abbc"));
}

TEST(Regexp, what_rfc_9485_does_not_have_is_refused) {
    for (std::string_view pattern :
         {"(",          ")",     "a)",    "[",       "[a",          "[]",      "[^]",        "]",
          "{",          "}",     "a{",    "a{1",     "a{,2}",       "a{2,1}",  "a{1,x}",     "*",
          "+a",         "?",     "(*)",   "a**",     "a*?",         "a++",     "(?:a)",      "(?i)a",
          "\\d",        "\\w",   "\\s",   "\\b",     "\\$",         "\\/",     "\\",         "\\u0041",
          "\\p",        "\\pL",  "\\p{",  "\\p{}",   "\\p{X}",      "\\p{Lx}", "\\p{Greek}", "[\\d]",
          "[a-\\p{L}]", "[c-a]", "[a--]", "[a-c-e]", "[[:alpha:]]", "[a[b]]",  "a|*",        "\xff"}) {
        auto regexp = Regexp::compile(pattern);
        ASSERT_FALSE(regexp.has_value()) << pattern;
        EXPECT_EQ(regexp.error().code, ErrorCode::invalid_argument) << pattern;
        EXPECT_FALSE(regexp.error().context.empty());
    }
}

TEST(Regexp, what_is_over_a_limit_is_told_apart) {
    const std::string patterns[] = {"a{1001}",       "a{0,99999999999999999999}",
                                    "(a{900}){900}", "((((\\p{L}{90}))){9}){9}",
                                    "[^\\p{Cn}a]",   std::string(5000, 'a')};
    for (const std::string& pattern : patterns) {
        auto regexp = Regexp::compile(pattern);
        ASSERT_FALSE(regexp.has_value()) << pattern.substr(0, 50);
        EXPECT_EQ(regexp.error().code, ErrorCode::payload_unfit) << pattern.substr(0, 50) << regexp.error().context;
    }
    const std::string deep = std::string(2000, '(') + std::string(2000, ')');
    auto regexp = Regexp::compile(deep);
    EXPECT_TRUE(regexp.has_value() || regexp.error().code == ErrorCode::payload_unfit);
}

TEST(Regexp, a_cache_stays_small_and_knows_what_is_invalid) {
    RegexpCache cache;
    bool is_new = false;
    for (int round = 0; round < 100; ++round) {
        auto found = cache.find("a{" + std::to_string(round) + "}", is_new);
        ASSERT_TRUE(found.has_value() && *found != nullptr);
        EXPECT_TRUE(is_new);
    }
    EXPECT_TRUE((*cache.find("a{99}", is_new))->matches(std::string(99, 'a')));
    EXPECT_FALSE(is_new);
    EXPECT_EQ(*cache.find("(", is_new), nullptr);
    EXPECT_EQ(*cache.find("(", is_new), nullptr);
    EXPECT_FALSE(is_new);
    EXPECT_FALSE(cache.find("a{1001}", is_new).has_value());
}

}  // namespace
}  // namespace outflow::json
