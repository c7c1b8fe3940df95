#include "pipeline/ledger.h"

#include <map>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "base/test_setting.h"

namespace outflow::pipeline {
namespace {

struct Fixture {
    event::MemoryBudget memory;
    event::BatchPool batches{memory};
    AckLedger ledger;

    Token admit(AcknowledgementTag tag) { return ledger.admit(batches.take(), 0, true, tag); }
    std::vector<AcknowledgementTag> acknowledge() {
        std::vector<AcknowledgementTag> tags;
        ledger.take_acknowledgeable([&tags](AcknowledgementTag tag, Token) { tags.push_back(tag); });
        return tags;
    }
    bool adds_up() const {
        const LedgerCounts& counts = ledger.counts();
        return counts.received ==
               counts.delivered + counts.filtered + counts.dead_lettered + counts.discarded + counts.in_flight;
    }
};

using Tags = std::vector<AcknowledgementTag>;

TEST(AckLedger, acknowledgements_leave_in_the_order_of_receipt) {
    Fixture f;
    Token first = f.admit(1), second = f.admit(2), third = f.admit(3);
    f.ledger.settle(second, Fate::delivered);
    f.ledger.settle(third, Fate::filtered);
    EXPECT_EQ(f.acknowledge(), Tags{});
    f.ledger.settle(first, Fate::delivered);
    EXPECT_EQ(f.acknowledge(), (Tags{1, 2, 3}));
    EXPECT_EQ(f.acknowledge(), Tags{});
    EXPECT_TRUE(f.adds_up());
}

TEST(AckLedger, nothing_is_acknowledged_before_it_is_settled) {
    Fixture f;
    f.admit(1);
    EXPECT_EQ(f.acknowledge(), Tags{});
    EXPECT_EQ(f.ledger.counts().in_flight, 1u);
}

TEST(AckLedger, an_event_without_acknowledgement_takes_no_place) {
    Fixture f;
    Token unacknowledged = f.ledger.admit(f.batches.take(), 0, false, 0);
    Token second = f.admit(2);
    f.ledger.settle(second, Fate::delivered);
    EXPECT_EQ(f.acknowledge(), Tags{2});
    f.ledger.settle(unacknowledged, Fate::delivered);
    EXPECT_TRUE(f.adds_up());
}

TEST(AckLedger, what_a_lost_connection_brought_is_settled_without_an_acknowledgement) {
    Fixture f;
    Token first = f.admit(1);
    f.ledger.forget_order();
    f.ledger.settle(first, Fate::delivered);
    EXPECT_EQ(f.acknowledge(), Tags{});
    EXPECT_TRUE(f.adds_up());
}

TEST(AckLedger, a_redelivery_keeps_the_state_and_takes_its_new_place) {
    Fixture f;
    Token old = f.admit(1);
    f.ledger.forget_order();
    Token fresh = f.admit(20);
    f.ledger.readmit(old, 21);
    f.ledger.settle(old, Fate::delivered);
    EXPECT_EQ(f.acknowledge(), Tags{});
    f.ledger.settle(fresh, Fate::delivered);
    EXPECT_EQ(f.acknowledge(), (Tags{20, 21}));
    EXPECT_EQ(f.ledger.counts().received, 2u);
    EXPECT_EQ(f.ledger.counts().redeliveries, 1u);
}

TEST(AckLedger, a_redelivery_of_a_settled_event_is_acknowledged_and_not_received_again) {
    Fixture f;
    Token old = f.admit(1);
    f.ledger.forget_order();
    f.ledger.settle(old, Fate::delivered);
    Token reuses_the_slot = f.admit(30);
    f.ledger.readmit(old, 31);
    EXPECT_EQ(f.acknowledge(), Tags{});
    f.ledger.settle(reuses_the_slot, Fate::delivered);
    EXPECT_EQ(f.acknowledge(), (Tags{30, 31}));
    EXPECT_EQ(f.ledger.counts().received, 2u);
}

TEST(AckLedger, a_token_never_names_a_later_entry) {
    Fixture f;
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (int i = 0; i < 100; ++i) {
        Token token = f.admit(1);
        EXPECT_TRUE(seen.insert({token.slot, token.generation}).second);
        f.ledger.settle(token, Fate::delivered);
        EXPECT_EQ(f.ledger.find(token), nullptr);
    }
}

TEST(AckLedger, a_batch_lives_until_its_last_event_is_settled) {
    Fixture f;
    event::ChunkPool chunks{f.memory};
    Token second;
    {
        event::BatchRef batch = f.batches.take();
        event::ChunkRef chunk = chunks.take();
        batch->add({}, chunk);
        batch->add({}, chunk);
        Token first = f.ledger.admit(batch, 0, true, 1);
        second = f.ledger.admit(batch, 1, true, 2);
        batch.reset();
        chunk = {};
        f.ledger.settle(first, Fate::delivered);
    }
    EXPECT_GE(f.memory.held_bytes(), limits::chunk_bytes);
    f.ledger.settle(second, Fate::delivered);
    EXPECT_EQ(f.memory.held_bytes(), 0u);
}

// Random admissions, settlements, lost connections and redeliveries against a plain model.
TEST(AckLedger, agrees_with_a_plain_model_on_random_histories) {
    const TestSeed seed;
    std::mt19937 random(seed.value);
    for (int round = 0; round < 50; ++round) {
        Fixture f;
        std::vector<Token> open;
        std::vector<std::pair<Token, bool>> order;  // of this connection: token, settled
        std::vector<Token> earlier;                 // of connections before, not seen again
        std::size_t acknowledged = 0;
        for (int step = 0; step < 500; ++step) {
            switch (random() % 8) {
            case 0:
            case 1:
            case 2: {
                Token token = f.admit(0);
                open.push_back(token);
                order.push_back({token, false});
                break;
            }
            case 3:
            case 4:
            case 5: {
                if (open.empty()) break;
                std::size_t i = random() % open.size();
                Token token = open[i];
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
                f.ledger.settle(token, static_cast<Fate>(random() % 4));
                for (auto& [other, settled] : order)
                    if (other == token) settled = true;
                break;
            }
            case 6: {
                if (random() % 10 != 0) break;
                for (const auto& [token, settled] : order) earlier.push_back(token);
                order.clear();
                f.ledger.forget_order();
                break;
            }
            case 7: {
                if (earlier.empty()) break;
                Token token = earlier.back();
                earlier.pop_back();
                bool settled = f.ledger.find(token) == nullptr;
                f.ledger.readmit(token, 0);
                order.push_back({token, settled});
                break;
            }
            }
            std::size_t expected = 0;
            while (expected < order.size() && order[expected].second) ++expected;
            ASSERT_EQ(f.acknowledge().size(), expected);
            order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(expected));
            acknowledged += expected;
            ASSERT_EQ(f.ledger.counts().in_flight, open.size());
            ASSERT_EQ(f.ledger.unacknowledged(), order.size());
            ASSERT_TRUE(f.adds_up());
        }
    }
}

}  // namespace
}  // namespace outflow::pipeline
