#include "json/token_index.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/test_setting.h"
#include "json/value.h"

namespace outflow::json {
namespace {

using Fault = TokenIndex::Fault;

struct Found {
    std::vector<std::uint32_t> offsets;  // the last closes the text
    Fault fault = Fault::none;
};

// All that the index can find, asked for bit by bit; what was ready once must stay as it is.
Found found_by(TokenIndex& index, std::string_view text) {
    Found found;
    EXPECT_TRUE(index.open(text));
    while (true) {
        EXPECT_GE(index.ready(), found.offsets.size());
        for (std::size_t i = 0; i < found.offsets.size(); ++i) EXPECT_EQ(index.offsets()[i], found.offsets[i]);
        found.offsets.assign(index.offsets(), index.offsets() + index.ready());
        if (index.is_complete()) break;
        const std::size_t before = index.ready();
        index.grow();
        EXPECT_TRUE(index.ready() > before || index.is_complete());
        EXPECT_TRUE(index.ready() == 0 || index.offsets()[index.ready()] <= text.size());
    }
    found.fault = index.fault();
    EXPECT_TRUE(found.fault != Fault::none || index.offsets()[index.ready()] == text.size());
    return found;
}

// The same by the definition, a character at a time; of a text without faults.
std::vector<std::uint32_t> found_slowly(std::string_view text) {
    std::vector<std::uint32_t> offsets;
    bool in_string = false;
    bool in_scalar = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\') {
                ++at;
            } else if (c == '"') {
                in_string = false;
            }
            continue;
        }
        const bool is_point = std::string_view("{}[]:,\x0c\x1a").find(c) != std::string_view::npos;
        const bool is_space = std::string_view(" \t\r\n").find(c) != std::string_view::npos;
        if (is_point || (!is_space && !in_scalar)) offsets.push_back(static_cast<std::uint32_t>(at));
        in_string = c == '"';
        in_scalar = !is_point && !is_space && c != '"';
        // Outside of strings too a backslash takes the meaning of what it stands before.
        const char next = at + 1 < text.size() ? text[at + 1] : ' ';
        if (c == '\\' && (next == '"' || next == '\\')) ++at;
    }
    return offsets;
}

std::vector<TokenIndex> indexes() {
    std::vector<TokenIndex> all;
    all.emplace_back(ScanKernel::portable);
    if (best_scan_kernel() != ScanKernel::portable) all.emplace_back(best_scan_kernel());
    return all;
}

TEST(token_index, finds_the_tokens_of_a_text) {
    const struct {
        std::string_view text;
        std::vector<std::uint32_t> offsets;
    } rows[] = {
        {R"({"a" : [ 12, "x\"y" ] })", {0, 1, 5, 7, 9, 11, 13, 20, 22}},
        {"1", {0}},
        {"  true ", {2}},
        {R"("")", {0}},
        {R"("\\",1)", {0, 4, 5}},
        {R"("a"b"c")", {0, 3}},
        {"[1}x y", {0, 1, 2, 3, 5}},
    };
    for (TokenIndex& index : indexes()) {
        for (const auto& row : rows) {
            const Found found = found_by(index, row.text);
            EXPECT_EQ(found.fault, Fault::none) << row.text;
            EXPECT_EQ(found.offsets, row.offsets) << row.text;
        }
    }
}

TEST(token_index, says_what_is_wrong_with_a_text) {
    const struct {
        std::string text;
        Fault fault;
        std::size_t ready;  // tokens before the fault: all of the blocks before it, but the last of them
    } rows[] = {
        {"", Fault::empty, 0},
        {std::string(200, ' '), Fault::empty, 0},
        {"\"a", Fault::open_string, 0},
        {"[1,\"a\\\"]", Fault::open_string, 3},
        {"[\"a\nb\"]", Fault::control_character, 0},
        {"[1,2," + std::string(100, ' ') + "\"\x01\"]", Fault::control_character, 4},
        {"\"\xff\"", Fault::not_utf8, 0},
        {"[1,2," + std::string(100, ' ') + "\"\xc3\"]", Fault::not_utf8, 4},
        {"[\"\xc3\xa9\"," + std::string(100, ' ') + "\"\xed\xa0\x80\"]", Fault::not_utf8, 0},
        {"[\"\xc3\xa9\"," + std::string(100, ' ') + "\"\xc3\xa9\"]", Fault::none, 5},
        {"[\x01]", Fault::none, 3},  // for the grammar to refuse
    };
    for (TokenIndex& index : indexes()) {
        for (const auto& row : rows) {
            const Found found = found_by(index, row.text);
            EXPECT_EQ(found.fault, row.fault) << row.text;
            EXPECT_EQ(found.offsets.size(), row.ready) << row.text;
        }
    }
}

TEST(token_index, looks_no_further_than_asked) {
    const std::string text = "[1,2," + std::string(10'000, ' ') + "\"\xff\"]";
    for (TokenIndex& index : indexes()) {
        ASSERT_TRUE(index.open(text));
        index.grow();
        EXPECT_EQ(index.ready(), 4U);
        EXPECT_FALSE(index.is_complete());
        index.grow();
        EXPECT_EQ(index.fault(), Fault::not_utf8);
    }
}

// Long enough for escapes, strings and numbers to lie across blocks.
TEST(token_index, agrees_with_the_definition_on_random_texts) {
    const TestSeed seed(20'261'128);
    std::mt19937 random(seed.value);
    const std::string_view pool = "{}[]:,  \t\n\r\"\"\"\\\\\\01eE.-truefalsnub\x0c\x1a\x7f";
    std::vector<TokenIndex> all = indexes();
    std::size_t good = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const std::size_t size = random() % 300;
        for (std::size_t i = 0; i < size; ++i) {
            text += random() % 50 == 0 ? std::string("\xc3\xa9") : std::string(1, pool[random() % pool.size()]);
        }
        const Found first = found_by(all[0], text);
        if (first.fault == Fault::none) {
            ++good;
            ASSERT_EQ(first.offsets, found_slowly(text)) << text;
        }
        for (std::size_t i = 1; i < all.size(); ++i) {
            const Found other = found_by(all[i], text);
            ASSERT_EQ(other.offsets, first.offsets) << text;
            ASSERT_EQ(other.fault, first.fault) << text;
        }
    }
    EXPECT_GT(good, 1'000U);
}

}  // namespace
}  // namespace outflow::json
