#include "connectors/mqtt_source.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "connectors/source_condition.h"
#include "mqtt/topic.h"
#include "platform/clock.h"

namespace outflow::connectors {

namespace {

constexpr std::uint8_t session_taken_over = 0x8E;  // MQTT 5, 3.14.2.1
// A broker that is back is found within seconds; one that closes again and again is asked every few seconds.
constexpr net::BackoffLimits reconnect_backoff{std::chrono::milliseconds(100), std::chrono::milliseconds(5'000),
                                               std::chrono::milliseconds(10)};
constexpr std::chrono::seconds taken_over_wait{30};  // another client has our client id: fighting it helps nobody
constexpr std::chrono::seconds leave_time{2};
constexpr std::size_t room_least = 16 * 1024;  // of a chunk, for another read

std::string join_sentences(std::string first, std::string_view second) {
    if (second.empty()) return first;
    if (!first.ends_with('.')) first += '.';
    return first.append(" ").append(second);
}
}  // namespace

MqttSource::MqttSource(net::EventLoop& loop, platform::Logger& log, MqttSourceOptions options, event::ChunkPool& chunks,
                       pipeline::Pipeline& pipeline, StopHandler on_failed)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      chunks_(chunks),
      pipeline_(pipeline),
      on_failed_(std::move(on_failed)),
      link_(loop, *this, options_.broker, options_.tls, options_.session),
      intake_(pipeline),
      backoff_(options_.seed, reconnect_backoff),
      retry_timer_(loop),
      stall_timer_(loop),
      leave_timer_(loop),
      filters_(loop, log, link_, pipeline, *this, {options_.task, options_.session.filter, options_.old_filters}) {
    if (!options_.tokens.empty()) tokens_.emplace(loop, log, link_, options_.task, options_.tokens);
}

void MqttSource::start() {
    last_error_since_ = platform::unix_ms();
    connect();
}

void MqttSource::connect() {
    next_try_.reset();
    if (tokens_) tokens_->before_connect();
    link_.connect();
}

void MqttSource::on_connected() {
    is_unreachable_ = false;
    chunk_ = {};
    parsed_ = 0;
    paused_ = false;
    send_ahead_.reset();
    pipeline_.set_send_ahead(0);
}

void MqttSource::on_readable() {
    if (on_left_) return discard_input();
    if (!paused_ && !stopped_reading_) read();
}

// A chunk with room for a read; what is left of a packet moves along. A packet that does not fit gets a chunk of its
// size.
void MqttSource::make_room() {
    std::size_t left = chunk_ ? chunk_->used - parsed_ : 0;
    std::size_t need = room_least;
    if (left > 0) need = std::max(need, mqtt::packet_bytes({chunk_->data() + parsed_, left}));
    if (chunk_ && chunk_->capacity() - parsed_ >= need &&
        chunk_->capacity() - chunk_->used >= std::min(need, room_least))
        return;
    std::size_t capacity = std::min(need, options_.session.packet_bytes_max) + room_least;
    event::ChunkRef next = chunks_.take(std::max(capacity, limits::chunk_bytes));
    if (left > 0) std::memcpy(next->data(), chunk_->data() + parsed_, left);
    next->used = left;
    parsed_ = 0;
    chunk_ = std::move(next);
}

void MqttSource::read() {
    make_room();
    const std::size_t room = chunk_->capacity() - chunk_->used;
    auto result = link_.connection().read(chunk_->data() + chunk_->used, room);
    if (result.kind == net::Connection::ReadResult::Kind::closed) return;
    if (result.kind == net::Connection::ReadResult::Kind::would_block) {
        read_again(0, false);
        return;
    }
    chunk_->used += result.size;
    counts_.bytes += result.size;
    std::uint64_t before = link_.session().counters().publishes;
    take_bytes();
    if (!link_.is_open()) return;
    read_again(link_.session().counters().publishes - before, result.size == room);
}

void MqttSource::take_bytes() {
    read_ = {link_.session().epoch(), platform::unix_ms(), loop_.now()};
    std::string_view unread(chunk_->data() + parsed_, chunk_->used - parsed_);
    parsed_ += link_.session().receive(unread, read_.now, link_.begin());
    link_.apply();
    if (link_.session().version() == mqtt::Version::v3_1_1) {
        send_ahead_.on_read(pipeline_.unacknowledged(), read_.now);
        pipeline_.set_send_ahead(send_ahead_.limit());
    }
    pipeline_.end_of_read(read_.now);
}

std::uint64_t MqttSource::on_message(const mqtt::Arrival& arrival) {
    stall_timer_.cancel();
    stall_watch_.on_message();
    if (arrival.is_notice && tokens_) tokens_->on_notice(arrival.publish);
    if (arrival.is_unwanted && !arrival.is_notice) ++counts_.retained_left_out;
    return intake_.take(arrival, chunk_, read_);
}

void MqttSource::on_actions(const mqtt::Actions& actions) {
    const mqtt::Session& session = link_.session();
    if (actions.session_lost) {
        ++counts_.sessions_lost;
        session_lost_at_ = platform::unix_ms();
        log_.error("The broker has lost the session: messages published while away may be missing.",
                   {{"task", options_.task}, {"broker", net::to_string(options_.broker)}});
    }
    if (actions.connected) {
        ++counts_.connects;
        short_connections_.on_accepted();
        log_.info("Connected to MQTT broker.", {{"task", options_.task},
                                                {"broker", net::to_string(options_.broker)},
                                                {"client_id", actions.connected->client_id},
                                                {"protocol", session.version() == mqtt::Version::v5 ? "5" : "3.1.1"},
                                                {"session_present", actions.connected->session_present}});
    }
    if (actions.subscribed) {
        last_error_.clear();
        short_connections_.on_subscribed(loop_.now());
        watch_stall();
    }
    if (tokens_) tokens_->on_actions(actions);
    filters_.on_actions(actions);
    counts_.overruns = session.counters().overruns;
    counts_.stale_acknowledgements = session.counters().stale_acknowledgements;
}

void MqttSource::watch_stall() {
    if (stall_watch_.on_subscribed(link_.session().session_present(), link_.session().orphans()))
        stall_timer_.start(StallWatch::stall_time, [this] { on_silence(); });
}

// No fault, and not told as one: on a quiet topic there is nothing to send.
void MqttSource::on_silence() {
    if (paused_ || stopped_reading_) return;  // it is us who do not listen
    const mqtt::Session& session = link_.session();
    const bool has_maximum = session.version() == mqtt::Version::v5;
    const auto wider = stall_watch_.on_silence(has_maximum ? session.receive_maximum() : UINT16_MAX, session.orphans());
    if (!wider) return;
    log_.info("The broker has our session and sends nothing: connecting once more with a larger Receive Maximum.",
              {{"task", options_.task}, {"receive_maximum", *wider}});
    link_.close();
    link_.session().set_receive_maximum(*wider);
    connect_anew();
}

void MqttSource::connect_anew() {
    link_.close();
    pipeline_.forget_order();
    connect();
}

bool MqttSource::is_under_memory_pressure() const { return chunks_.memory().is_full(); }

// More than one read could take is there already: no reason to rest.
void MqttSource::read_again(std::size_t messages, bool is_behind) {
    if (stopped_reading_) return;
    if (is_under_memory_pressure()) {
        pause();
        return;
    }
    link_.connection().want_read();
    loop_.count_read(messages);
    if (is_behind) loop_.skip_rest();
}

void MqttSource::pause() {
    paused_ = true;
    link_.session().reading_paused(true, loop_.now());
}

void MqttSource::turn() {
    if (on_left_) return;
    if (link_.is_open()) {
        mqtt::Actions& actions = link_.begin();
        intake_.acknowledge(link_.session(), actions);
        if (!actions.send.empty()) {
            link_.apply();
            send_ahead_.on_acknowledged(pipeline_.unacknowledged(), pipeline_.pushed_by_interval(), loop_.now());
        }
    }
    if (paused_ && chunks_.memory().has_room() && !stopped_reading_) {
        paused_ = false;
        link_.session().reading_paused(false, loop_.now());
        link_.connection().want_read();
    }
}

void MqttSource::on_lost(mqtt::End end, bool is_unreachable) {
    if (on_left_) return end_leave();
    is_unreachable_ = is_unreachable;
    stall_timer_.cancel();
    stall_watch_.on_lost();
    pipeline_.forget_order();
    if (closed_) return;
    if (end.code == session_taken_over) ++counts_.takeovers;
    if (last_error_.empty() || last_error_since_ == 0) last_error_since_ = platform::unix_ms();
    if (tokens_) end.sentence = join_sentences(std::move(end.sentence), tokens_->refusal());
    last_error_ = end.sentence;
    const bool falls_back = end.action == mqtt::EndAction::fallback_to_3_1_1 && options_.fall_back;
    if (!falls_back) {
        short_connections_.on_ended(end.unexplained, loop_.now());
        last_error_ = join_sentences(std::move(last_error_), short_connections_.explain(options_.session.client_id));
    }
    log_.warn("Lost the MQTT broker.",
              {{"task", options_.task}, {"broker", net::to_string(options_.broker)}, {"reason", last_error_}},
              "lost " + options_.task);
    // 3.1.1 is for one connection.
    if (options_.fall_back && options_.session.version == mqtt::Version::v5)
        link_.session().set_version(falls_back ? mqtt::Version::v3_1_1 : mqtt::Version::v5);
    link_.session().set_receive_maximum(options_.session.receive_maximum);  // a larger one, too
    if (falls_back) return connect_in(std::chrono::milliseconds(0));
    connect_again(std::move(end));
}

void MqttSource::connect_again(mqtt::End end) {
    if (short_connections_.lasted()) backoff_.reset();
    switch (end.action) {
    case mqtt::EndAction::fail_task:
        if (tokens_ && tokens_->has_news()) return connect_in(backoff_.next());  // renewed while we were refused
        return on_failed_(std::move(end.sentence));
    case mqtt::EndAction::fallback_to_3_1_1:
    case mqtt::EndAction::reconnect:
        if (!short_connections_.is_fight()) return connect_in(backoff_.next());
        break;
    case mqtt::EndAction::wait: break;
    }
    connect_in(taken_over_wait + backoff_.next());
}

void MqttSource::connect_in(std::chrono::milliseconds wait) {
    next_try_ = loop_.now() + wait;
    retry_timer_.start(wait, [this] { connect(); });
}

void MqttSource::stop_reading() {
    stopped_reading_ = true;
    link_.session().reading_paused(true, loop_.now());
}

void MqttSource::on_empty(LeavingFilters::OnDrained on_drained) {
    leave([on_drained = std::move(on_drained)] { on_drained({}); });
}

void MqttSource::leave(std::function<void()> on_left) {
    retry_timer_.cancel();
    stall_timer_.cancel();
    filters_.stop();
    const bool was_closed = std::exchange(closed_, true);
    if (was_closed || !link_.is_open()) {
        link_.close();
        return on_left();
    }
    link_.disconnect();
    on_left_ = std::move(on_left);
    leave_timer_.start(leave_time, [this] { end_leave(); });
    link_.connection().want_read();
}

void MqttSource::discard_input() {
    std::array<char, room_least> block;
    if (link_.connection().read(block.data(), block.size()).kind == net::Connection::ReadResult::Kind::closed) return;
    link_.connection().want_read();
}

void MqttSource::end_leave() {
    leave_timer_.cancel();
    link_.close();
    std::exchange(on_left_, nullptr)();
}

std::string MqttSource::condition() const {
    SourceCondition condition;
    condition.broker = net::to_string(options_.broker);
    condition.last_error = last_error_;
    condition.last_error_since_ms = last_error_since_;
    condition.is_unreachable = is_unreachable_;
    condition.now_ms = platform::unix_ms();
    condition.session_lost_ms = session_lost_at_;
    if (stall_watch_.is_proven()) condition.owed = link_.session().orphans();
    if (paused_) condition.paused_bytes = chunks_.memory().held_bytes();
    condition.sent_ahead = send_ahead_.limit();
    condition.is_v3 = link_.session().version() == mqtt::Version::v3_1_1;
    condition.v3_was_asked_for = options_.session.version == mqtt::Version::v3_1_1;
    condition.is_shared = !mqtt::split_shared(options_.session.filter).group.empty();
    condition.is_silent = link_.session().counters().publishes == 0;
    return describe(condition);
}

}  // namespace outflow::connectors
