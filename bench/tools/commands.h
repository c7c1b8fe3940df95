// The subcommands. Each runs to its end, prints its report and returns whether everything that was to happen happened;
// an Error is something that kept it from running at all.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace outflow::bench {

inline constexpr double seconds_max = 3'600;

struct PublishOptions {
    std::string mqtt;
    std::string topic_prefix = "bench/";
    std::string run;  // empty: made up
    std::string protocol = "5";
    unsigned publishers = 4;
    unsigned qos = 1;
    std::size_t bytes = 256;
    std::uint64_t count = 0;  // of all publishers; 0: as many as the seconds allow
    double rate = 0;          // of all publishers, messages a second; 0: closed loop
    unsigned window = 1'000;  // unacknowledged messages a publisher in the closed loop
    double seconds = 60;
};
Result<bool> publish(const PublishOptions& options);

struct SubscribeOptions {
    std::string mqtt;
    std::string topic = "bench/#";
    unsigned qos = 1;
    std::uint64_t count = 0;  // 0: no limit
    double seconds = 60;
    unsigned pause_us = 0;
};
Result<bool> subscribe(const SubscribeOptions& options);

struct ProduceOptions {
    std::string name_server;
    std::string topic;
    std::string run;
    double rate = 1'000;
    double seconds = 10;
    std::size_t bytes = 256;
};
Result<bool> produce(const ProduceOptions& options);

struct FakeMqttOptions {
    std::uint16_t port = 0;
    std::string topic = "bench/0";
    std::uint64_t count = 1'000'000;  // a round
    unsigned rounds = 1;
    std::size_t bytes = 256;
    unsigned window = 65'535;
    double seconds = 60;
    int watch = 0;  // process id of the bridge, 0: none
};
Result<bool> fake_mqtt(const FakeMqttOptions& options);

struct NullRocketmqOptions {
    std::uint16_t port = 0;
    unsigned queues = 4;
    double seconds = 600;
    std::string response = "json";
    bool count_records = false;
};
Result<bool> null_rocketmq(const NullRocketmqOptions& options);

}  // namespace outflow::bench
