#include "connectors/mqtt_intake.h"

#include "connectors/mqtt_event.h"

namespace outflow::connectors {

std::uint64_t MqttIntake::take(const mqtt::Arrival& arrival, const event::ChunkRef& chunk, const Read& read) {
    const mqtt::Publish& publish = arrival.publish;
    const bool acknowledge = publish.qos > 0;
    const pipeline::AcknowledgementTag tag = mqtt::Receipt{read.epoch, publish.packet_id, publish.qos}.number();
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
        session.acknowledge(mqtt::Receipt::from_number(tag), token.number(), actions);
    });
}

}  // namespace outflow::connectors
