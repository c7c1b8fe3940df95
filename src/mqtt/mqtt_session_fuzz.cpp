// Two peers: the input drives what the server sends, the clock, the acknowledgements and the reconnects of a session.
// Asserted: an acknowledgement is written only for a message received in this epoch, in the order of the calls; a
// redelivery is one of a message with the same content that is not acknowledged yet; receive() leaves nothing that it
// could take.
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "base/assert.h"
#include "base/bytes.h"
#include "mqtt/session.h"
#include "mqtt/test_bytes.h"

using namespace outflow;
using namespace outflow::mqtt;

namespace {

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
    bool is_empty() const { return rest_.empty(); }
    unsigned byte() {
        if (rest_.empty()) return 0;
        auto value = static_cast<unsigned char>(rest_[0]);
        rest_.remove_prefix(1);
        return value;
    }
    std::string_view bytes(std::size_t count) {
        std::string_view result = rest_.substr(0, count);
        rest_.remove_prefix(result.size());
        return result;
    }

private:
    std::string_view rest_;
};

struct Held {
    Receipt receipt;
    std::uint64_t token = 0;
};

class Peer : private Receiver {
public:
    explicit Peer(unsigned choices) : version_(version_of(choices)), session_(options(choices), *this) {}

    void connect(bool session_present) {
        session_.on_closed(now_);
        received_.clear();
        unread_.clear();
        actions_.clear();
        session_.open(now_, actions_);
        std::string connack = test::bytes(version_ == Version::v5 ? "20 03 00 00 00" : "20 02 00 00");
        connack[2] = session_present ? 1 : 0;
        if (!session_present) released_.clear();
        feed(connack);
    }

    void suback(unsigned id) {
        std::string body = test::u16(id);
        if (version_ == Version::v5) body.push_back('\0');
        feed(test::framed(0x90, body + '\2'));
    }

    void publish(unsigned id, unsigned flags, std::string_view payload) {
        unsigned qos = flags >> 1 & 3;
        std::string body("\0\1t", 3);
        if (qos > 0) body += test::u16(id);
        if (version_ == Version::v5) body.push_back('\0');
        feed(test::framed(0x30U | (flags & 0x0F), body + std::string(payload)));
    }

    void pubrel(unsigned id) { feed(test::framed(0x62, test::u16(id))); }

    void feed(std::string_view received) {
        unread_ += received;
        actions_.clear();
        std::size_t taken = session_.receive(unread_, now_, actions_);
        OUTFLOW_ASSERT(taken <= unread_.size());
        check_responses(actions_.send);
        unread_.erase(0, taken);
        OUTFLOW_ASSERT(session_.receive(unread_, now_, actions_) == 0);  // no whole packet was left
    }

    void acknowledge_oldest() {
        if (held_.empty()) return;
        Held held = held_.front();
        held_.pop_front();
        bool is_open = session_.next_tick().has_value() || paused_;
        actions_.clear();
        session_.acknowledge(held.receipt, held.token, actions_);
        if (actions_.send.empty()) return;
        const auto& [epoch, id, qos] = held.receipt;
        OUTFLOW_ASSERT(is_open && epoch == session_.epoch() && received_.contains(id));
        std::string expected(1, qos == 1 ? '\x40' : '\x50');
        OUTFLOW_ASSERT(actions_.send == expected + '\2' + test::u16(static_cast<unsigned>(id)));
        written_.insert(held.token);
        if (qos == 2) released_.insert(id);
    }

    void tick(unsigned seconds) {
        now_ += std::chrono::seconds(seconds);
        actions_.clear();
        session_.tick(now_, actions_);
    }

    void pause(bool paused) {
        paused_ = paused;
        session_.reading_paused(paused, now_);
    }

private:
    static Version version_of(unsigned choices) { return (choices & 1) != 0 ? Version::v5 : Version::v3_1_1; }
    static SessionOptions options(unsigned choices) {
        SessionOptions result;
        result.client_id = "c";
        result.version = version_of(choices);
        result.session_expiry_seconds = 60;
        result.filter = "#";
        result.qos = 2;
        result.receive_maximum = 4;
        result.retained = (choices & 2) != 0 ? Retained::never : Retained::only_new;
        result.packet_bytes_max = (choices & 4) != 0 ? 20 : 1000;
        return result;
    }

    std::uint64_t on_message(const Arrival& arrival) override {
        const Publish& message = arrival.publish;
        if (message.qos == 0) return 0;
        received_.insert(message.packet_id);
        std::string content = std::string(message.topic) + '\0' + std::string(message.payload);
        std::uint64_t token = arrival.entry;
        if (arrival.kind == ArrivalKind::fresh) {
            token = ++tokens_;
            contents_[token] = content;
        } else {
            OUTFLOW_ASSERT(contents_.contains(token) && contents_[token] == content && !written_.contains(token));
        }
        if (arrival.kind != ArrivalKind::redelivered_here) {
            held_.push_back({{session_.epoch(), message.packet_id, message.qos}, token});
        }
        return token;
    }

    // Acknowledgements that receive() writes by itself are PUBRECs for ids that had one, and PUBCOMPs.
    void check_responses(std::string_view sent) {
        while (!sent.empty()) {
            unsigned type = static_cast<unsigned char>(sent[0]) >> 4;
            OUTFLOW_ASSERT(sent.size() >= 2 && static_cast<unsigned char>(sent[1]) < 128);
            std::size_t size = 2 + static_cast<std::size_t>(sent[1]);
            OUTFLOW_ASSERT(sent.size() >= size && (type == 5 || type == 7 || type == 8 || type == 14 || type == 1));
            if (type == 5) {
                PacketId id{ByteReader(sent.substr(2)).u16()};
                OUTFLOW_ASSERT(released_.contains(id));
            }
            sent.remove_prefix(size);
        }
    }

    Version version_;
    Session session_;
    Actions actions_;
    TimePoint now_{std::chrono::hours(1)};
    std::string unread_;
    std::deque<Held> held_;
    std::set<PacketId> received_;  // in this epoch
    std::set<PacketId> released_;  // had a PUBREC
    std::set<std::uint64_t> written_;
    std::map<std::uint64_t, std::string> contents_;
    std::uint64_t tokens_ = 0;
    bool paused_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    Peer peer(input.byte());
    peer.connect(false);
    while (!input.is_empty()) {
        unsigned step = input.byte();
        switch (step & 7) {
        case 0: peer.feed(input.bytes(step >> 3)); break;
        case 1:
        case 2: {
            unsigned choice = input.byte();
            peer.publish(1 + (choice >> 4 & 3), choice & 0x0F, input.bytes(step >> 3));
            break;
        }
        case 3: peer.acknowledge_oldest(); break;
        case 4: peer.pubrel(1 + (step >> 3 & 3)); break;
        case 5: peer.connect((step & 8) != 0); break;
        case 6: peer.tick(step >> 3); break;
        case 7: (step & 0x80) != 0 ? peer.pause((step & 8) != 0) : peer.suback(0xFFFF - (step >> 3)); break;
        }
    }
    return 0;
}
