#include "story.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outflow::sim {

namespace {

constexpr std::chrono::seconds progress_max{150};  // once nothing goes wrong any more
constexpr std::chrono::seconds stop_max{15};
constexpr std::chrono::seconds grace{10};
constexpr std::chrono::seconds supervisor_wait{1};
constexpr int ends_seen = 3;

Promises promises_of(const Plan& plan, const Shape& shape) {
    Promises promises;
    // Beside its budget: what one read brings, and what brokers do not take of requests that hold it once more.
    promises.held_bytes_max =
        shape.memory_bytes_max() + 2 * limits::chunk_bytes +
        std::min(shape.memory_bytes_max(),
                 2 * limits::batch_bytes_max * static_cast<std::size_t>(plan.rocketmq.number("brokers", 1)));
    promises.silence_max += std::chrono::seconds(plan.task.number("send_timeout", 10));
    const bool has_one_limit =
        std::ranges::none_of(plan.happenings, [](const Happening& one) { return one.words.is("kind", "rate", ""); });
    if (has_one_limit && !plan.task.is("split", "yes", "no"))
        promises.rate_limit = static_cast<std::uint64_t>(plan.task.number("rate", 0));
    const bool speaks_5 = habits_of(plan.mqtt.text("broker", "mosquitto")).speaks_5;
    if (!speaks_5 && plan.task.is("protocol", "auto", "auto")) promises.mqtt_connects_max *= 2;  // 5 first, then 3.1.1
    return promises;
}

// A new process knows no session but its own, a removed task wants none, and who refuses a task ends it.
bool leaves_without_subscription(const Happening& one) {
    return one.what == "outflow.remove" || one.what == "outflow.kill" || one.what == "outflow.power" ||
           one.what == "outflow.stop" || one.what == "outflow.disable" || one.what == "rocketmq.fault" ||
           one.words.is("loses", "sessions", "nothing") || one.words.number("bad", 0) > 0;
}

}  // namespace

Story::Story(const Plan& plan, bool is_traced)
    : plan_(plan),
      shape_(plan),
      world_(plan.seed, is_traced),
      random_(plan.seed, "story"),
      oracle_(world_, promises_of(plan, shape_)),
      task_(shape_.document()),
      is_kept_(plan.task.is("store", "yes", "no")),
      acks_(world_.network(), oracle_),
      letters_(outflow_host_, oracle_),
      habits_(habits_of(plan.mqtt.text("broker", "mosquitto"))),
      queues_(static_cast<std::uint32_t>(plan.rocketmq.number("queues", 4))) {
    if (!shape_.error().empty()) world_.fail("plan", shape_.error());
    if (shape_.stops_at_bad_ones()) oracle_.stops_at_bad_ones();
    NetworkOptions& options = world_.network().options;
    options.latency_most = std::chrono::microseconds(plan.network.number("latency_us", 500));
    options.latency_least = options.latency_most / 10;
    options.buffer_bytes = static_cast<std::size_t>(plan.network.number("buffer", 64 * 1024));
    options.split_percent = static_cast<std::uint64_t>(plan.network.number("split", 20));
    world_.stage_delay_max = Milliseconds(plan.task.number("late_ms", 0));
    world_.network().add(outflow_host_);
    world_.network().add(mqtt_host_);
    for (int i = 0; i < plan.rocketmq.number("brokers", 1); ++i) {
        Host host{.name = fmt::format("rocketmq-{}", static_cast<char>('a' + i)),
                  .address = fmt::format("10.0.0.{}", 3 + i)};
        brokers_.push_back(std::make_unique<Broker>(Broker{.host = std::move(host)}));
        world_.network().add(brokers_.back()->host);
        watch_log(brokers_.back()->host, oracle_);
    }
    if (tls() != nullptr) {
        seed_openssl(plan.seed);
        install_certificates(0);
    }
    mqtt_store_.is_never_left = std::ranges::none_of(plan.happenings, leaves_without_subscription);
    world_.on_moment = [this](std::string_view moment) { on_moment(moment); };
    oracle_.is_visit = [this](const std::string& client_id, std::uint16_t port) {
        return outflow_ && outflow_->is_visiting(client_id, port);
    };
    oracle_.has_read = [this](std::uint16_t port, std::uint64_t bytes) {
        return world_.network().bytes_read(port) >= bytes;
    };
}

Story::~Story() = default;

Verdict Story::run() {
    if (world_.failure() == nullptr) {
        const TimePoint beginning = world_.now();
        for (const auto& broker : brokers_) start_rocketmq(*broker);
        start_mqtt();
        start_outflow();
        for (const Happening& happening : plan_.happenings) {
            world_.at(beginning + happening.at, [this, &happening] { happen(happening); });
        }
        watch();
        run_until(beginning + plan_.calm);
        heal();
        run_until(world_.now() + progress_max, [this] { return is_all_done(); });
        if (!is_all_done()) {
            world_.fail("progress",
                        fmt::format("{} s after the last fault {} messages have not arrived; the task says: {}",
                                    progress_max.count(), oracle_.unfinished(),
                                    outflow_ ? outflow_->condition() : "nothing, it is down"));
        }
        if (world_.failure() == nullptr) end_in_order();
        if (world_.failure() == nullptr) oracle_.judge();
        watch_rates();
    }
    Verdict verdict;
    if (const Failure* failure = world_.failure()) verdict.failure = *failure;
    verdict.seconds = world_.seconds();
    verdict.steps = world_.steps();
    verdict.fingerprint = world_.fingerprint();
    verdict.messages = oracle_.messages().size();
    for (const Message& message : oracle_.messages()) verdict.records += message.storings.size();
    verdict.happened = happened_;
    verdict.mqtt_connects = mqtt_connects_.most();
    for (const auto& broker : brokers_) {
        verdict.rocketmq_connects = std::max(verdict.rocketmq_connects, broker->connects.most());
    }
    verdict.log_lines = log_lines_.most();
    return verdict;
}

void Story::run_until(TimePoint time, const std::function<bool()>& is_done) {
    bool is_time = false;
    Alarm alarm = world_.at(time, [&is_time] { is_time = true; });
    while (!is_time && world_.failure() == nullptr && world_.step()) {
        if (outflow_) oracle_.check_counts(outflow_->snapshot());
        if (is_done && is_done()) break;
    }
    world_.cancel(alarm);
}

// Once a second.
void Story::watch() {
    world_.after(std::chrono::seconds(1), [this] { watch(); });
    watch_rates();
    if (!outflow_) return;
    if (outflow_->is_over() && !is_stopping_) {
        world_.tell("outflow", "has ended by itself: {}", outflow_->condition());
        if (!may_end()) world_.fail("ends", fmt::format("the task has ended by itself: {}", outflow_->condition()));
        ++ends_;
        end_outflow(false);
        world_.after(supervisor_wait, [this] { start_outflow(); });
        return;
    }
    // Whoever reads that asks again when all is well.
    if (is_calm_ && outflow_->condition().find("was refused") != std::string::npos) apply_task();
    oracle_.check_state(outflow_->snapshot(), outflow_->condition(), mqtt_store_.has_work());
}

// It cannot open its file, cannot deliver a message, is told that it must not, or has never heard of its topic.
bool Story::may_end() const {
    const auto may_meet = [this](std::string_view response) {
        return std::ranges::any_of(plan_.happenings, [response](const Happening& happening) {
            return happening.words.text("rule", "").find(response) != std::string::npos;
        });
    };
    return !outflow_->has_started() || oracle_.has_sent_a_bad_one() || may_meet("code=16") ||
           (may_meet("105 code=17") && outflow_->condition().starts_with("STARTING_FAILED"));
}

// A task that is removed and put back begins anew.
void Story::look_at_records() {
    const std::uint64_t made = outflow_ ? outflow_->snapshot().records.made : 0;
    if (made < records_made_seen_) records_made_before_ += records_made_seen_;
    records_made_seen_ = made;
}

void Story::watch_rates() {
    const Network& network = world_.network();
    mqtt_connects_.look(network.connects(outflow_host_, mqtt_host_));
    for (const auto& broker : brokers_) broker->connects.look(network.connects(outflow_host_, broker->host));
    log_lines_.look(log_lines_before_ + (outflow_ ? outflow_->log_lines() : 0));
    starts_.look(static_cast<std::uint64_t>(outflow_host_.lives) + starts_before_ +
                 (outflow_ ? outflow_->starts() : 0));
    look_at_records();
    records_made_.look(records_made_before_ + records_made_seen_);
    Rates rates{starts_.lately(), mqtt_connects_.lately(), 0, log_lines_.lately(), records_made_.lately()};
    for (const auto& broker : brokers_)
        rates.rocketmq_connects = std::max(rates.rocketmq_connects, broker->connects.lately());
    oracle_.check_rates(rates);
}

void Story::heal() {
    world_.tell("world", "from now on nothing goes wrong");
    for (const auto& function : std::exchange(to_take_back_, {}))
        if (*function) std::exchange(*function, nullptr)();
    if (outflow_ && is_stopping_) end_outflow(false);
    start_outflow();
    apply_task();  // what was refused is asked for again
    // A full batch must get through within the send timeout.
    std::size_t& buffer = world_.network().options.buffer_bytes;
    buffer = std::max(buffer, NetworkOptions{}.buffer_bytes);
    is_calm_ = true;
    awaited_.clear();
    ends_ = 0;
    for (const auto& broker : brokers_) broker->process->server().faults().clear();
}

// A task that stops at a message has to be started some times, and stop there again.
bool Story::is_all_done() const {
    if (oracle_.is_stopped()) return unpublished_ == 0 && oracle_.unfinished() == 0 && ends_ >= ends_seen;
    return unpublished_ == 0 && oracle_.unfinished() == 0 && !mqtt_store_.has_work() && outflow_ &&
           outflow_->snapshot().events.in_flight == 0;
}

// Nothing is in flight: a stop takes no longer than saying goodbye.
void Story::end_in_order() {
    if (oracle_.is_stopped()) return;
    is_stopping_ = true;
    outflow_->stop(grace);
    run_until(world_.now() + stop_max, [this] { return outflow_->is_over(); });
    if (!outflow_->is_over()) world_.fail("stop", "the task does not stop");
    end_outflow(false);
    mqtt_.reset();
    for (const auto& broker : brokers_) broker->process.reset();
}

}  // namespace outflow::sim
