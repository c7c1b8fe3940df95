#include "connectors/probe_steps.h"

#include <fmt/format.h>

#include "net/reason.h"

namespace outflow::connectors {

namespace {

constexpr std::size_t text_bytes_max = 1'000;  // peers write into these: reasons, names of certificates

std::string shortened(std::string text) {
    if (text.size() <= text_bytes_max) return text;
    std::size_t end = text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // within a character
    text.resize(end);
    return text + "...";
}

}  // namespace

ProbeSteps::ProbeSteps(net::EventLoop& loop, Owner& owner, ProbeLimits limits)
    : owner_(owner), limits_(limits), step_timer_(loop), total_timer_(loop) {
    total_timer_.start(limits_.total, [this] {
        if (is_under_way_)
            fail(fmt::format("no answer yet, and the {} of the whole test are over", net::in_words(limits_.total)),
                 late_remedy_);
        owner_.on_time_over();
    });
}

void ProbeSteps::begin(std::string name, std::string peer, std::string late_remedy) {
    steps_.push_back({std::move(name), std::move(peer), false, {}, {}, {}});
    is_under_way_ = true;
    began_ = net::EventLoop::Clock::now();
    late_remedy_ = std::move(late_remedy);
    step_timer_.start(limits_.step, [this] {
        fail(fmt::format("no answer within {}", net::in_words(limits_.step)), late_remedy_);
        owner_.on_step_late();
    });
}

void ProbeSteps::pass(std::string detail, std::string warning) { end(true, std::move(detail), std::move(warning)); }

void ProbeSteps::fail(std::string detail, std::string remedy) { end(false, std::move(detail), std::move(remedy)); }

void ProbeSteps::end(bool is_ok, std::string detail, std::string remedy) {
    if (!std::exchange(is_under_way_, false)) return;
    step_timer_.cancel();
    ProbeStep& step = steps_.back();
    step.ok = is_ok;
    step.time = std::chrono::duration_cast<std::chrono::microseconds>(net::EventLoop::Clock::now() - began_);
    step.detail = shortened(std::move(detail));
    step.remedy = shortened(std::move(remedy));
}

std::vector<ProbeStep> ProbeSteps::take() {
    step_timer_.cancel();
    total_timer_.cancel();
    is_under_way_ = false;
    return std::move(steps_);
}

}  // namespace outflow::connectors
