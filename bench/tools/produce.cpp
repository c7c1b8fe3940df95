// A bare RocketMQ producer at a fixed rate: what a bridge's latency is set beside. Messages go round robin over the
// topic's queues, one request in flight a queue; what is due by the time of a response goes out as one batch.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/limits.h"
#include "commands.h"
#include "report.h"
#include "rocketmq/command.h"
#include "rocketmq/properties.h"
#include "rocketmq/requests.h"
#include "rocketmq/response_class.h"
#include "rocketmq/route.h"
#include "rocketmq/unique_keys.h"
#include "socket.h"
#include "telemetry.h"

namespace outflow::bench {
namespace {

constexpr Microseconds response_limit = 10'000'000;  // for the route, and for the last responses
constexpr std::size_t properties_bytes_max = 256;    // of one message, with what frames it in a batch
constexpr std::string_view group = "bench-producer";

struct BrokerConnection {
    std::string name;
    Socket socket;
    ReceiveBuffer in;
    SendBuffer out;
};

// Message `n` of queue number `k` stands on the grid at place n * queues + k.
struct Queue {
    std::size_t broker = 0;
    std::int32_t id = 0;
    Telemetry telemetry;
    std::uint64_t quota = 0;
    std::uint64_t sent = 0;
    std::uint64_t in_flight = 0;  // the last of those sent
    std::int32_t opaque = 0;      // of the request in flight
};

Result<rocketmq::Route> ask_route(const Endpoint& name_server, const std::string& topic) {
    TRY(Socket socket, connect_loopback(name_server));
    SendBuffer out;
    ReceiveBuffer in;
    rocketmq::append_get_route(out.bytes, 1, topic);
    Microseconds deadline = Clock::steady() + response_limit;
    bool connected = out.flush(socket);
    while (connected && Clock::steady() < deadline && !stop_requested()) {
        pollfd polled{socket.descriptor(), POLLIN, 0};
        wait_for({&polled, 1}, deadline - Clock::steady());
        connected = in.fill(socket) != Received::closed;
        TRY(std::optional<rocketmq::Frame> frame, rocketmq::decode_frame(in.view()));
        if (!frame) continue;
        TRY(rocketmq::Command response, rocketmq::decode_header(*frame));
        if (response.code == rocketmq::response_code::success) return rocketmq::decode_route(frame->body);
        return failed(ErrorCode::rocketmq_no_route,
                      fmt::format("No route of topic '{}' (code {}); create it first.", topic, response.code));
    }
    return failed(ErrorCode::timeout, "The name server did not answer.");
}

class ProduceRun {
public:
    explicit ProduceRun(const ProduceOptions& options) : options_(options) {
        if (options_.run.empty()) options_.run = default_run_name();
    }

    Status connect() {
        TRY(Endpoint name_server, parse_loopback(options_.name_server));
        TRY(rocketmq::Route route, ask_route(name_server, options_.topic));
        std::vector<rocketmq::MessageQueue> found = rocketmq::publish_queues(route);
        if (found.empty()) return failed(ErrorCode::rocketmq_no_route, "The topic has no queue to send to.");
        auto count = static_cast<std::uint64_t>(options_.rate * options_.seconds);
        for (std::size_t k = 0; k < found.size(); ++k) {
            TRY(std::size_t broker, broker_of(route, found[k].broker_name));
            std::uint64_t quota = count / found.size() + (k < count % found.size() ? 1 : 0);
            Telemetry telemetry(static_cast<unsigned>(k), options_.run, options_.bytes);
            queues_.push_back({broker, found[k].queue_id, std::move(telemetry), quota, 0, 0, 0});
        }
        return {};
    }

    bool run() {
        double processor_began = own_processor_seconds();
        began_ = clock_.now();
        Microseconds limit = began_ + static_cast<Microseconds>(options_.seconds * 1e6) + response_limit;
        Progress progress(
            [this] { return fmt::format("produce: {} sent, {} stored, {} failed", sent(), stored_, failed_); });
        Microseconds now = began_;
        while (now < limit && connected_ && !stop_requested() && !is_done()) {
            wait(std::min(send_due(now), limit));
            now = clock_.now();
            progress.tick(Clock::steady());
        }
        report(static_cast<double>(now - began_) / 1e6, own_processor_seconds() - processor_began);
        return is_done() && failed_ == 0;
    }

private:
    Result<std::size_t> broker_of(const rocketmq::Route& route, const std::string& name) {
        for (std::size_t i = 0; i < brokers_.size(); ++i) {
            if (brokers_[i].name == name) return i;
        }
        const rocketmq::Broker* broker = route.find_broker(name);
        TRY(Endpoint endpoint, parse_loopback(broker == nullptr ? std::string_view() : broker->master_address()));
        TRY(Socket socket, connect_loopback(endpoint));
        brokers_.push_back({name, std::move(socket), {}, {}});
        return brokers_.size() - 1;
    }

    Microseconds intended(std::uint64_t n, std::size_t k) const {
        auto place = static_cast<double>(n * queues_.size() + k);
        return began_ + static_cast<Microseconds>(place * 1e6 / options_.rate);
    }
    bool is_done() const {
        return std::all_of(queues_.begin(), queues_.end(),
                           [](const Queue& queue) { return queue.sent == queue.quota && queue.in_flight == 0; });
    }
    std::uint64_t sent() const {
        std::uint64_t sum = 0;
        for (const Queue& queue : queues_) sum += queue.sent;
        return sum;
    }

    // Sends what is due; returns when a queue that waits for no response has its next message.
    Microseconds send_due(Microseconds now) {
        Microseconds next = std::numeric_limits<Microseconds>::max();
        std::size_t fitting = limits::batch_bytes_max / (options_.bytes + properties_bytes_max);
        std::size_t most = std::clamp<std::size_t>(fitting, 1, limits::batch_records_max);
        for (std::size_t k = 0; k < queues_.size(); ++k) {
            Queue& queue = queues_[k];
            if (queue.in_flight > 0) continue;
            std::uint64_t due = 0;
            while (due < most && queue.sent + due < queue.quota && intended(queue.sent + due, k) <= now) ++due;
            if (due > 0) send(queue, k, due);
            if (due == 0 && queue.sent < queue.quota) next = std::min(next, intended(queue.sent, k));
        }
        for (BrokerConnection& broker : brokers_) connected_ = broker.out.flush(broker.socket) && connected_;
        return next;
    }

    void send(Queue& queue, std::size_t k, std::uint64_t count) {
        BrokerConnection& broker = brokers_[queue.broker];
        rocketmq::SendHeader header;
        header.group = group;
        header.topic = options_.topic;
        header.queue_id = queue.id;
        header.born = std::chrono::milliseconds(clock_.now() / 1'000);
        header.broker_name = broker.name;
        using Kind = rocketmq::SendRequest::Kind;
        rocketmq::SendRequest request(broker.out.bytes, count == 1 ? Kind::single : Kind::batch, header);
        for (std::uint64_t i = 0; i < count; ++i, ++queue.sent) {
            Microseconds at = intended(queue.sent, k);
            std::string_view body = queue.telemetry.message(queue.sent, at);
            properties_.clear();
            rocketmq::append_property(properties_, rocketmq::property_name::unique_key, keys_.next(header.born));
            rocketmq::append_property(properties_, rocketmq::property_name::keys, queue.telemetry.id());
            rocketmq::append_property(properties_, rocketmq::property_name::tags, queue.telemetry.alarm());
            request.append({body, properties_});
            lateness_.add(clock_.now() - at);
        }
        queue.in_flight = count;
        queue.opaque = ++last_opaque_;
        request.finish(queue.opaque);
        ++requests_;
    }

    void wait(Microseconds until) {
        polled_.clear();
        for (const BrokerConnection& broker : brokers_) {
            short events = static_cast<short>(POLLIN | (broker.out.pending() > 0 ? POLLOUT : 0));
            polled_.push_back({broker.socket.descriptor(), events, 0});
        }
        wait_for(polled_, std::min<Microseconds>(until - clock_.now(), 1'000'000));
        for (std::size_t i = 0; i < brokers_.size(); ++i) {
            if ((polled_[i].revents & ~POLLOUT) != 0) connected_ = read(brokers_[i]) && connected_;
        }
    }

    bool read(BrokerConnection& broker) {
        if (broker.in.fill(broker.socket) == Received::closed) return false;
        for (;;) {
            Result<std::optional<rocketmq::Frame>> frame = rocketmq::decode_frame(broker.in.view());
            if (!frame) return false;
            if (!*frame) return true;
            Result<rocketmq::Command> response = rocketmq::decode_header(**frame);
            if (!response) return false;
            if (response->is_response()) on_response(*response);
            broker.in.consume((*frame)->size);
        }
    }

    void on_response(const rocketmq::Command& response) {
        for (std::size_t k = 0; k < queues_.size(); ++k) {
            Queue& queue = queues_[k];
            if (queue.in_flight == 0 || queue.opaque != response.opaque) continue;
            Microseconds now = clock_.now();
            rocketmq::ResponseContext context{.is_batch = queue.in_flight > 1, .topic_is_computed = false};
            auto meaning = rocketmq::classify_response(response.code, response.remark, response.version, context);
            bool is_stored = meaning == rocketmq::ResponseClass::stored;
            (is_stored ? stored_ : failed_) += queue.in_flight;
            if (!is_stored && failure_.empty()) {
                failure_ = rocketmq::explain_response(response.code, response.remark, response.version, context);
            }
            for (; queue.in_flight > 0; --queue.in_flight) {
                answered_.add(now - intended(queue.sent - queue.in_flight, k));
            }
            return;
        }
    }

    void report(double seconds, double processor_seconds) const {
        std::uint64_t passing = 0;
        for (const Queue& queue : queues_) passing += Telemetry::passing(queue.sent);
        Report report;
        report.add("tool", "produce");
        report.add("run", options_.run);
        report.add("bytes", options_.bytes);
        report.add("queues", queues_.size());
        report.add("intended_rate", options_.rate);
        report.add("sent", sent());
        report.add("stored", stored_);
        report.add("failed", failed_);
        if (!failure_.empty()) report.add("failure", failure_);
        report.add("passing", passing);
        report.add("requests", requests_);
        report.add("began_at_us", began_);
        report.add("seconds", seconds);
        report.add("rate", static_cast<double>(stored_) / seconds);
        report.add("processor_seconds", processor_seconds);
        report.add("processor_us_a_message", processor_seconds * 1e6 / static_cast<double>(sent()));
        report.add_raw("lateness_us", lateness_.json());
        report.add_raw("answered_us", answered_.json());  // from the intended time to the broker's response
        report.add("connection_lost", !connected_);
        report.print();
    }

    ProduceOptions options_;
    std::vector<BrokerConnection> brokers_;
    std::vector<Queue> queues_;
    std::vector<pollfd> polled_;
    Clock clock_;
    rocketmq::UniqueKeys keys_{0x7F000001, static_cast<std::uint32_t>(getpid()),
                               static_cast<std::uint32_t>(Clock::steady())};
    std::string properties_;
    Durations lateness_;
    Durations answered_;
    std::int32_t last_opaque_ = 0;
    std::uint64_t requests_ = 0;
    std::uint64_t stored_ = 0;
    std::uint64_t failed_ = 0;
    std::string failure_;  // of the first that failed
    bool connected_ = true;
    Microseconds began_ = 0;
};

}  // namespace

Result<bool> produce(const ProduceOptions& options) {
    ProduceRun run(options);
    if (Status status = run.connect(); !status) return failed(std::move(status).error());
    return run.run();
}

}  // namespace outflow::bench
