#include "connectors/mqtt_intake.h"

#include "connectors/mqtt_event.h"

namespace outflow::connectors {

namespace {

constexpr std::uint64_t qos_bits = 0x3;

pipeline::AcknowledgementTag make_tag(std::uint32_t epoch, mqtt::PacketId id, std::uint8_t qos) {
    return std::uint64_t{epoch} << 32 | std::uint64_t{static_cast<std::uint16_t>(id)} << 2 | qos;
}
std::uint64_t to_number(pipeline::Token token) { return std::uint64_t{token.slot} << 32 | token.generation; }
pipeline::Token to_token(std::uint64_t number) {
    return {static_cast<std::uint32_t>(number >> 32), static_cast<std::uint32_t>(number)};
}

}  // namespace

std::uint64_t MqttIntake::take(const mqtt::Arrival& arrival, const event::ChunkRef& chunk, const Read& read) {
    const mqtt::Publish& publish = arrival.publish;
    const bool acknowledge = publish.qos > 0;
    const pipeline::AcknowledgementTag tag = make_tag(read.epoch, publish.packet_id, publish.qos);
    switch (arrival.kind) {
    case mqtt::ArrivalKind::redelivered_here: pipeline_.count_redelivery(); return arrival.entry;
    case mqtt::ArrivalKind::redelivered_after_reconnect: pipeline_.readmit(to_token(arrival.entry), tag); return arrival.entry;
    case mqtt::ArrivalKind::fresh: break;
    }
    if (arrival.is_unwanted) return to_number(pipeline_.admit_unwanted(acknowledge, tag));
    const event::Event event = make_event(arrival, read.unix_ms, pipeline_.batch().arena, properties_);
    return to_number(pipeline_.admit(event, chunk, acknowledge, tag, read.now));
}

void MqttIntake::acknowledge(mqtt::Session& session, mqtt::Actions& actions) {
    pipeline_.take_acknowledgeable([&session, &actions](pipeline::AcknowledgementTag tag, pipeline::Token token) {
        session.acknowledge(static_cast<mqtt::PacketId>(tag >> 2 & 0xffff), static_cast<std::uint8_t>(tag & qos_bits),
                            to_number(token), static_cast<std::uint32_t>(tag >> 32), actions);
    });
}

}  // namespace outflow::connectors
