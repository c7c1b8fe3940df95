#include "connectors/mqtt_source.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "connectors/mqtt_event.h"
#include "connectors/source_condition.h"
#include "mqtt/topic.h"
#include "platform/clock.h"

namespace outflow::connectors {

namespace {
constexpr std::chrono::milliseconds connect_timeout{10'000};
// A broker that is back is found within seconds; one that closes again and again is asked every few seconds.
constexpr net::BackoffLimits reconnect_backoff{std::chrono::milliseconds(100), std::chrono::milliseconds(5'000),
                                               std::chrono::milliseconds(10)};
constexpr std::chrono::seconds taken_over_wait{30};  // another client has our client id: fighting it helps nobody
constexpr std::chrono::seconds leave_time{2};
constexpr std::size_t room_least = 16 * 1024;      // of a chunk, for another read
constexpr std::uint64_t qos_bits = 0x3;

pipeline::AcknowledgementTag make_tag(std::uint32_t epoch, mqtt::PacketId id, std::uint8_t qos) {
    return std::uint64_t{epoch} << 32 | std::uint64_t{static_cast<std::uint16_t>(id)} << 2 | qos;
}
std::uint64_t to_number(pipeline::Token token) { return std::uint64_t{token.slot} << 32 | token.generation; }
pipeline::Token to_token(std::uint64_t number) {
    return {static_cast<std::uint32_t>(number >> 32), static_cast<std::uint32_t>(number)};
}

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
      session_(options_.session),
      connection_(loop, *this),
      backoff_(options_.seed, reconnect_backoff),
      retry_timer_(loop),
      tick_timer_(loop),
      stall_timer_(loop) {}

void MqttSource::start() {
    last_error_since_ = platform::unix_ms();
    connect();
}

void MqttSource::connect() {
    next_try_.reset();
    connection_.open(options_.broker, connect_timeout);
}

void MqttSource::on_connected() {
    is_unreachable_ = false;
    chunk_ = {};
    parsed_ = 0;
    paused_ = false;
    send_ahead_.reset();
    pipeline_.set_learn_limit(session_.version() == mqtt::Version::v3_1_1);
    actions_.clear();
    session_.open(loop_.now(), actions_);
    apply_actions();
    schedule_tick();
    connection_.want_read();
}

void MqttSource::on_connect_failed(const Error& error) {
    is_unreachable_ = true;
    lose({mqtt::EndAction::reconnect, 0, error.context});
}

void MqttSource::on_closed(const Error& error) {
    mqtt::End end = session_.on_closed(loop_.now());
    if (on_left_) return end_leave();
    if (end.sentence.empty()) end.sentence = error.context;
    lose(std::move(end));
}

void MqttSource::on_readable() {
    if (on_left_) return discard_input();
    if (!paused_ && !stopped_reading_) read();
}

// A chunk with room for a read; what is left of a packet moves along. A packet that does not fit gets a chunk of its size.
void MqttSource::make_room() {
    std::size_t left = chunk_ ? chunk_->used - parsed_ : 0;
    std::size_t need = room_least;
    if (left > 0) need = std::max(need, mqtt::packet_bytes({chunk_->data() + parsed_, left}));
    if (chunk_ && chunk_->capacity() - parsed_ >= need && chunk_->capacity() - chunk_->used >= std::min(need, room_least)) return;
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
    auto result = connection_.read(chunk_->data() + chunk_->used, room);
    if (result.kind == net::Connection::ReadResult::Kind::closed) return;
    if (result.kind == net::Connection::ReadResult::Kind::would_block) {
        read_again(0, false);
        return;
    }
    chunk_->used += result.size;
    counts_.bytes += result.size;
    std::uint64_t before = session_.counters().publishes;
    take_bytes();
    if (connection_.state() != net::Connection::State::open) return;
    read_again(session_.counters().publishes - before, result.size == room);
}

void MqttSource::take_bytes() {
    read_at_ms_ = platform::unix_ms();
    do {
        actions_.clear();
        std::string_view unread(chunk_->data() + parsed_, chunk_->used - parsed_);
        parsed_ += session_.receive(unread, loop_.now(), actions_);
        for (const mqtt::Arrival& arrival : actions_.arrivals) take_arrival(arrival);
        bool again = actions_.again;
        apply_actions();
        if (!again) break;
    } while (connection_.state() == net::Connection::State::open);
    send_ahead_.on_read(pipeline_.unacknowledged(), loop_.now());
    pipeline_.end_of_read(loop_.now());
}

void MqttSource::take_arrival(const mqtt::Arrival& arrival) {
    const mqtt::Publish& publish = arrival.publish;
    bool acknowledge = publish.qos > 0;
    pipeline::AcknowledgementTag tag = make_tag(session_.epoch(), publish.packet_id, publish.qos);
    stall_timer_.cancel();
    stall_watch_.on_message();
    switch (arrival.kind) {
    case mqtt::ArrivalKind::copy_here: pipeline_.count_copy(); return;
    case mqtt::ArrivalKind::copy_resent: pipeline_.readmit(to_token(arrival.entry), tag); return;
    case mqtt::ArrivalKind::fresh: break;
    }
    pipeline::Token token;
    if (arrival.is_unwanted) {
        ++counts_.retained_left_out;
        token = pipeline_.admit_unwanted(acknowledge, tag);
    } else {
        const event::Event event = make_event(arrival, read_at_ms_, pipeline_.batch().arena, properties_);
        token = pipeline_.admit(event, chunk_, acknowledge, tag, loop_.now());
    }
    if (acknowledge) session_.bind(publish.packet_id, to_number(token));
}

// What the session asked for beside taking arrivals.
void MqttSource::apply_actions() {
    if (!actions_.send.empty()) {
        connection_.output() += actions_.send;
        connection_.flush();
    }
    if (actions_.session_lost) {
        ++counts_.sessions_lost;
        session_lost_at_ = platform::unix_ms();
        log_.error("The broker has lost the session: messages published while away may be missing.",
                   {{"task", options_.task}, {"broker", net::to_string(options_.broker)}});
    }
    if (actions_.connected) {
        ++counts_.connects;
        short_connections_.on_accepted();
        log_.info("Connected to MQTT broker.",
                  {{"task", options_.task}, {"broker", net::to_string(options_.broker)},
                   {"client_id", actions_.connected->client_id},
                   {"protocol", session_.version() == mqtt::Version::v5 ? "5" : "3.1.1"},
                   {"session_present", actions_.connected->session_present}});
        schedule_tick();
    }
    if (actions_.subscribed) {
        last_error_.clear();
        short_connections_.on_subscribed(loop_.now());
        watch_stall();
    }
    counts_.overruns = session_.counters().overruns;
    counts_.stale_acknowledgements = session_.counters().stale_acknowledgements;
    if (!actions_.end) return;
    mqtt::End end = std::move(*actions_.end);
    connection_.close();
    session_.on_closed(loop_.now());
    lose(std::move(end));
}

void MqttSource::watch_stall() {
    if (stall_watch_.on_subscribed(session_.session_present(), session_.orphans()))
        stall_timer_.start(StallWatch::stall_time, [this] { on_silence(); });
}

void MqttSource::on_silence() {
    if (paused_ || stopped_reading_) return;  // it is us who do not listen
    const bool has_maximum = session_.version() == mqtt::Version::v5;
    const auto wider = stall_watch_.on_silence(has_maximum ? session_.receive_maximum() : UINT16_MAX, session_.orphans());
    if (wider) connect_wider(*wider);
}

// No fault, and not told as one: on a quiet topic there is nothing to send.
void MqttSource::connect_wider(std::uint16_t receive_maximum) {
    log_.info("The broker has our session and sends nothing: connecting once more with a larger Receive Maximum.",
              {{"task", options_.task}, {"receive_maximum", receive_maximum}});
    tick_timer_.cancel();
    connection_.close();
    session_.on_closed(loop_.now());
    session_.set_receive_maximum(receive_maximum);
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
    connection_.want_read();
    loop_.count_read(messages);
    if (is_behind) loop_.skip_rest();
}

void MqttSource::pause() {
    paused_ = true;
    session_.reading_paused(true, loop_.now());
}

void MqttSource::turn() {
    if (on_left_) return;
    if (connection_.state() == net::Connection::State::open) {
        actions_.clear();
        pipeline_.take_acknowledgeable([this](pipeline::AcknowledgementTag tag, pipeline::Token token) {
            session_.acknowledge(static_cast<mqtt::PacketId>(tag >> 2 & 0xffff), static_cast<std::uint8_t>(tag & qos_bits),
                                 to_number(token), static_cast<std::uint32_t>(tag >> 32), actions_);
        });
        if (!actions_.send.empty()) {
            apply_actions();
            send_ahead_.on_acknowledged(pipeline_.unacknowledged(), loop_.now());
        }
    }
    if (paused_ && chunks_.memory().has_room() && !stopped_reading_) {
        paused_ = false;
        session_.reading_paused(false, loop_.now());
        connection_.want_read();
    }
}

void MqttSource::schedule_tick() {
    auto next = session_.next_tick();
    if (!next) return;
    auto wait = std::max(*next - loop_.now(), net::EventLoop::Clock::duration(std::chrono::milliseconds(1)));
    tick_timer_.start(wait, [this] {
        if (connection_.state() != net::Connection::State::open) return;
        actions_.clear();
        session_.tick(loop_.now(), actions_);
        apply_actions();
        schedule_tick();
    });
}

void MqttSource::lose(mqtt::End end) {
    tick_timer_.cancel();
    stall_timer_.cancel();
    stall_watch_.on_lost();
    pipeline_.forget_order();
    if (closed_) return;
    if (last_error_.empty() || last_error_since_ == 0) last_error_since_ = platform::unix_ms();
    last_error_ = end.sentence;
    const bool falls_back = end.action == mqtt::EndAction::fallback_to_3_1_1 && options_.fall_back;
    if (!falls_back) {
        short_connections_.on_ended(end.unexplained, loop_.now());
        last_error_ = join_sentences(std::move(last_error_), short_connections_.explain(options_.session.client_id));
    }
    log_.warn("Lost the MQTT broker.", {{"task", options_.task}, {"broker", net::to_string(options_.broker)}, {"reason", last_error_}},
              "lost " + options_.task);
    // 3.1.1 is for one connection.
    if (options_.fall_back && options_.session.version == mqtt::Version::v5)
        session_.set_version(falls_back ? mqtt::Version::v3_1_1 : mqtt::Version::v5);
    session_.set_receive_maximum(options_.session.receive_maximum);  // a larger one, too
    if (falls_back) return connect_in(std::chrono::milliseconds(0));
    connect_again(std::move(end));
}

void MqttSource::connect_again(mqtt::End end) {
    if (short_connections_.lasted()) backoff_.reset();
    switch (end.action) {
    case mqtt::EndAction::fail_task: return on_failed_(std::move(end.sentence));
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
    session_.reading_paused(true, loop_.now());
}

void MqttSource::leave(std::function<void()> on_left) {
    if (closed_ || connection_.state() != net::Connection::State::open) {
        close();
        return on_left();
    }
    closed_ = true;
    send_disconnect();
    on_left_ = std::move(on_left);
    stall_timer_.start(leave_time, [this] { end_leave(); });
    connection_.want_read();
}

void MqttSource::close() {
    if (std::exchange(closed_, true)) return;
    send_disconnect();
    connection_.close();
}

void MqttSource::send_disconnect() {
    retry_timer_.cancel();
    tick_timer_.cancel();
    stall_timer_.cancel();
    if (connection_.state() != net::Connection::State::open) return;
    actions_.clear();
    session_.disconnect(actions_);
    connection_.output() += actions_.send;
    connection_.flush();
}

void MqttSource::discard_input() {
    std::array<char, room_least> block;
    if (connection_.read(block.data(), block.size()).kind == net::Connection::ReadResult::Kind::closed) return;
    connection_.want_read();
}

void MqttSource::end_leave() {
    stall_timer_.cancel();
    connection_.close();
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
    if (stall_watch_.is_proven()) condition.owed = session_.orphans();
    if (paused_) condition.paused_bytes = chunks_.memory().held_bytes();
    condition.sent_ahead = std::max<std::size_t>(send_ahead_.limit(), pipeline_.learnt_limit());
    condition.is_v3 = session_.version() == mqtt::Version::v3_1_1;
    condition.v3_was_asked_for = options_.session.version == mqtt::Version::v3_1_1;
    condition.is_shared = !mqtt::split_shared(options_.session.filter).group.empty();
    condition.is_silent = session_.counters().publishes == 0;
    return describe(condition);
}

}  // namespace outflow::connectors
