// One simulation, from its plan to its verdict: makes the world, lets happen what the plan says, heals everything when
// it is to be calm, waits until all has arrived, and stops the task.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ack_watch.h"
#include "bridge.h"
#include "mqtt_broker.h"
#include "oracle.h"
#include "plan.h"
#include "rate.h"
#include "rocketmq.h"
#include "shape.h"
#include "tls.h"
#include "world.h"

namespace outflow::sim {

struct Verdict {
    std::optional<Failure> failure;
    double seconds = 0;  // of the world's time
    std::uint64_t steps = 0;
    std::uint64_t fingerprint = 0;  // of all that happened: two runs of a plan have the same
    std::size_t messages = 0;
    std::size_t records = 0;
    std::uint64_t mqtt_connects = 0;      // most in a minute
    std::uint64_t rocketmq_connects = 0;  // the same, to one host
    std::uint64_t log_lines = 0;          // the same
    std::map<std::string, int> happened;  // how often what came true
};

class Story {
public:
    Story(const Plan& plan, bool is_traced);
    ~Story();
    Story(const Story&) = delete;
    Story& operator=(const Story&) = delete;

    Verdict run();

private:
    using Milliseconds = std::chrono::milliseconds;
    // A broker of the cluster, running or not. Each is a name server, too, and knows of all.
    struct Broker {
        Host host;
        std::uint16_t port = Rocketmq::usual_port;
        bool is_in_route = true;
        Rate connects{60};
        std::unique_ptr<Rocketmq> process = nullptr;
    };

    // Runs until that time of the world, or until something is wrong, or until `is_done`.
    void run_until(TimePoint time, const std::function<bool()>& is_done = nullptr);
    void watch();
    bool may_end() const;
    void check_stopped(int life);
    void look_at_records();
    void watch_rates();
    void heal();
    void end_in_order();
    bool is_all_done() const;

    // --- happenings.cpp
    void happen(const Happening& happening);
    void come_true(const Happening& happening);
    void on_moment(std::string_view moment);
    void happen_to_mqtt(std::string_view what, const Words& words);
    void happen_to_rocketmq(std::string_view what, const Words& words);
    void happen_to_outflow(std::string_view what, const Words& words);
    void happen_to_disk(std::string_view what, const Words& words);
    void edit(const Words& words);
    void apply_task();
    void publish(const Words& words);
    // Takes something back after the `ms` of the words, or when all is healed.
    void take_back(const Words& words, std::function<void()> function);
    void restart(const Words& words, std::function<void()> start);

    void start_mqtt();
    void start_rocketmq(Broker& broker);
    void start_outflow();
    void end_outflow(bool loses_power);
    std::optional<Wish> wanted_task() const;
    void set_routes();
    std::shared_ptr<net::TlsSource> tls() const;  // of a broker
    void renew_certificates(const Words& words);
    void install_certificates(int generation);

    const Plan plan_;
    const Shape shape_;
    World world_;
    Random random_;
    Oracle oracle_;
    json::Node task_;   // as it is wanted: what a file says
    bool is_kept_;      // in a store
    int disables_ = 0;  // that are in force
    int removals_ = 0;  // from the file, the same
    int edits_ = 0;
    int tls_generation_ = 0;
    std::uint64_t starts_before_ = 0;  // of workers, by the processes before this one
    Host outflow_host_{.name = "outflow", .address = "10.0.0.1"};
    Host mqtt_host_{.name = "mqtt", .address = "10.0.0.2"};
    std::vector<std::unique_ptr<Broker>> brokers_;
    AckWatch acks_;
    LetterWatch letters_;
    MqttStore mqtt_store_;
    MqttHabits habits_;
    std::unique_ptr<MqttBroker> mqtt_;
    std::unique_ptr<Bridge> outflow_;
    std::vector<std::shared_ptr<std::function<void()>>> to_take_back_;  // shared with the alarms that do
    std::uint32_t queues_;
    Rate mqtt_connects_{60};
    Rate log_lines_{60};
    Rate starts_{60};
    Rate records_made_{1};
    std::map<std::string, int> happened_;
    std::uint64_t log_lines_before_ = 0;     // of the processes before this one
    std::uint64_t records_made_before_ = 0;  // the same, and of tasks that were removed
    std::uint64_t records_made_seen_ = 0;    // of the task that there is, at the last look
    int ends_ = 0;                           // of the task by itself, since the plan has come to its end
    std::int64_t unpublished_ = 0;           // messages of bursts that have begun
    std::vector<const Happening*> awaited_;  // those that wait for a moment
    bool is_stopping_ = false;               // the bridge, as the plan says
    bool is_calm_ = false;                   // nothing goes wrong any more
};

}  // namespace outflow::sim
