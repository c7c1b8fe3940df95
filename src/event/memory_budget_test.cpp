#include "event/memory_budget.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "event/batch.h"

namespace outflow::event {
namespace {

TEST(MemoryBudget, says_when_it_is_half_full_full_and_has_room) {
    MemoryBudget memory(1'000);
    MemoryShare share(memory);
    share.set(500);
    EXPECT_FALSE(memory.is_half_full());
    share.set(501);
    EXPECT_TRUE(memory.is_half_full());
    share.set(999);
    EXPECT_FALSE(memory.is_full());
    EXPECT_FALSE(memory.has_room());
    share.set(1'000);
    EXPECT_TRUE(memory.is_full());
    share.set(749);
    EXPECT_TRUE(memory.has_room());
}

TEST(MemoryBudget, a_share_is_given_back_once_wherever_it_goes) {
    MemoryBudget first;
    MemoryBudget second;
    {
        MemoryShare share(first);
        share.set(10);
        MemoryShare moved(std::move(share));
        EXPECT_EQ(first.held_bytes(), 10u);
        MemoryShare assigned(second);
        assigned.set(5);
        assigned = std::move(moved);
        EXPECT_EQ(second.held_bytes(), 0u);
        assigned.count_in(&second);
        EXPECT_EQ(first.held_bytes(), 0u);
        EXPECT_EQ(second.held_bytes(), 10u);
        assigned.count_in(nullptr);
        EXPECT_EQ(second.held_bytes(), 0u);
        EXPECT_EQ(assigned.bytes(), 10u);
    }
    EXPECT_EQ(first.held_bytes(), 0u);
}

TEST(MemoryBudget, receive_buffers_count_while_somebody_holds_them) {
    MemoryBudget memory;
    ChunkPool chunks(memory);
    ChunkRef small = chunks.take();
    ChunkRef large = chunks.take(1'000'000);
    EXPECT_GE(memory.held_bytes(), limits::chunk_bytes + 1'000'000);
    small = {};
    large = {};
    EXPECT_EQ(memory.held_bytes(), 0u);
    small = chunks.take();
    EXPECT_GE(memory.held_bytes(), limits::chunk_bytes);
}

TEST(MemoryBudget, a_batch_counts_with_all_that_is_in_it) {
    MemoryBudget memory;
    BatchPool batches(memory);
    BatchRef batch = batches.take();
    const std::size_t empty = memory.held_bytes();
    EXPECT_GE(empty, sizeof(Batch));
    for (int i = 0; i < 100; ++i) batch->add({}, {});
    EXPECT_GE(memory.held_bytes(), empty + 100 * sizeof(Event));
    batch->arena.allocate(300'000);
    EXPECT_GE(memory.held_bytes(), empty + 100 * sizeof(Event) + 300'000);
    batch.reset();
    EXPECT_EQ(memory.held_bytes(), 0u);
    batch = batches.take();
    EXPECT_GE(memory.held_bytes(), empty + 100 * sizeof(Event)) << "it is the same one";
    EXPECT_LT(memory.held_bytes(), 100'000u) << "but not its large block";
}

// What comes back does not count, so it must not be much, however much there was.
TEST(MemoryBudget, what_is_kept_for_the_next_use_is_bounded) {
    MemoryBudget memory;
    BatchPool batches(memory);
    std::vector<BatchRef> held;
    std::size_t first = 0;
    for (int i = 0; i < 1'000; ++i) {
        held.push_back(batches.take());
        held.back()->arena.allocate(20'000);
        if (i == 0) first = memory.held_bytes();
    }
    EXPECT_GE(memory.held_bytes(), 1'000 * 20'000u);
    held.clear();
    EXPECT_EQ(memory.held_bytes(), 0u);
    for (int i = 0; i < 1'000; ++i) held.push_back(batches.take());
    EXPECT_LE(memory.held_bytes(), limits::spare_batch_bytes_max + 1'000 * 512u) << "the rest are new and empty";
    EXPECT_GE(memory.held_bytes(), limits::spare_batch_bytes_max - first);
}

TEST(MemoryBudget, a_batch_keeps_the_one_whose_events_it_took_over) {
    MemoryBudget memory;
    BatchPool batches(memory);
    BatchRef whole = batches.take();
    Event event;
    event.topic = whole->arena.copy(std::string(1'000, 't'));
    BatchRef rest = batches.take();
    rest->keep(whole);
    rest->add(event, {});
    whole.reset();
    EXPECT_EQ(rest->events[0].topic, std::string(1'000, 't'));
    EXPECT_GE(memory.held_bytes(), 1'000u);
    rest.reset();
    EXPECT_EQ(memory.held_bytes(), 0u);
}

TEST(MemoryBudget, another_limit_counts_at_once_and_takes_nothing_away) {
    MemoryBudget budget(1000);
    budget.take(600);
    EXPECT_FALSE(budget.is_full());
    budget.limit(500);
    EXPECT_TRUE(budget.is_full());
    EXPECT_EQ(budget.held_bytes(), 600U);
    budget.limit(4000);
    EXPECT_TRUE(budget.has_room());
    EXPECT_FALSE(budget.is_half_full());
    budget.give_back(600);
}

}  // namespace
}  // namespace outflow::event
