// MQTT publishers on one thread: closed loop (so many unacknowledged) or open loop (a grid of intended times that
// nothing slows down).
#include <algorithm>
#include <bitset>
#include <cmath>
#include <deque>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/bytes.h"
#include "commands.h"
#include "mqtt/encode.h"
#include "mqtt_wire.h"
#include "report.h"
#include "telemetry.h"

namespace outflow::bench {
namespace {

constexpr std::size_t buffered_bytes_max = 256 * 1024;  // of a publisher whose socket takes no more
constexpr Microseconds drain_limit = 10'000'000;        // for the last acknowledgements
constexpr Microseconds read_period = 5'000;             // an open loop reads acknowledgements so often
constexpr std::uint8_t refused_from = 0x80;             // reason codes of a PUBACK

// One connection. Its message `n` carries the sequence number `n`.
class Publisher {
public:
    Publisher(MqttClient client, Telemetry telemetry, const std::string& topic, unsigned qos, mqtt::Version version,
              unsigned window)
        : client_(std::move(client)), telemetry_(std::move(telemetry)), qos_(qos) {
        window_ = std::min({window, 65'535U, static_cast<unsigned>(client_.server_receive_maximum)});
        std::string payload(telemetry_.bytes(), 'x');
        mqtt::Publish packet;
        packet.topic = topic;
        packet.payload = payload;
        packet.packet_id = mqtt::PacketId{1};
        packet.qos = static_cast<std::uint8_t>(qos);
        mqtt::encode_publish(template_, packet, nullptr, version);
        template_.resize(template_.size() - payload.size());
        id_at_ = template_.size() - (version == mqtt::Version::v5 ? 3 : 2);
    }

    bool may_publish() const { return in_flight() < window_ && out_.pending() < buffered_bytes_max; }
    bool window_is_full() const { return in_flight() >= window_; }
    unsigned window() const { return window_; }

    void publish(Microseconds at) {
        std::size_t begin = out_.bytes.size();
        out_.bytes += template_;
        if (qos_ > 0) put_integer(out_.bytes, begin + id_at_, take_id());
        out_.bytes += telemetry_.message(published_, at);
        ++published_;
        if (qos_ == 0) ++acknowledged_;
    }

    // False: the connection is gone.
    bool flush() { return out_.flush(client_.socket); }
    bool read() {
        if (client_.in.fill(client_.socket) == Received::closed) return false;
        std::string_view bytes = client_.in.view();
        std::size_t at = 0;
        for (RawPacket packet; (packet = next_packet(bytes.substr(at))).bytes > 0; at += packet.bytes) {
            if (packet.type() == mqtt::PacketType::disconnect) return false;
            if (packet.type() == mqtt::PacketType::puback && packet.body.size() >= 2) on_puback(packet.body);
        }
        client_.in.consume(at);
        return true;
    }
    void disconnect(mqtt::Version version) {
        mqtt::encode_disconnect(out_.bytes, 0, version);
        flush();
    }

    pollfd polled(bool reads) const {
        short events = static_cast<short>((reads ? POLLIN : 0) | (out_.pending() > 0 ? POLLOUT : 0));
        return {client_.socket.descriptor(), events, 0};
    }
    std::uint64_t published() const { return published_; }
    std::uint64_t acknowledged() const { return acknowledged_; }
    std::uint64_t refused() const { return refused_; }

private:
    std::uint64_t in_flight() const { return published_ - acknowledged_; }

    std::uint16_t take_id() {
        do {
            last_id_ = last_id_ == 65'535 ? std::uint16_t{1} : static_cast<std::uint16_t>(last_id_ + 1);
        } while (used_ids_[last_id_]);
        used_ids_[last_id_] = true;
        return last_id_;
    }
    void on_puback(std::string_view body) {
        std::uint16_t id = read_u16(body.data());
        if (!used_ids_[id]) return;
        used_ids_[id] = false;
        ++acknowledged_;
        if (body.size() > 2 && static_cast<std::uint8_t>(body[2]) >= refused_from) ++refused_;
    }

    MqttClient client_;
    Telemetry telemetry_;
    unsigned qos_;
    unsigned window_ = 0;
    std::string template_;  // everything before the payload
    std::size_t id_at_ = 0;
    SendBuffer out_;
    std::bitset<65'536> used_ids_;
    std::uint16_t last_id_ = 0;
    std::uint64_t published_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t refused_ = 0;
};

class PublishRun {
public:
    explicit PublishRun(const PublishOptions& options)
        : options_(options), version_(options.protocol == "5" ? mqtt::Version::v5 : mqtt::Version::v3_1_1) {
        if (options_.run.empty()) options_.run = default_run_name();
        auto most = static_cast<std::uint64_t>(telemetry_messages_max) * options_.publishers;
        if (options_.rate > 0) most = std::min(most, static_cast<std::uint64_t>(options_.rate * options_.seconds));
        count_ = options_.count == 0 ? most : std::min(most, options_.count);
    }

    Status connect() {
        TRY(Endpoint endpoint, parse_loopback(options_.mqtt));
        unsigned window = options_.rate > 0 ? 65'535 : options_.window;
        for (unsigned i = 0; i < options_.publishers; ++i) {
            TRY(MqttClient client, open_mqtt(endpoint, version_, fmt::format("bench-p{}-{}", i, getpid())));
            publishers_.emplace_back(std::move(client), Telemetry(i, options_.run, options_.bytes),
                                     fmt::format("{}{}", options_.topic_prefix, i), options_.qos, version_, window);
        }
        return {};
    }

    bool run() {
        double processor_began = own_processor_seconds();
        began_ = clock_.now();
        // The seconds end a closed loop; an open loop has its count from them and publishes also what is late.
        Microseconds send_until = began_ + static_cast<Microseconds>(options_.seconds * 1e6);
        if (options_.rate > 0) send_until += drain_limit;
        Progress progress([this] {
            return fmt::format("publish: {} published, {} acknowledged", total(&Publisher::published),
                               total(&Publisher::acknowledged));
        });
        Microseconds now = began_;
        for (; now < send_until && is_going() && !all_published(); now = turn_end(progress)) {
            Microseconds next = options_.rate > 0 ? publish_due(now) : fill_windows(now);
            wait(std::min(next, send_until));
        }
        Microseconds limit = now + drain_limit;
        for (; now < limit && is_going() && !all_acknowledged(); now = turn_end(progress)) wait(limit);
        ended_ = now;
        processor_seconds_ = own_processor_seconds() - processor_began;
        for (Publisher& publisher : publishers_) publisher.disconnect(version_);
        return report();
    }

private:
    bool is_going() const { return connected_ && !stop_requested(); }

    Microseconds turn_end(Progress& progress) {
        progress.tick(Clock::steady());
        return clock_.now();
    }

    std::uint64_t quota(std::size_t publisher) const {
        return count_ / publishers_.size() + (publisher < count_ % publishers_.size() ? 1 : 0);
    }
    std::uint64_t total(std::uint64_t (Publisher::*member)() const) const {
        std::uint64_t sum = 0;
        for (const Publisher& publisher : publishers_) sum += (publisher.*member)();
        return sum;
    }
    bool all_published() const { return total(&Publisher::published) >= count_; }
    bool all_acknowledged() const { return total(&Publisher::acknowledged) >= total(&Publisher::published); }

    // Message `n` of publisher `k` stands on the grid at place n * publishers + k.
    Microseconds intended(const Publisher& publisher, std::size_t k) const {
        auto place = static_cast<double>(publisher.published() * publishers_.size() + k);
        return began_ + static_cast<Microseconds>(place * 1e6 / options_.rate);
    }

    // Publishes what is due; returns when the next message is.
    Microseconds publish_due(Microseconds now) {
        Microseconds next = std::numeric_limits<Microseconds>::max();
        for (std::size_t k = 0; k < publishers_.size(); ++k) {
            Publisher& publisher = publishers_[k];
            Microseconds at = intended(publisher, k);
            while (publisher.published() < quota(k) && at <= now && publisher.may_publish()) {
                publisher.publish(at);
                lateness_.add(clock_.now() - at);
                at = intended(publisher, k);
            }
            connected_ = publisher.flush() && connected_;
            if (publisher.published() >= quota(k)) continue;
            if (at <= now && publisher.window_is_full()) ++window_hits_;
            if (at > now || publisher.may_publish()) next = std::min(next, at);
        }
        return next;
    }

    Microseconds fill_windows(Microseconds now) {
        for (std::size_t k = 0; k < publishers_.size(); ++k) {
            Publisher& publisher = publishers_[k];
            while (publisher.published() < quota(k) && publisher.may_publish()) publisher.publish(now);
            connected_ = publisher.flush() && connected_;
        }
        return now + 1'000'000;
    }

    // In the open loop only the grid wakes the publishers: a wake for each acknowledgement would double what they cost.
    void wait(Microseconds until) {
        bool reads = options_.rate == 0 || all_published();
        polled_.clear();
        for (const Publisher& publisher : publishers_) polled_.push_back(publisher.polled(reads));
        wait_for(polled_, std::min<Microseconds>(until - clock_.now(), reads ? 1'000'000 : read_period));
        bool reads_now = !reads && clock_.now() - last_read_ >= read_period;
        if (reads_now) last_read_ = clock_.now();
        for (std::size_t k = 0; k < publishers_.size(); ++k) {
            if ((polled_[k].revents & POLLOUT) != 0) connected_ = publishers_[k].flush() && connected_;
            if ((polled_[k].revents & ~POLLOUT) != 0 || reads_now) connected_ = publishers_[k].read() && connected_;
        }
    }

    bool report() const {
        std::uint64_t published = total(&Publisher::published);
        std::uint64_t acknowledged = total(&Publisher::acknowledged);
        std::uint64_t passing = 0;
        for (const Publisher& publisher : publishers_) passing += Telemetry::passing(publisher.published());
        double seconds = static_cast<double>(ended_ - began_) / 1e6;
        Report report;
        report.add("tool", "publish");
        report.add("run", options_.run);
        report.add("publishers", options_.publishers);
        report.add("qos", options_.qos);
        report.add("bytes", options_.bytes);
        report.add_raw("intended_rate", options_.rate > 0 ? fmt::format("{:g}", options_.rate) : "null");
        report.add("window", publishers_.front().window());
        report.add("published", published);
        report.add("acknowledged", acknowledged);
        report.add("refused", total(&Publisher::refused));
        report.add("passing", passing);
        report.add("began_at_us", began_);
        report.add("seconds", seconds);
        report.add("rate", static_cast<double>(acknowledged) / seconds);
        report.add("processor_seconds", processor_seconds_);
        report.add("processor_us_a_message", processor_seconds_ * 1e6 / static_cast<double>(published));
        report.add_raw("lateness_us", lateness_.json());
        report.add("window_was_full", window_hits_ > 0);  // an open loop was slowed by missing acknowledgements
        report.add("connection_lost", !connected_);
        report.print();
        return connected_ && published > 0 && acknowledged == published && total(&Publisher::refused) == 0;
    }

    PublishOptions options_;
    mqtt::Version version_;
    std::uint64_t count_ = 0;
    std::deque<Publisher> publishers_;
    std::vector<pollfd> polled_;
    Clock clock_;
    Durations lateness_;
    std::uint64_t window_hits_ = 0;
    bool connected_ = true;
    Microseconds last_read_ = 0;
    Microseconds began_ = 0;
    Microseconds ended_ = 0;
    double processor_seconds_ = 0;
};

}  // namespace

Result<bool> publish(const PublishOptions& options) {
    PublishRun run(options);
    if (Status status = run.connect(); !status) return failed(std::move(status).error());
    return run.run();
}

}  // namespace outflow::bench
