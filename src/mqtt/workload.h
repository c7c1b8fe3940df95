// Workloads of the codec and the session, and what the source's workload (connectors/workload.h) needs of them.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/workload.h"
#include "mqtt/encode.h"
#include "mqtt/session.h"
#include "mqtt/test_bytes.h"

namespace outflow::mqtt::workload {

inline constexpr std::size_t read_bytes = 16 * 1024;  // of one read: some 57 messages

struct Stream {
    std::string bytes;
    std::size_t messages = 0;
};

// PUBLISHes (v5, QoS 1, 256 bytes of payload, packet ids from 1) as many as fit one chunk.
inline Stream publish_stream(const PublishProperties* properties = nullptr) {
    Telemetry telemetry(1'024);
    Stream stream;
    for (std::string next;; ++stream.messages) {
        std::string topic = fmt::format("factory/line{}/press{:02}", stream.messages % 8, stream.messages % 100);
        Publish publish;
        publish.topic = topic;
        publish.payload = telemetry.message(stream.messages);
        publish.packet_id = PacketId{static_cast<std::uint16_t>(stream.messages + 1)};
        publish.qos = 1;
        next.clear();
        encode_publish(next, publish, properties, Version::v5);
        if (stream.bytes.size() + next.size() > limits::chunk_bytes) return stream;
        stream.bytes += next;
    }
}

// A session whose subscription stands.
inline std::unique_ptr<Session> running_session(Receiver& receiver, Actions& actions) {
    SessionOptions options;
    options.client_id = "c";
    options.session_expiry_seconds = 3'600;
    options.filter = "#";
    auto session = std::make_unique<Session>(std::move(options), receiver);
    session->open({}, actions);
    session->receive(test::bytes("20 03 00 00 00  90 04 FF FF 00 01"), {}, actions);  // CONNACK, SUBACK
    return session;
}

inline std::uint64_t decode_publishes(std::string_view rest, PublishProperties* properties) {
    Checksum sum;
    Publish publish;
    while (!rest.empty()) {
        auto header = decode_fixed_header(rest, Version::v5);
        if (!header) return 0;
        std::string_view body = rest.substr(header->header_bytes, header->remaining_length);
        if (!decode_publish(*header, body, Version::v5, publish)) return 0;
        sum.add(publish.topic);
        sum.add(publish.payload);
        sum.add(static_cast<std::uint64_t>(publish.packet_id) << 2 | publish.qos);
        if (properties != nullptr) {
            if (!decode_publish_properties(publish, *properties)) return 0;
            for (const UserProperty& property : properties->user) sum.add(property.value);
        }
        rest.remove_prefix(header->packet_bytes());
    }
    return sum.value();
}

// Receive and acknowledge.
class Reads final : private Receiver {
public:
    std::uint64_t run(std::string_view rest) {
        sum_ = {};
        token_ = 0;
        while (!rest.empty() && session_->is_subscribed()) {
            actions_.clear();
            held_.clear();
            std::uint64_t token = token_;
            rest.remove_prefix(session_->receive(rest.substr(0, read_bytes), {}, actions_));
            for (PacketId packet_id : held_)
                session_->acknowledge({session_->epoch(), packet_id, 1}, ++token, actions_);
            sum_.add_samples(actions_.send);
        }
        return sum_.value();
    }

private:
    std::uint64_t on_message(const Arrival& arrival) override {
        sum_.add(arrival.publish.payload);
        sum_.add(static_cast<std::uint64_t>(arrival.kind));
        held_.push_back(arrival.publish.packet_id);
        return ++token_;
    }

    Actions actions_;
    std::unique_ptr<Session> session_ = running_session(*this, actions_);
    std::vector<PacketId> held_;
    std::uint64_t token_ = 0;
    Checksum sum_;
};

inline std::uint64_t encode_pubacks(std::string& out, std::size_t count) {
    out.clear();
    for (std::size_t i = 1; i <= count; ++i) {
        Acknowledgement acknowledgement;
        acknowledgement.packet_id = PacketId{static_cast<std::uint16_t>(i)};
        encode_acknowledgement(out, acknowledgement, Version::v5);
    }
    Checksum sum;
    sum.add_samples(out);
    return sum.value();
}

inline std::vector<Workload> all() {
    struct State {
        Stream plain = publish_stream();
        Stream rich;  // in properties
        PublishProperties decoded;
        Reads reads;
        std::string out;
    };
    auto state = std::make_shared<State>();
    PublishProperties properties;
    properties.user = {{"plant", "hz-1"}, {"KEYS", "press-000123"}};
    state->rich = publish_stream(&properties);
    const Stream& plain = state->plain;
    const Stream& rich = state->rich;
    return {
        {"decode_publish/256B_in_256KiB", 0x62147A438AAE25BC, plain.messages, plain.bytes.size(),
         [state] { return decode_publishes(state->plain.bytes, nullptr); }},
        {"decode_publish/256B_2_user_properties", 0x070C39FB51144D5E, rich.messages, rich.bytes.size(),
         [state] { return decode_publishes(state->rich.bytes, &state->decoded); }},
        {"session/256B", 0xE987C6FBBEE819B8, plain.messages, plain.bytes.size(),
         [state] { return state->reads.run(state->plain.bytes); }},
        {"encode_puback/1000", 0xC9F35B6BDFC10A33, 1'000, 4'000, [state] { return encode_pubacks(state->out, 1'000); }},
    };
}

}  // namespace outflow::mqtt::workload
