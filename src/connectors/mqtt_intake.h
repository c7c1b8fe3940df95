// Between an MQTT session and a pipeline: what arrives is admitted, what is settled is acknowledged.
//
//   Session --Arrival--> take --Event--> Pipeline --settled, in the order of receipt--> acknowledge --> Session
#pragma once

#include <cstdint>

#include "event/memory.h"
#include "mqtt/session.h"
#include "pipeline/pipeline.h"

namespace outflow::connectors {

class MqttIntake {
public:
    // What the messages of one read have in common.
    struct Read {
        std::uint32_t epoch = 0;   // of the session
        std::int64_t unix_ms = 0;  // when they came
        platform::Clock::time_point now{};
    };

    // The pipeline outlives it.
    explicit MqttIntake(pipeline::Pipeline& pipeline) : pipeline_(pipeline) {}

    // For Receiver::on_message: takes what `arrival` views, in `chunk` or in the session. Returns the session's token
    // of it.
    std::uint64_t take(const mqtt::Arrival& arrival, const event::ChunkRef& chunk, const Read& read);
    void acknowledge(mqtt::Session& session, mqtt::Actions& actions);

private:
    pipeline::Pipeline& pipeline_;
    mqtt::PublishProperties properties_;  // reused from message to message
};

}  // namespace outflow::connectors
