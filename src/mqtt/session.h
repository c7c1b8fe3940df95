// The client side of one MQTT session as a state machine: bytes, ticks and requests in, Actions out; no I/O, no clock.
//
//   closed --open--> connecting --CONNACK--> subscribing --SUBACK--> running
//     ^                  |                       |                      |
//     '----on_closed-----+-----------------------+----- Actions::end ---'
//
// It subscribes to one filter, publishes nothing but what a broker wants to be told by its clients, and leaves it to the
// caller when a message is acknowledged:
//
//   receive() { Receiver::on_message(arrival) -> its token } ... acknowledge(receipt, token)
//
// Entries (messages whose acknowledgement is not written) outlive connections; inflight.h decides which
// arrival is a redelivery of one (docs/delivery.md, section 3). An acknowledgement of an earlier connection's epoch is
// never sent: there the id may name another message by now.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "mqtt/decode.h"
#include "mqtt/drain.h"
#include "mqtt/inflight.h"
#include "mqtt/packet.h"
#include "mqtt/reason.h"

namespace outflow::mqtt {

using TimePoint = std::chrono::steady_clock::time_point;

enum class Retained : std::uint8_t { never, only_new };

struct SessionOptions {
    std::string client_id;  // empty: the server assigns one (v5), which is used from then on
    std::optional<std::string> username;
    std::optional<std::string> password;  // 3.1.1: only together with a user name
    Version version = Version::v5;
    std::uint16_t keep_alive_seconds = 60;     // 0: no PINGREQ
    std::uint32_t session_expiry_seconds = 0;  // v5; 0xFFFFFFFF: never. 3.1.1 asks to keep the session
    bool clean_session = false;                // starts anew, ends with the connection; with an expiry of 0
    std::uint16_t receive_maximum = limits::receive_maximum_default;  // v5; not 0
    std::string filter;  // valid, see topic.h; empty: no subscription is made
    std::uint8_t qos = 1;
    Retained retained = Retained::only_new;
    std::size_t packet_bytes_max = limits::mqtt_packet_bytes_max;  // a larger PUBLISH is drained
    std::uint16_t server_port = 0;  // 0: unknown. Only for what is said when the server does not answer
    bool has_notices = false;       // what comes with a topic below $SYS/ is for this client itself: a notice
    std::string refused_hint;       // a sentence for people: what to do when user name, password or a right is refused
};

enum class ArrivalKind : std::uint8_t {
    fresh,                        // new: take it
    redelivered_here,             // of an entry of this connection, nothing to do
    redelivered_after_reconnect,  // of an entry of an earlier connection: it keeps its state, takes its new place in the
                                  // order of receipt, and is acknowledged with this epoch
};

struct Arrival {
    Publish
        publish;  // views into the bytes of receive(), or with `oversize` into the session, until on_message() returns
    ArrivalKind kind = ArrivalKind::fresh;
    bool is_unwanted = false;          // settle as filtered: a retained message, and none is wanted, or a notice
    bool is_notice = false;            // see SessionOptions::has_notices; redeliveries are none
    std::uint64_t entry = 0;           // of a redelivery: the token of its message
    std::optional<Oversize> oversize;  // the payload was over the limit: publish.payload is its beginning only
};

// Which acknowledgement a message is owed, and on which connection.
struct Receipt {
    std::uint32_t epoch = 0;  // in which it was received
    PacketId packet_id = PacketId::none;
    std::uint8_t qos = 0;

    // For who keeps receipts without knowing what they are.
    std::uint64_t number() const {
        return std::uint64_t{epoch} << 32 | std::uint64_t{static_cast<std::uint16_t>(packet_id)} << 8 | qos;
    }
    static Receipt from_number(std::uint64_t number) {
        return {static_cast<std::uint32_t>(number >> 32), PacketId{static_cast<std::uint16_t>(number >> 8)},
                static_cast<std::uint8_t>(number)};
    }
};

// Who takes the messages of a session.
class Receiver {
public:
    virtual ~Receiver() = default;
    // One message after another, in the order of receipt, from within Session::receive(). Returns the token of a fresh
    // message with QoS 1 or 2, by which redeliveries and acknowledge() name it from then on; else what is returned
    // means nothing. Calls nothing that changes the session: an acknowledgement, too, waits until receive() has
    // returned. So do the Actions of that call, those of packets in front of a message also.
    virtual std::uint64_t on_message(const Arrival& arrival) = 0;
};

struct Connected {
    bool session_present = false;
    std::uint16_t keep_alive_seconds = 0;  // the one in force
    std::uint32_t session_expiry_seconds = 0;
    std::string_view client_id;  // the one in force; valid as long as the session
};

// This connection is over: write what is in Actions::send, close it, do as `action` says.
struct End {
    EndAction action = EndAction::reconnect;
    std::uint8_t code = 0;     // the server's reason code, or the one that we sent; 0: none
    std::string sentence;      // for people, with the server's reason string if it gave one
    bool unexplained = false;  // the server closed an accepted connection without a reason
};

// What the caller has to do after a call. Reused: clear() between calls, once all of it was done.
struct Actions {
    std::string send;  // bytes to write, in order; the session only appends
    std::optional<Connected> connected;
    bool session_lost = false;                 // a session was expected and is gone: messages may be missing
    std::optional<std::uint8_t> subscribed;    // granted QoS
    std::optional<std::uint8_t> unsubscribed;  // the code of UNSUBACK, 0 in 3.1.1
    std::optional<std::uint8_t> published;     // the code of PUBACK, 0 in 3.1.1
    bool ping_answered = false;                // PINGRESP: all that the server had sent before it has come
    std::optional<End> end;

    void clear();  // keeps memory
};

struct SessionCounters {
    std::uint64_t publishes = 0;               // all, redeliveries included
    std::uint64_t redeliveries = 0;            // given as redelivered_here or redelivered_after_reconnect
    std::uint64_t released_redeliveries = 0;   // QoS 2 redeliveries answered with PUBREC again, not given
    std::uint64_t overruns = 0;                // PUBLISHes beyond our receive maximum (taken nevertheless)
    std::uint64_t stale_acknowledgements = 0;  // of an earlier epoch or of a closed connection: not sent
    std::uint64_t unknown_releases = 0;        // PUBRELs without a PUBREC of ours
    std::uint64_t orphans_dropped = 0;         // entries that did not come again
    std::uint64_t oversize = 0;
    std::uint64_t sessions_lost = 0;
};

class Session {
public:
    // The receiver outlives the session.
    Session(SessionOptions options, Receiver& receiver);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Between connections only (assertion).
    void set_version(Version version);
    void set_receive_maximum(std::uint16_t receive_maximum);
    void set_password(std::string password);

    // A new connection is up: begins a new epoch and writes CONNECT.
    void open(TimePoint now, Actions& actions);

    // Takes bytes of the connection: the rest that the previous call left, followed by new ones. Gives the messages in
    // them to the receiver. Returns how many bytes are done with; the rest is an incomplete packet. Once it ended
    // everything is swallowed: messages in front of the end were given.
    std::size_t receive(std::string_view bytes, TimePoint now, Actions& actions);

    // Writes PUBACK or PUBREC for a message; call in the order of receipt. QoS 0 is nothing. Of another epoch or of a
    // connection that is over: counted, nothing is written, the entry is kept.
    void acknowledge(const Receipt& receipt, std::uint64_t token, Actions& actions);

    // For a filter that the task had before, or for its own, which the next connection subscribes to again; the
    // response is Actions::unsubscribed. One at a time, and only while connected.
    void unsubscribe(std::string_view filter, TimePoint now, Actions& actions);

    // Publishes with QoS 1; the response is Actions::published, and none comes when the connection ends first. One at a
    // time, and only while subscribed (assertion). `topic` is valid, see topic.h.
    void publish(std::string_view topic, std::string_view payload, TimePoint now, Actions& actions);
    bool is_publishing() const { return publish_id_ != PacketId::none; }

    // Asks the server for a sign of life; the answer is Actions::ping_answered. Only while connected.
    void ping(TimePoint now, Actions& actions);

    // A clean stop: writes DISCONNECT; the session stays at the server. Nothing is sent after it.
    void disconnect(Actions& actions);

    // The caller found a received packet malformed, e.g. its properties: says so to the server and ends the connection.
    void close_malformed(const Error& error, TimePoint now, Actions& actions);

    // The caller stopped (true) or resumed reading: while stopped, missing responses of the server are no fault.
    void reading_paused(bool paused, TimePoint now);

    // Timers: PINGREQ, and deadlines of CONNACK, SUBACK and PINGRESP.
    void tick(TimePoint now, Actions& actions);
    // When to call tick() at the latest; nothing while closed.
    std::optional<TimePoint> next_tick() const;

    // The connection closed. Says what to do: what `end` said, or, when the server said nothing, how far it had come;
    // of a connection that was well the sentence is empty.
    End on_closed(TimePoint now);

    std::uint32_t epoch() const { return epoch_; }  // of the current or last connection; the first is 1
    Version version() const { return options_.version; }
    std::uint16_t receive_maximum() const { return options_.receive_maximum; }
    bool session_present() const { return session_present_; }  // as CONNACK said
    bool is_subscribed() const { return state_ == State::running; }
    // Entries of this connection, and of earlier ones that did not come again yet.
    std::size_t held() const { return inflight_.held(); }
    std::size_t orphans() const { return inflight_.orphans(); }
    // Messages that count against our receive maximum: received on this connection and not answered with PUBACK or
    // PUBCOMP.
    std::size_t outstanding() const { return inflight_.outstanding(); }
    const SessionCounters& counters() const { return counters_; }

private:
    enum class State : std::uint8_t { closed, connecting, subscribing, running, ended };

    std::size_t receive_packet(std::string_view rest, Actions& actions);
    std::size_t drain(std::string_view rest, Actions& actions);
    bool on_packet(const FixedHeader& header, std::string_view body, Actions& actions);
    bool on_publish(const FixedHeader& header, std::string_view body, Actions& actions);
    void take(Arrival& arrival, std::uint64_t hash, Actions& actions);
    void on_connack(const Connack& connack, Actions& actions);
    void on_refused(const Connack& connack, Actions& actions);
    std::optional<std::string> disagreement(const Connack& connack) const;
    void subscribe(Actions& actions);
    void on_suback(const SubscriptionResponse& response, Actions& actions);
    void on_unsuback(const SubscriptionResponse& response, Actions& actions);
    void on_release(const Acknowledgement& release, Actions& actions);
    bool on_published(const Acknowledgement& response, Actions& actions);
    void on_disconnect(const Disconnect& disconnect, Actions& actions);
    void unexpected(PacketType type, Actions& actions);
    void no_mqtt(std::string_view bytes, const Error& error, Actions& actions);
    std::string without_response(std::string_view sentence) const;
    void end(EndAction action, std::uint8_t code, std::string sentence, Actions& actions);
    void end_by_server(ReasonMeaning meaning, std::uint8_t code, std::string sentence, Actions& actions);
    bool is_unwanted(const Publish& publish) const;
    void run(std::uint8_t granted_qos, Actions& actions);
    bool keeps_session() const;
    bool is_open() const;
    std::optional<TimePoint> next_ping() const;
    PacketId next_packet_id();
    void sent();

    SessionOptions options_;
    Receiver& receiver_;
    InflightTable inflight_;
    Drain drain_;
    SessionCounters counters_;
    State state_ = State::closed;
    std::uint32_t epoch_ = 0;
    std::uint16_t last_packet_id_ = 0;  // of SUBSCRIBE, UNSUBSCRIBE and PUBLISH
    PacketId subscribe_id_ = PacketId::none;
    int subscribe_tries_ = 0;  // on this connection
    PacketId unsubscribe_id_ = PacketId::none;
    PacketId publish_id_ = PacketId::none;
    bool had_session_ = false;  // a connect of this process succeeded
    bool session_present_ = false;
    std::optional<std::uint8_t> granted_;  // by a SUBACK that this process has seen in this session
    bool any_byte_ = false;                // the server said something on this connection
    bool paused_ = false;
    bool ping_outstanding_ = false;
    std::uint16_t keep_alive_seconds_ = 0;  // in force
    std::size_t rest_bytes_ = 0;            // left by the last receive()
    TimePoint now_{};                       // of the last call that told it
    TimePoint last_sent_{};
    TimePoint response_deadline_{};        // of CONNACK or SUBACK
    TimePoint subscribe_deadline_{};       // of SUBACK, whatever arrives meanwhile
    TimePoint ping_deadline_{};            // of PINGRESP, if outstanding
    std::optional<TimePoint> last_fault_;  // ours, as the server said
    std::optional<TimePoint> last_malformed_;
    std::optional<End> end_;  // of the current connection
};

}  // namespace outflow::mqtt
