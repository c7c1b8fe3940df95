// The MQTT source of a task: a connection and a session feeding the pipeline, acknowledgements going back.
//
//   Connection --bytes--> Chunk --views--> Session --Arrivals--> MqttIntake --> Pipeline
//        ^                                    |
//        '----- PUBACK, PUBREC, gathered -----'  <-- what the pipeline has settled, in the order of receipt
//
// Contract: docs/delivery.md, points 1, 3 and 12. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "connectors/leaving_filters.h"
#include "connectors/mqtt_intake.h"
#include "connectors/mqtt_link.h"
#include "connectors/send_ahead.h"
#include "connectors/short_connections.h"
#include "connectors/stall_watch.h"
#include "connectors/token_renewal.h"
#include "net/backoff.h"
#include "net/timer.h"
#include "pipeline/pipeline.h"
#include "pipeline/source.h"
#include "platform/log.h"

namespace outflow::connectors {

struct MqttSourceOptions {
    std::string task;  // for log lines
    net::Endpoint broker;
    std::shared_ptr<net::TlsSource> tls;  // null: plain TCP
    mqtt::SessionOptions session;
    std::vector<std::string> old_filters;  // the session may be subscribed to them: it is to be no more
    std::vector<TokenSource> tokens;       // that make the password, and may be renewed; empty: session.password stays
    bool fall_back = true;                 // speak 3.1.1 with a broker that does not speak 5
    std::uint64_t seed = 0;
};

class MqttSource final : public pipeline::Source, private MqttLink::Listener, private LeavingFilters::Owner {
public:
    using StopHandler = std::function<void(std::string reason)>;

    // All outlive the source; `chunks` also outlives the pipeline, which holds what the source has read. Reading stops
    // while the memory that chunks count in is full. `on_failed` is called when a person has to change something at the
    // broker or the task.
    MqttSource(net::EventLoop& loop, platform::Logger& log, MqttSourceOptions options, event::ChunkPool& chunks,
               pipeline::Pipeline& pipeline, StopHandler on_failed);

    void start() override;
    bool is_up() const override { return link_.session().is_subscribed(); }
    void turn() override;
    void stop_reading() override;
    // Says goodbye and calls `on_left` when the broker has closed the connection, after 2 s at most; the session stays
    // there. Closing at once could reset the connection under acknowledgements that the broker has not read yet.
    void leave(std::function<void()> on_left) override;
    void await_quiet(std::chrono::milliseconds most, std::function<void()> on_quiet) override {
        filters_.await_quiet(most, std::move(on_quiet));
    }
    void drain(std::chrono::milliseconds limit, std::function<void(Status)> on_drained) override {
        filters_.drain(limit, std::move(on_drained));
    }

    pipeline::SourceCounts counts() const override { return counts_; }
    // What SourceCondition has to say.
    std::string condition() const override;
    // When it connects again; nothing: it is connected, or about to be.
    std::optional<platform::Clock::time_point> next_try() const override { return next_try_; }

private:
    void on_connected() override;
    void on_readable() override;
    std::uint64_t on_message(const mqtt::Arrival& arrival) override;
    void on_actions(const mqtt::Actions& actions) override;
    void on_lost(mqtt::End end, bool is_unreachable) override;

    // While the stall timer runs the broker may believe that we have as many as we may.
    bool is_listening() const override { return !paused_ && !stall_timer_.is_running(); }
    void on_empty(LeavingFilters::OnDrained on_drained) override;
    void connect_anew() override;

    void connect();
    void make_room();
    void read();
    void take_bytes();
    void read_again(std::size_t messages, bool is_behind);
    bool is_under_memory_pressure() const;
    void pause();
    void watch_stall();
    void on_silence();
    void connect_again(mqtt::End end);
    void connect_in(std::chrono::milliseconds wait);
    void discard_input();
    void end_leave();

    net::EventLoop& loop_;
    platform::Logger& log_;
    MqttSourceOptions options_;
    event::ChunkPool& chunks_;
    pipeline::Pipeline& pipeline_;
    StopHandler on_failed_;
    std::function<void()> on_left_;  // not empty: leaving
    MqttLink link_;
    std::optional<TokenRenewal> tokens_;
    MqttIntake intake_;
    event::ChunkRef chunk_;
    std::size_t parsed_ = 0;  // bytes of the chunk that the session is done with
    MqttIntake::Read read_;   // the last one
    SendAhead send_ahead_;
    ShortConnections short_connections_;
    StallWatch stall_watch_;
    net::Backoff backoff_;
    net::Timer retry_timer_;
    net::Timer stall_timer_;
    net::Timer leave_timer_;
    LeavingFilters filters_;
    pipeline::SourceCounts counts_;
    std::optional<net::EventLoop::Clock::time_point> next_try_;
    std::string last_error_ = "not connected yet";
    bool is_unreachable_ = true;         // the last error is that no connection came about
    std::int64_t last_error_since_ = 0;  // Unix ms
    std::int64_t session_lost_at_ = 0;   // Unix ms; 0: never
    bool paused_ = false;
    bool stopped_reading_ = false;
    bool closed_ = false;
};

}  // namespace outflow::connectors
