// An MQTT source that costs next to nothing: packets made before the run go out of one cyclic buffer, straight from
// memory to the socket, with as many unacknowledged as the client's Receive Maximum allows.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <sys/socket.h>

#include "commands.h"
#include "mqtt/decode.h"
#include "mqtt/encode.h"
#include "mqtt_wire.h"
#include "report.h"
#include "telemetry.h"

namespace outflow::bench {
namespace {

constexpr std::size_t buffer_bytes_max = 256 * 1024 * 1024;

// The packets, all of one size, with the ids 1 to their number: packet `n` of the run is the one at n % number.
struct PacketRing {
    std::string bytes;
    std::size_t packets = 0;
    std::size_t packet_bytes = 0;

    PacketRing(const FakeMqttOptions& options, mqtt::Version version, std::size_t window) : packets(window) {
        Telemetry telemetry(0, default_run_name(), options.bytes);
        Clock clock;
        bytes.reserve(packets * (options.bytes + options.topic.size() + 16));
        for (std::size_t i = 0; i < packets; ++i) {
            mqtt::Publish packet;
            packet.topic = options.topic;
            packet.payload = telemetry.message(i, clock.now());
            packet.packet_id = mqtt::PacketId{static_cast<std::uint16_t>(i + 1)};
            packet.qos = 1;
            mqtt::encode_publish(bytes, packet, nullptr, version);
        }
        packet_bytes = bytes.size() / packets;
    }
};

struct Round {
    std::uint64_t messages = 0;
    double seconds = 0;
    double own_processor = 0;
    double watched_processor = 0;

    std::string json(bool watches) const {
        auto count = static_cast<double>(messages);
        Report report;
        report.add("messages", messages);
        report.add("seconds", seconds);
        report.add("rate", count / seconds);
        report.add("processor_us_a_message", own_processor * 1e6 / count);
        if (watches) report.add("watched_processor_us_a_message", watched_processor * 1e6 / count);
        return report.text();
    }
};

class FakeSource {
public:
    explicit FakeSource(const FakeMqttOptions& options)
        : options_(options), deadline_(Clock::steady() + static_cast<Microseconds>(options.seconds * 1e6)) {}

    Result<bool> run() {
        std::uint16_t port = 0;
        TRY(Socket listener, listen_loopback(options_.port, port));
        say(fmt::format("listening 127.0.0.1:{}", port));
        if (Status status = await_subscriber(listener); !status) return failed(std::move(status).error());
        window_ = std::min<std::size_t>(
            {options_.window, receive_maximum_, buffer_bytes_max / (options_.bytes + options_.topic.size() + 16)});
        PacketRing ring(options_, version_, window_);
        unacknowledged_.assign(window_, 0);
        for (unsigned i = 0; i < options_.rounds && is_going(); ++i) run_round(ring);
        return report();
    }

private:
    bool is_going() const { return !closed_ && !stop_requested() && Clock::steady() < deadline_; }

    // Accepts one client and answers it until it has subscribed.
    Status await_subscriber(const Socket& listener) {
        while (is_going() && !subscribed_) {
            pollfd polled{socket_.is_open() ? socket_.descriptor() : listener.descriptor(), POLLIN, 0};
            wait_for({&polled, 1}, std::min<Microseconds>(deadline_ - Clock::steady(), 1'000'000));
            if (polled.revents == 0) continue;
            if (!socket_.is_open()) {
                socket_ = accept_connection(listener);
                continue;
            }
            read();
            if (!control_.flush(socket_)) closed_ = true;
        }
        if (subscribed_) return {};
        return failed(ErrorCode::timeout, "No client has connected and subscribed in time.");
    }

    void read() {
        if (in_.fill(socket_) == Received::closed) closed_ = true;
        std::string_view bytes = in_.view();
        std::size_t at = 0;
        for (RawPacket packet; (packet = next_packet(bytes.substr(at))).bytes > 0; at += packet.bytes) {
            if (packet.type() == mqtt::PacketType::puback && packet.body.size() >= 2) {
                on_puback(read_u16(packet.body.data()));
            } else {
                on_rare(bytes.substr(at, packet.bytes), packet);
            }
        }
        in_.consume(at);
    }

    void on_puback(std::size_t id) {
        if (id == 0 || id > window_ || unacknowledged_[id - 1] == 0) {
            ++unknown_acknowledgements_;
            return;
        }
        unacknowledged_[id - 1] = 0;
        if (id - 1 != acknowledged_ % window_) ++out_of_order_;
        ++acknowledged_;
    }

    void on_rare(std::string_view bytes, const RawPacket& packet) {
        if (packet.type() == mqtt::PacketType::connect) return on_connect(bytes);
        if (packet.type() == mqtt::PacketType::pingreq) control_.bytes += std::string_view("\xD0\x00", 2);
        if (packet.type() == mqtt::PacketType::subscribe && packet.body.size() >= 2) {
            control_.bytes += version_ == mqtt::Version::v5 ? "\x90\x04" : "\x90\x03";
            control_.bytes += packet.body.substr(0, 2);
            control_.bytes += version_ == mqtt::Version::v5 ? std::string_view("\x00\x01", 2) : "\x01";
            subscribed_ = true;
        }
        if (packet.type() == mqtt::PacketType::unsubscribe && packet.body.size() >= 2) {
            control_.bytes += version_ == mqtt::Version::v5 ? "\xB0\x04" : "\xB0\x02";
            control_.bytes += packet.body.substr(0, 2);
            if (version_ == mqtt::Version::v5) control_.bytes += std::string_view("\x00\x00", 2);
        }
        if (packet.type() == mqtt::PacketType::disconnect) closed_ = true;
    }

    void on_connect(std::string_view bytes) {
        for (mqtt::Version version : {mqtt::Version::v5, mqtt::Version::v3_1_1}) {
            Result<mqtt::DecodedPacket> decoded = mqtt::decode_packet(bytes, version);
            if (!decoded) continue;
            version_ = version;
            receive_maximum_ = std::get<mqtt::Connect>(decoded->packet).receive_maximum.value_or(65'535);
            receive_maximum_ = std::max<std::size_t>(receive_maximum_, 1);
            if (version == mqtt::Version::v5) control_.bytes += std::string_view("\x20\x03\x00\x00\x00", 5);
            if (version == mqtt::Version::v3_1_1) control_.bytes += std::string_view("\x20\x02\x00\x00", 4);
            return;
        }
        closed_ = true;
    }

    void run_round(const PacketRing& ring) {
        Round round;
        round.messages = options_.count;
        target_ += options_.count;
        double own_began = own_processor_seconds();
        double watched_began = options_.watch > 0 ? processor_seconds_of(options_.watch) : 0;
        Microseconds began = Clock::steady();
        Progress progress([this] { return fmt::format("fake-mqtt: {} of {} acknowledged", acknowledged_, target_); });
        while (acknowledged_ < target_ && is_going()) {
            bool can_send = extend(ring) || control_.pending() > 0;
            pollfd polled{socket_.descriptor(), static_cast<short>(POLLIN | (can_send ? POLLOUT : 0)), 0};
            wait_for({&polled, 1}, std::min<Microseconds>(deadline_ - Clock::steady(), 1'000'000));
            if ((polled.revents & ~POLLOUT) != 0) read();
            if (!closed_) send(ring);
            progress.tick(Clock::steady());
        }
        round.seconds = static_cast<double>(Clock::steady() - began) / 1e6;
        round.own_processor = own_processor_seconds() - own_began;
        if (options_.watch > 0) round.watched_processor = processor_seconds_of(options_.watch) - watched_began;
        if (acknowledged_ == target_) rounds_.push_back(round);
    }

    // Moves `allowed_` on; whether there is anything to send.
    bool extend(const PacketRing& ring) {
        while (allowed_ < target_ && allowed_ - acknowledged_ < window_ && unacknowledged_[allowed_ % window_] == 0) {
            ++allowed_;
        }
        return allowed_ * ring.packet_bytes > sent_bytes_;
    }

    void send(const PacketRing& ring) {
        bool between_packets = sent_bytes_ % ring.packet_bytes == 0;
        if (between_packets && control_.pending() > 0 && !control_.flush(socket_)) closed_ = true;
        if (between_packets && control_.pending() > 0) return;
        while (!closed_ && extend(ring)) {
            std::uint64_t at = sent_bytes_ % ring.bytes.size();
            std::uint64_t most = allowed_ * ring.packet_bytes - sent_bytes_;
            std::size_t size = std::min<std::uint64_t>(most, ring.bytes.size() - at);
            ssize_t count = ::send(socket_.descriptor(), ring.bytes.data() + at, size, MSG_NOSIGNAL);
            if (count < 0) {
                closed_ = errno != EAGAIN && errno != EINTR;
                return;
            }
            sent_bytes_ += static_cast<std::uint64_t>(count);
            for (; begun_ * ring.packet_bytes < sent_bytes_; ++begun_) unacknowledged_[begun_ % window_] = 1;
        }
    }

    bool report() const {
        std::string rounds = "[";
        for (const Round& round : rounds_) rounds += (rounds.size() > 1 ? ", " : "") + round.json(options_.watch > 0);
        Report report;
        report.add("tool", "fake-mqtt");
        report.add("bytes", options_.bytes);
        report.add("protocol", version_ == mqtt::Version::v5 ? "5" : "3.1.1");
        report.add("receive_maximum", receive_maximum_);
        report.add("window", window_);
        report.add("sent", begun_);
        report.add("acknowledged", acknowledged_);
        report.add("passing", passing());
        report.add("acknowledged_out_of_order", out_of_order_);
        report.add("unknown_acknowledgements", unknown_acknowledgements_);
        report.add_raw("rounds", rounds + "]");
        report.print();
        return rounds_.size() == options_.rounds && out_of_order_ == 0 && unknown_acknowledgements_ == 0;
    }

    // How many of the messages that were sent pass the filter: the ring repeats itself.
    std::uint64_t passing() const {
        return begun_ / window_ * Telemetry::passing(window_) + Telemetry::passing(begun_ % window_);
    }

    FakeMqttOptions options_;
    Microseconds deadline_;
    Socket socket_;
    ReceiveBuffer in_;
    SendBuffer control_;  // everything but PUBLISH; goes out between two of these
    mqtt::Version version_ = mqtt::Version::v5;
    std::size_t receive_maximum_ = 65'535;
    std::size_t window_ = 0;
    bool subscribed_ = false;
    bool closed_ = false;
    std::vector<std::uint8_t> unacknowledged_;  // by id - 1
    std::uint64_t target_ = 0;                  // of all rounds so far, as the following
    std::uint64_t allowed_ = 0;
    std::uint64_t begun_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t sent_bytes_ = 0;
    std::uint64_t out_of_order_ = 0;
    std::uint64_t unknown_acknowledgements_ = 0;
    std::vector<Round> rounds_;
};

}  // namespace

Result<bool> fake_mqtt(const FakeMqttOptions& options) { return FakeSource(options).run(); }

}  // namespace outflow::bench
