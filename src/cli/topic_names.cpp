#include "cli/topic_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "rocketmq/instance_namespace.h"
#include "rocketmq/protocol.h"

namespace outflow::cli {

namespace {

std::string describe_count(std::uint32_t write, std::uint32_t read) {
    return write == read ? fmt::format("{}", write) : fmt::format("{} to write, {} to read", write, read);
}

}  // namespace

bool is_system_topic(std::string_view topic, const rocketmq::ClusterInfo& cluster) {
    static constexpr std::array<std::string_view, 9> names{"SCHEDULE_TOPIC_XXXX",
                                                           "BenchmarkTest",
                                                           "TRANS_CHECK_MAX_TIME_TOPIC",
                                                           "SELF_TEST_TOPIC",
                                                           "TBW102",
                                                           "OFFSET_MOVED_EVENT",
                                                           "DefaultHeartBeatSyncerTopic",
                                                           "TopicValidator_TEST",
                                                           "TRANS_CHECK_MAXTIME_TOPIC"};
    if (std::count(names.begin(), names.end(), topic) > 0) return true;
    if (topic.starts_with("RMQ_SYS_") || topic.starts_with("rmq_sys_") || topic.starts_with("CID_RMQ_SYS_") ||
        topic.starts_with("%RETRY%") || topic.starts_with("%DLQ%") || topic.starts_with("CHECKPOINT_TOPIC")) {
        return true;
    }
    return std::any_of(cluster.brokers.begin(), cluster.brokers.end(), [topic](const rocketmq::Broker& broker) {
        return topic == broker.name || topic == broker.cluster || topic == broker.cluster + "_REPLY_TOPIC";
    });
}

std::vector<std::string> list_topics(std::vector<std::string> topics, const rocketmq::ClusterInfo& cluster,
                                     std::string_view instance_namespace, bool all) {
    std::vector<std::string> shown;
    for (std::string& topic : topics) {
        if (!all && is_system_topic(topic, cluster)) continue;
        std::string name = rocketmq::unwrap_namespace(instance_namespace, topic);
        if (!instance_namespace.empty() && name == topic) continue;  // of another namespace, or of none
        shown.push_back(std::move(name));
    }
    std::sort(shown.begin(), shown.end());
    return shown;
}

std::string describe_queues(const rocketmq::Route& route) {
    std::uint32_t write = 0;
    std::uint32_t read = 0;
    std::string brokers;
    std::vector<rocketmq::QueueGroup> groups = route.queue_groups;
    std::sort(groups.begin(), groups.end(),
              [](const auto& left, const auto& right) { return left.broker_name < right.broker_name; });
    for (const rocketmq::QueueGroup& group : groups) {
        write += group.write_queues;
        read += group.read_queues;
        if (!brokers.empty()) brokers += ", ";
        brokers += fmt::format("{}: {}", group.broker_name, describe_count(group.write_queues, group.read_queues));
        if ((group.topic_permission & rocketmq::permission::write) == 0) brokers += " (read only)";
    }
    if (brokers.empty()) return "no queues";
    return fmt::format("{} {} ({})", describe_count(write, read), write == 1 && read == 1 ? "queue" : "queues",
                       brokers);
}

}  // namespace outflow::cli
