#include "mqtt_wire.h"

#include <variant>

#include <fmt/format.h>

#include "mqtt/decode.h"
#include "mqtt/encode.h"

namespace outflow::bench {

Result<MqttClient> open_mqtt(const Endpoint& endpoint, mqtt::Version version, std::string_view client_id) {
    MqttClient client;
    TRY(client.socket, connect_loopback(endpoint));
    mqtt::Connect connect;
    connect.client_id = client_id;
    connect.clean_start = true;
    connect.receive_maximum = 65'535;
    SendBuffer out;
    mqtt::encode_connect(out.bytes, connect, version);
    if (!out.flush(client.socket)) return failed(ErrorCode::closed, "The MQTT server closed the connection.");
    TRY(RawPacket raw, await_packet(client));
    TRY(mqtt::DecodedPacket decoded, mqtt::decode_packet(client.in.view(), version));
    const auto* connack = std::get_if<mqtt::Connack>(&decoded.packet);
    if (connack == nullptr || connack->code != 0) {
        return failed(ErrorCode::mqtt_refused, fmt::format("The MQTT server refused the connection (code {}).",
                                                           connack == nullptr ? 0 : connack->code));
    }
    if (connack->receive_maximum) client.server_receive_maximum = *connack->receive_maximum;
    client.in.consume(raw.bytes);
    return client;
}

Result<RawPacket> await_packet(MqttClient& client) {
    Microseconds deadline = Clock::steady() + 10'000'000;
    while (Clock::steady() < deadline && !stop_requested()) {
        if (RawPacket packet = next_packet(client.in.view()); packet.bytes > 0) return packet;
        pollfd polled{client.socket.descriptor(), POLLIN, 0};
        wait_for({&polled, 1}, deadline - Clock::steady());
        if (client.in.fill(client.socket) == Received::closed) {
            return failed(ErrorCode::closed, "The MQTT server closed the connection.");
        }
    }
    return failed(ErrorCode::timeout, "The MQTT server did not answer within 10 seconds.");
}

}  // namespace outflow::bench
