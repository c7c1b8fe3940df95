// Workloads of the ledger and of Batch Push.
#pragma once

#include <memory>
#include <vector>

#include "base/workload.h"
#include "pipeline/ledger.h"
#include "pipeline/window.h"

namespace outflow::pipeline::workload {

inline constexpr std::size_t events = 1'000;

enum class SettleOrder : std::uint8_t { of_receipt, reversed };

// Events come in, are settled and acknowledged.
class LedgerRounds {
public:
    std::uint64_t run(SettleOrder order) {
        LedgerCounts before = ledger_.counts();
        {
            event::BatchRef batch = batches_.take();
            tokens_.clear();
            for (std::uint32_t i = 0; i < events; ++i) tokens_.push_back(ledger_.admit(batch, i, true, i));
        }
        for (std::size_t i = 0; i < events; ++i)
            ledger_.settle(tokens_[order == SettleOrder::reversed ? events - 1 - i : i], Fate::delivered);
        Checksum sum;
        ledger_.take_acknowledgeable([&sum](AcknowledgementTag tag, Token) { sum.add(tag); });
        sum.add(ledger_.counts().received - before.received);
        sum.add(ledger_.counts().delivered - before.delivered);
        sum.add(ledger_.counts().in_flight);
        return sum.value();
    }

private:
    event::MemoryBudget memory_;
    event::BatchPool batches_{memory_};
    AckLedger ledger_;
    std::vector<Token> tokens_;
};

class WindowRounds {
public:
    std::uint64_t run() {
        Checksum sum;
        event::BatchRef batch = batches_.take();
        for (std::uint32_t i = 0; i < events; ++i) {
            window_.add({batch, i, Token{i, 1}, {}}, {});
            for (std::size_t due = window_.due({}, false, false); due > 0; --due) sum.add(window_.take().index);
        }
        sum.add(window_.size());
        return sum.value();
    }

private:
    event::MemoryBudget memory_;
    event::BatchPool batches_{memory_};
    BatchWindow window_{BatchPush{100, std::chrono::milliseconds(3'000)}};
};

inline std::vector<Workload> all() {
    auto ledger = std::make_shared<LedgerRounds>();
    auto window = std::make_shared<WindowRounds>();
    return {
        {"ledger/settle_in_order", 0xB3E08F6D3412478F, events, 0, [=] { return ledger->run(SettleOrder::of_receipt); }},
        {"ledger/settle_reversed", 0xB3E08F6D3412478F, events, 0, [=] { return ledger->run(SettleOrder::reversed); }},
        {"window/100_messages", 0x32388EFA01C210EE, events, 0, [=] { return window->run(); }},
    };
}

}  // namespace outflow::pipeline::workload
