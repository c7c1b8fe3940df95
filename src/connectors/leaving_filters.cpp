#include "connectors/leaving_filters.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outflow::connectors {

namespace {
constexpr std::chrono::milliseconds interval{20};
constexpr std::chrono::seconds old_filter_time{10};  // for what the session holds of a filter that is to go
constexpr std::size_t window_3_1_1 = 10;             // unacknowledged messages; the least that brokers send ahead
}  // namespace

LeavingFilters::LeavingFilters(net::EventLoop& loop, platform::Logger& log, MqttLink& link,
                               const pipeline::Pipeline& pipeline, Owner& owner, Options options)
    : loop_(loop),
      log_(log),
      link_(link),
      pipeline_(pipeline),
      owner_(owner),
      options_(std::move(options)),
      timer_(loop),
      filters_(options_.old_filters) {}

void LeavingFilters::await_quiet(std::chrono::milliseconds most, std::function<void()> on_quiet) {
    awaited_ = Awaited{std::move(on_quiet), loop_.now() + most};
    watch();
}

void LeavingFilters::drain(std::chrono::milliseconds limit, OnDrained on_drained) {
    draining_ = Draining{std::move(on_drained), loop_.now() + limit};
    filters_.insert(filters_.begin(), options_.filter);
    watch();
}

void LeavingFilters::on_actions(const mqtt::Actions& actions) {
    if (actions.subscribed) on_subscribed();
    if (actions.unsubscribed) on_unsubscribed(*actions.unsubscribed);
    if (actions.ping_answered) is_ping_answered_ = is_ping_sent_;
}

void LeavingFilters::on_subscribed() {
    subscribed_at_ = loop_.now();
    is_unsubscribing_ = is_ping_sent_ = is_ping_answered_ = false;
    const std::string& filter = options_.filter;  // which is subscribed again, whatever was before
    if (draining_ && std::ranges::find(filters_, filter) == filters_.end()) filters_.push_back(filter);
    if (!filters_.empty()) timer_.start(interval, [this] { watch(); });
}

// As long as something is waited for.
void LeavingFilters::watch() {
    timer_.start(interval, [this] { watch(); });
    const auto now = loop_.now();
    const mqtt::Session& session = link_.session();
    const std::size_t window = session.version() == mqtt::Version::v5 ? session.receive_maximum() : window_3_1_1;
    quiet_.look(now, session.counters().publishes, pipeline_.unacknowledged(), window,
                is_up() && owner_.is_listening());
    if (draining_ && now >= draining_->ends) {
        return give_up_drain(is_up() ? "messages of it still come, or wait for RocketMQ" : "its MQTT broker is away");
    }
    if (draining_ && is_empty_for_sure()) return owner_.on_empty(std::exchange(draining_, std::nullopt)->on_drained);
    leave_next();
    if (awaited_ && (quiet_.has_caught_up() || now >= awaited_->ends))
        std::exchange(awaited_, std::nullopt)->on_quiet();
    if (!awaited_ && !draining_ && filters_.empty()) timer_.cancel();
}

// PINGRESP comes behind all that the broker had to send: a connection that swallows everything looks quiet, too.
bool LeavingFilters::is_empty_for_sure() {
    if (!filters_.empty() || !quiet_.is_quiet()) {
        is_ping_sent_ = is_ping_answered_ = false;
    } else if (!std::exchange(is_ping_sent_, true)) {
        link_.session().ping(loop_.now(), link_.begin());
        link_.apply();
    }
    return is_ping_answered_;
}

// A broker may throw away what it holds for a filter when that is unsubscribed (Artemis has a queue for each), and may
// send twice what two filters take (Mosquitto 2): so an old one goes as soon as nothing seems to wait, or after a
// while.
void LeavingFilters::leave_next() {
    const bool is_due = draining_ || quiet_.has_caught_up() || loop_.now() - subscribed_at_ > old_filter_time;
    if (!is_up() || filters_.empty() || is_unsubscribing_ || !is_due) return;
    is_unsubscribing_ = true;
    link_.session().unsubscribe(filters_.front(), loop_.now(), link_.begin());
    link_.apply();
}

void LeavingFilters::on_unsubscribed(std::uint8_t code) {
    if (!std::exchange(is_unsubscribing_, false) || filters_.empty()) return;
    const std::string filter = filters_.front();
    filters_.erase(filters_.begin());
    quiet_.begin(loop_.now());
    if (code < 0x80) log_.info("Unsubscribed.", {{"task", options_.task}, {"filter", filter}});
    else if (draining_)
        give_up_drain(fmt::format("the MQTT broker refuses to unsubscribe {} (0x{:02x})", filter, code));
    else
        log_.warn("The MQTT broker refuses to unsubscribe a filter that the task does not want any more.",
                  {{"task", options_.task}, {"filter", filter}, {"code", fmt::format("0x{:02x}", code)}});
}

// The next connection subscribes again.
void LeavingFilters::give_up_drain(std::string reason) {
    const OnDrained on_drained = std::exchange(draining_, std::nullopt)->on_drained;
    std::erase(filters_, options_.filter);
    if (link_.is_open()) {
        link_.disconnect();
        owner_.connect_anew();
    }
    on_drained(failed(ErrorCode::timeout, std::move(reason)));
}

void LeavingFilters::stop() {
    timer_.cancel();
    awaited_.reset();
    if (!draining_) return;
    const OnDrained on_drained = std::exchange(draining_, std::nullopt)->on_drained;
    on_drained(failed(ErrorCode::closed, "the task was stopped"));
}

}  // namespace outflow::connectors
