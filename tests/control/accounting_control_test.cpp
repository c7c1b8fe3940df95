// Linked with a ledger that leaves out one settlement (CMakeLists.txt): the check of the accounting must be able to
// fail.
#include <gtest/gtest.h>

#include "pipeline/ledger.h"

namespace outflow::pipeline {
namespace {

bool adds_up(const LedgerCounts& counts) {
    return counts.received ==
           counts.delivered + counts.filtered + counts.dead_lettered + counts.discarded + counts.in_flight;
}

TEST(AccountingControl, the_accounting_shows_a_settlement_that_was_left_out) {
    event::MemoryBudget memory;
    event::BatchPool batches{memory};
    AckLedger ledger;
    for (int i = 0; i < 3; ++i) ledger.settle(ledger.admit(batches.take(), 0, true, 0), Fate::delivered);
    EXPECT_TRUE(adds_up(ledger.counts()));
    ledger.settle(ledger.admit(batches.take(), 0, true, 0), Fate::delivered);
    EXPECT_FALSE(adds_up(ledger.counts()));
}

}  // namespace
}  // namespace outflow::pipeline
