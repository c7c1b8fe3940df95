// Which topics of a cluster are a user's. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/route.h"

namespace outflow::cli {

// Topics that RocketMQ makes for itself; besides fixed names those of retry and dead-letter queues, and those named as
// a cluster or broker.
bool is_system_topic(std::string_view topic, const rocketmq::ClusterInfo& cluster);

// The users' topics (`all`: every topic), sorted. With an instance namespace: those inside it, without it.
std::vector<std::string> list_topics(std::vector<std::string> topics, const rocketmq::ClusterInfo& cluster,
                                     std::string_view instance_namespace, bool all);

// "8 queues (broker-a: 4, broker-b: 4)"; when they differ, "4 to write, 8 to read".
std::string describe_queues(const rocketmq::Route& route);

}  // namespace outflow::cli
