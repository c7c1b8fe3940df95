// For tests: a session with a scripted server at the other end. Received messages get the tokens 1, 2, 3 ...
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mqtt/session.h"
#include "mqtt/test_bytes.h"

namespace outflow::mqtt::test {

using namespace std::chrono_literals;

struct Message {  // PUBLISH as a server writes it
    unsigned id = 0;
    std::string payload = "x";
    bool dup = false;
    unsigned qos = 1;
    bool retain = false;
    std::string topic = "t";
};

inline std::string publish(const Message& message, Version version = Version::v5) {
    std::string body = u16(static_cast<unsigned>(message.topic.size())) + message.topic;
    if (message.qos > 0) body += u16(message.id);
    if (version == Version::v5) body.push_back('\0');
    body += message.payload;
    return framed(0x30U | (message.dup ? 8U : 0U) | message.qos << 1 | (message.retain ? 1U : 0U), body);
}

inline std::string puback(unsigned id) { return bytes("40 02") + u16(id); }
inline std::string pubrec(unsigned id) { return bytes("50 02") + u16(id); }
inline std::string pubrel(unsigned id) { return bytes("62 02") + u16(id); }
inline std::string pubcomp(unsigned id) { return bytes("70 02") + u16(id); }

struct Got {
    ArrivalKind kind = ArrivalKind::fresh;
    std::string payload;
    std::string topic;
    PacketId id = PacketId::none;
    std::uint8_t qos = 0;
    std::uint64_t token = 0;
    std::uint32_t epoch = 0;
    bool is_unwanted = false;
    std::optional<Oversize> oversize;
    std::string properties;
    bool is_notice = false;
};

inline SessionOptions options(Version version = Version::v5) {
    SessionOptions result;
    result.client_id = "c";
    result.version = version;
    result.session_expiry_seconds = 3600;
    result.filter = "#";
    result.qos = 2;
    return result;
}

class Server : private Receiver {
public:
    explicit Server(SessionOptions session_options = options()) : session(std::move(session_options), *this) {}

    // A new connection up to SUBACK; returns what the client sent.
    std::string connect(bool session_present, std::string_view between = {}) {
        if (session.epoch() > 0) session.on_closed(now);
        open();
        feed((session_present ? "20 03 01 00 00" : "20 03 00 00 00"), "20 02 01 00", session_present);
        feed(between);
        std::string sent = client;
        if (!session.is_subscribed()) feed_suback(2);
        return sent;
    }
    void open() {
        actions.clear();
        client.clear();
        rest.clear();
        session.open(now, actions);
        client += actions.send;
    }
    void feed_suback(unsigned code) {
        const std::string id = find_subscribe_id();
        ASSERT_NE(id, "") << "the client has not subscribed";
        bool v5 = session.version() == Version::v5;
        feed(framed(0x90, id + (v5 ? std::string(1, '\0') : "") + static_cast<char>(code)));
    }
    // The packet id of the last SUBSCRIBE on this connection, as two bytes; empty: there was none.
    std::string find_subscribe_id() const {
        std::string id;
        for (std::string_view left = client; left.size() > 2;) {
            if (left[0] == '\x82') id = left.substr(2, 2);
            left.remove_prefix(std::min<std::size_t>(left.size(), 2U + static_cast<unsigned char>(left[1])));
        }
        return id;
    }
    // Bytes of the server; returns the messages that came of them.
    std::vector<Got> feed(std::string_view received) {
        rest += received;
        actions.clear();
        got_.clear();
        rest.erase(0, session.receive(rest, now, actions));
        note_actions();
        return got_;
    }
    Got feed_one(const Message& message) {
        std::vector<Got> got = feed(publish(message, session.version()));
        return got.size() == 1 ? got[0] : Got{};
    }
    // Returns what was sent.
    std::string acknowledge(const Got& got) {
        actions.clear();
        session.acknowledge({got.epoch, got.id, got.qos}, got.token, actions);
        client += actions.send;
        return actions.send;
    }
    std::string tick() {
        actions.clear();
        session.tick(now, actions);
        client += actions.send;
        if (actions.end) ended = actions.end;
        return actions.send;
    }

    Session session;
    Actions actions;
    TimePoint now{1000s};
    std::string rest;    // received, not taken yet
    std::string client;  // what the client sent on this connection
    std::optional<Connected> connected;
    std::optional<End> ended;
    int sessions_lost = 0;
    std::optional<std::uint8_t> granted;
    std::optional<std::uint8_t> unsubscribed;
    std::optional<std::uint8_t> published;
    std::uint64_t tokens = 0;

private:
    void feed(const char* v5, const char* v3, bool session_present) {
        if (session.version() == Version::v5) {
            feed(bytes(v5));
        } else {
            std::string connack = bytes(v3);
            connack[2] = session_present ? 1 : 0;
            feed(connack);
        }
    }
    void note_actions() {
        client += actions.send;
        if (actions.connected) connected = actions.connected;
        if (actions.end) ended = actions.end;
        if (actions.session_lost) ++sessions_lost;
        if (actions.subscribed) granted = actions.subscribed;
        if (actions.unsubscribed) unsubscribed = actions.unsubscribed;
        if (actions.published) published = actions.published;
    }
    std::uint64_t on_message(const Arrival& arrival) override {
        const Publish& publish = arrival.publish;
        const bool is_named = arrival.kind == ArrivalKind::fresh && publish.qos > 0;
        got_.push_back({arrival.kind, std::string(publish.payload), std::string(publish.topic), publish.packet_id,
                        publish.qos, is_named ? ++tokens : arrival.entry, session.epoch(), arrival.is_unwanted,
                        arrival.oversize, std::string(publish.properties), arrival.is_notice});
        return got_.back().token;
    }

    std::vector<Got> got_;
};

}  // namespace outflow::mqtt::test
