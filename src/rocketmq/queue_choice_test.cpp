#include "rocketmq/queue_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/hash.h"

namespace outflow::rocketmq {
namespace {

std::vector<MessageQueue> queues_of(int brokers, int queues_each) {
    std::vector<MessageQueue> queues;
    for (int broker = 0; broker < brokers; ++broker) {
        for (int queue = 0; queue < queues_each; ++queue) {
            queues.push_back({"broker-" + std::to_string(broker), queue});
        }
    }
    return queues;
}

std::uint64_t key(int i) { return hash_bytes("factory/line" + std::to_string(i)); }

constexpr int keys = 20'000;

std::vector<MessageQueue> choices(QueueChoice choice) {
    std::vector<MessageQueue> chosen;
    for (int i = 0; i < keys; ++i) chosen.push_back(choice.queues()[choice.choose(key(i))]);
    return chosen;
}

TEST(queue_choice, keys_spread_evenly) {
    for (auto [brokers, each] : {std::pair{1, 4}, std::pair{2, 4}, std::pair{2, 16}}) {
        auto count = static_cast<std::size_t>(brokers * each);
        std::vector<int> load(count);
        QueueChoice choice(queues_of(brokers, each));
        for (int i = 0; i < keys; ++i) ++load[choice.choose(key(i))];
        double mean = static_cast<double>(keys) / static_cast<double>(count);
        double chi_square = 0;
        for (int got : load) chi_square += (got - mean) * (got - mean) / mean;
        // Mean n, deviation sqrt(2 n): five deviations above.
        auto freedom = static_cast<double>(count - 1);
        EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom)) << count;
    }
}

TEST(queue_choice, small_consecutive_hashes_spread_as_well) {
    QueueChoice choice(queues_of(1, 8));
    std::vector<int> load(8);
    for (std::uint64_t i = 0; i < 8'000; ++i) ++load[choice.choose(i)];
    EXPECT_GT(*std::ranges::min_element(load), 800);
    EXPECT_LT(*std::ranges::max_element(load), 1'200);
}

TEST(queue_choice, when_queues_go_only_their_keys_move) {
    std::vector<MessageQueue> all = queues_of(2, 8);
    std::vector<MessageQueue> before = choices(QueueChoice(all));
    std::vector<MessageQueue> fewer = all;
    std::erase_if(fewer,
                  [](const MessageQueue& queue) { return queue.broker_name == "broker-1" || queue.queue_id == 3; });
    std::vector<MessageQueue> after = choices(QueueChoice(fewer));
    int moved = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        bool is_left = std::ranges::count(fewer, before[i]) > 0;
        if (is_left) {
            EXPECT_EQ(after[i], before[i]) << i;
        } else {
            ++moved;
        }
    }
    EXPECT_NEAR(moved, keys * 9 / 16, keys / 20);
}

TEST(queue_choice, when_a_queue_comes_only_its_keys_move) {
    std::vector<MessageQueue> few = queues_of(1, 7);
    std::vector<MessageQueue> more = queues_of(1, 8);
    std::vector<MessageQueue> before = choices(QueueChoice(few));
    std::vector<MessageQueue> after = choices(QueueChoice(more));
    int moved = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (after[i] == before[i]) continue;
        EXPECT_EQ(after[i].queue_id, 7);
        ++moved;
    }
    EXPECT_NEAR(moved, keys / 8, keys / 50);
}

TEST(queue_choice, neither_order_nor_repetition_nor_history_matters) {
    std::vector<MessageQueue> queues = queues_of(2, 4);
    std::vector<MessageQueue> other(queues.rbegin(), queues.rend());
    other.push_back(queues[3]);
    EXPECT_EQ(choices(QueueChoice(queues)), choices(QueueChoice(other)));
    QueueChoice choice(queues);
    std::size_t first = choice.choose(key(1));
    for (int i = 0; i < keys; ++i) choice.choose(key(i));
    EXPECT_EQ(choice.choose(key(1)), first);
}

// Written down once: the choice must stay the same in later versions, or an upgrade reorders what is in flight.
TEST(queue_choice, the_choice_is_the_same_for_ever) {
    QueueChoice choice(queues_of(2, 4));
    std::string chosen;
    for (int i = 0; i < 24; ++i) chosen += std::to_string(choice.choose(key(i)));
    EXPECT_EQ(chosen, "166374603655177007542764");
}

TEST(queue_choice, one_queue_takes_all) {
    QueueChoice choice({{"a", 5}});
    EXPECT_EQ(choice.choose(0), 0u);
    EXPECT_EQ(choice.choose(~0ull), 0u);
    EXPECT_TRUE(QueueChoice().empty());
}

}  // namespace
}  // namespace outflow::rocketmq
