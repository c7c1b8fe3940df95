#include "connectors/mqtt_intake.h"

#include "connectors/mqtt_event.h"

namespace outflow::connectors {

namespace {

// What an acknowledgement needs besides the token. The ledger keeps it as a number.
struct Receipt {
    std::uint32_t epoch;
    mqtt::PacketId packet_id;
    std::uint8_t qos;

    pipeline::AcknowledgementTag tag() const {
        return std::uint64_t{epoch} << 32 | std::uint64_t{static_cast<std::uint16_t>(packet_id)} << 8 | qos;
    }
    static Receipt from_tag(pipeline::AcknowledgementTag tag) {
        return {static_cast<std::uint32_t>(tag >> 32), mqtt::PacketId{static_cast<std::uint16_t>(tag >> 8)},
                static_cast<std::uint8_t>(tag)};
    }
};

}  // namespace

std::uint64_t MqttIntake::take(const mqtt::Arrival& arrival, const event::ChunkRef& chunk, const Read& read) {
    const mqtt::Publish& publish = arrival.publish;
    const bool acknowledge = publish.qos > 0;
    const pipeline::AcknowledgementTag tag = Receipt{read.epoch, publish.packet_id, publish.qos}.tag();
    switch (arrival.kind) {
    case mqtt::ArrivalKind::redelivered_here: pipeline_.count_redelivery(); return arrival.entry;
    case mqtt::ArrivalKind::redelivered_after_reconnect:
        pipeline_.readmit(pipeline::Token::from_number(arrival.entry), tag);
        return arrival.entry;
    case mqtt::ArrivalKind::fresh: break;
    }
    if (arrival.is_unwanted) return pipeline_.admit_unwanted(acknowledge, tag).number();
    const event::Event event = make_event(arrival, read.unix_ms, pipeline_.batch().arena, properties_);
    return pipeline_.admit(event, chunk, acknowledge, tag, read.now).number();
}

void MqttIntake::acknowledge(mqtt::Session& session, mqtt::Actions& actions) {
    pipeline_.take_acknowledgeable([&session, &actions](pipeline::AcknowledgementTag tag, pipeline::Token token) {
        const Receipt receipt = Receipt::from_tag(tag);
        session.acknowledge(receipt.packet_id, receipt.qos, token.number(), receipt.epoch, actions);
    });
}

}  // namespace outflow::connectors
