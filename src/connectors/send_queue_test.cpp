#include "connectors/send_queue.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/test_setting.h"

namespace outflow::connectors {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t mebibyte = 1024 * 1024;

PendingRecord record(std::uint32_t number, std::string_view body = "body", bool compressed = false) {
    return {{number, 1}, body, {}, 0, compressed};
}

std::vector<std::uint32_t> numbers(const std::vector<pipeline::Token>& tokens) {
    std::vector<std::uint32_t> result;
    for (pipeline::Token token : tokens) result.push_back(token.slot);
    return result;
}

TEST(SendQueue, a_batch_takes_what_waits_up_to_the_limits) {
    SendQueue queue;
    for (std::uint32_t i = 0; i < 1'500; ++i) queue.push(record(i));
    EXPECT_EQ(queue.begin_batch(mebibyte, milliseconds(1)), 1'000u);
    std::vector<pipeline::Token> stored;
    queue.finish_batch(stored);
    EXPECT_EQ(stored.size(), 1'000u);
    EXPECT_EQ(queue.begin_batch(26 * 10, milliseconds(2)), 10u);  // 22 bytes and 4 of body each
}

TEST(SendQueue, one_record_goes_however_large_it_is) {
    std::string large(2'000'000, 'x');
    SendQueue queue;
    queue.push(record(0, large));
    queue.push(record(1));
    EXPECT_EQ(queue.begin_batch(mebibyte, milliseconds(1)), 1u);
}

TEST(SendQueue, an_undecided_batch_goes_again_as_it_was) {
    SendQueue queue;
    queue.push(record(0));
    queue.push(record(1));
    EXPECT_EQ(queue.begin_batch(mebibyte, milliseconds(7)), 2u);
    queue.push(record(2));
    EXPECT_EQ(queue.begin_batch(mebibyte, milliseconds(99)), 2u);
    EXPECT_EQ(queue.batch_born(), milliseconds(7));
}

TEST(SendQueue, compressed_and_plain_records_do_not_share_a_batch) {
    SendQueue queue;
    queue.push(record(0));
    queue.push(record(1, "body", true));
    queue.push(record(2, "body", true));
    std::vector<pipeline::Token> stored;
    EXPECT_EQ(queue.begin_batch(mebibyte, milliseconds(1)), 1u);
    queue.finish_batch(stored);
    EXPECT_EQ(queue.begin_batch(mebibyte, milliseconds(1)), 2u);
}

// Sends everything to a broker that refuses batches with a record of `bad`; returns what was stored, in order.
std::vector<std::uint32_t> send_all(SendQueue& queue, const std::set<std::uint32_t>& bad,
                                    std::vector<std::uint32_t>& rejected) {
    std::vector<pipeline::Token> stored;
    while (!queue.empty()) {
        std::size_t count = queue.begin_batch(mebibyte, milliseconds(1));
        bool illegal = false;
        for (std::size_t i = 0; i < count; ++i) illegal = illegal || bad.contains(queue.at(i).token.slot);
        if (!illegal) queue.finish_batch(stored);
        else if (count > 1) queue.split_batch();
        else rejected.push_back(queue.reject_batch().token.slot);
    }
    return numbers(stored);
}

TEST(SendQueue, bad_records_are_found_without_hurting_their_neighbours_or_their_order) {
    const TestSeed seed;
    std::mt19937 random(seed.value);
    for (int round = 0; round < 100; ++round) {
        auto count = static_cast<std::uint32_t>(1 + random() % 300);
        std::set<std::uint32_t> bad;
        for (auto i = random() % 6; i > 0; --i) bad.insert(static_cast<std::uint32_t>(random()) % count);
        SendQueue queue;
        std::vector<std::uint32_t> expected;
        for (std::uint32_t i = 0; i < count; ++i) {
            queue.push(record(i));
            if (!bad.contains(i)) expected.push_back(i);
        }
        std::vector<std::uint32_t> rejected;
        EXPECT_EQ(send_all(queue, bad, rejected), expected);
        EXPECT_EQ(rejected, std::vector<std::uint32_t>(bad.begin(), bad.end()));
    }
}

TEST(SendQueue, tells_the_size_of_the_halves_when_both_were_stored) {
    SendQueue queue;
    for (std::uint32_t i = 0; i < 4; ++i) queue.push(record(i));
    std::vector<pipeline::Token> stored;
    queue.begin_batch(mebibyte, milliseconds(1));
    queue.split_batch();
    EXPECT_EQ(queue.begin_batch(mebibyte, milliseconds(2)), 2u);
    EXPECT_EQ(queue.finish_batch(stored), 0u);
    EXPECT_EQ(queue.begin_batch(mebibyte, milliseconds(2)), 2u);
    EXPECT_EQ(queue.finish_batch(stored), 52u);
}

TEST(SendQueue, says_nothing_of_size_when_a_half_had_to_be_cut_again) {
    SendQueue queue;
    for (std::uint32_t i = 0; i < 4; ++i) queue.push(record(i));
    std::vector<std::uint32_t> rejected;
    std::vector<pipeline::Token> stored;
    queue.begin_batch(mebibyte, milliseconds(1));
    queue.split_batch();
    queue.begin_batch(mebibyte, milliseconds(1));
    queue.split_batch();
    queue.begin_batch(mebibyte, milliseconds(1));
    queue.reject_batch();
    queue.begin_batch(mebibyte, milliseconds(1));
    EXPECT_EQ(queue.finish_batch(stored), 0u);
    queue.begin_batch(mebibyte, milliseconds(1));
    EXPECT_EQ(queue.finish_batch(stored), 0u);
    EXPECT_TRUE(queue.empty());
}

TEST(SendQueue, everything_or_all_behind_the_batch_moves_to_other_queues_in_order) {
    SendQueue queue;
    for (std::uint32_t i = 0; i < 3; ++i) queue.push(record(i));
    queue.begin_batch(52, milliseconds(1));
    auto rest = queue.take_rest();
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest.front().token.slot, 2u);
    EXPECT_EQ(queue.batch_records(), 2u);
    auto all = queue.take_all();
    EXPECT_EQ(all.size(), 2u);
    EXPECT_EQ(queue.batch_records(), 0u);
}

}  // namespace
}  // namespace outflow::connectors
