#include "connectors/session_visit.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace outflow::connectors {

namespace {

constexpr std::chrono::seconds visit_time{15};
constexpr std::chrono::seconds leave_time{2};
constexpr std::chrono::milliseconds retry_wait{500};

// A session ends when one that starts anew ends with its connection; it needs no subscription for that.
mqtt::SessionOptions options_for(SessionVisit::Purpose purpose, mqtt::SessionOptions session) {
    if (purpose == SessionVisit::Purpose::make) return session;
    session.clean_session = true;
    session.session_expiry_seconds = 0;
    session.filter.clear();
    return session;
}

}  // namespace

SessionVisit::SessionVisit(net::EventLoop& loop, SessionVisitOptions options, Purpose purpose,
                           std::function<void(Result<bool>)> on_done)
    : loop_(loop),
      options_(std::move(options)),
      on_done_(std::move(on_done)),
      link_(loop, *this, options_.broker, options_.tls, options_for(purpose, options_.session)),
      timer_(loop),
      retry_timer_(loop) {}

void SessionVisit::start() {
    timer_.start(visit_time, [this] {
        const std::string reason = last_error_.empty() ? "no response" : last_error_;
        finish(failed(ErrorCode::timeout,
                      fmt::format("{}, in {} s: {}", net::to_string(options_.broker), visit_time.count(), reason)));
    });
    link_.connect();
}

void SessionVisit::on_readable() {
    std::array<char, 16 * 1024> block;
    const auto result = link_.connection().read(block.data(), block.size());
    if (result.kind == net::Connection::ReadResult::Kind::closed) return;
    if (result.kind == net::Connection::ReadResult::Kind::bytes && !is_leaving_) {
        buffer_.append(block.data(), result.size);
        buffer_.erase(0, link_.session().receive(buffer_, loop_.now(), link_.begin()));
        link_.apply();
    }
    if (link_.is_open()) link_.connection().want_read();
}

void SessionVisit::on_actions(const mqtt::Actions& actions) {
    if (actions.connected && !was_there_) was_there_ = actions.connected->session_present;
    if (!actions.subscribed || actions.end || is_leaving_) return;
    is_leaving_ = true;
    timer_.start(leave_time, [this] { finish(was_there_.value_or(false)); });
    link_.disconnect();
}

void SessionVisit::on_lost(mqtt::End end, bool) {
    if (is_leaving_) return finish(was_there_.value_or(false));
    buffer_.clear();
    if (options_.fall_back && link_.connect_in_3_1_1(end)) return;
    last_error_ = std::move(end.sentence);
    if (end.action == mqtt::EndAction::fail_task)
        return finish(
            failed(ErrorCode::mqtt_refused, fmt::format("{}: {}", net::to_string(options_.broker), last_error_)));
    retry_timer_.start(retry_wait, [this] { link_.connect(); });
}

void SessionVisit::finish(Result<bool> result) {
    timer_.cancel();
    retry_timer_.cancel();
    link_.close();
    if (on_done_) std::exchange(on_done_, nullptr)(std::move(result));
}

}  // namespace outflow::connectors
