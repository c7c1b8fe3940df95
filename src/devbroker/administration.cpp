#include "devbroker/administration.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "rocketmq/json_reader.h"
#include "rocketmq/protocol.h"
#include "rocketmq/validate.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;

std::optional<std::uint32_t> find_count(const rocketmq::Command& command, std::string_view name) {
    auto value = command.find_ext_integer(name);
    if (!value || *value < 0 || *value > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

}  // namespace

rocketmq::Response update_topic(State& state, const Request& request) {
    const rocketmq::Command& command = request.command;
    std::string name = command.find_ext("topic").value_or("");
    auto read_queues = find_count(command, "readQueueNums");
    auto write_queues = find_count(command, "writeQueueNums");
    auto topic_permission = find_count(command, "perm");
    if (!read_queues || !write_queues || !topic_permission) {
        return refusal(code::invalid_parameter, "The fields readQueueNums, writeQueueNums and perm are needed.");
    }
    if (!is_legal_topic(name)) return refusal(code::invalid_parameter, "The specified topic is illegal.");
    if (rocketmq::is_broker_topic(name) || name == rocketmq::auto_create_topic) {
        return refusal(code::invalid_parameter, fmt::format("The topic[{}] is conflict with system topic.", name));
    }
    Topic topic{.read_queues = *read_queues, .write_queues = *write_queues, .topic_permission = *topic_permission};
    auto status = state.topics.set(name, topic);
    if (status) return {};
    bool is_their_fault = status.error().code == ErrorCode::invalid_argument;
    return refusal(is_their_fault ? code::invalid_parameter : code::system_error, status.error().context);
}

rocketmq::Response delete_topic(State& state, const Request& request) {
    std::string name = request.command.find_ext("topic").value_or("");
    if (!is_legal_topic(name)) return refusal(code::invalid_parameter, "The specified topic is illegal.");
    if (rocketmq::is_broker_topic(name)) {
        return refusal(code::invalid_parameter, fmt::format("The topic[{}] is conflict with system topic.", name));
    }
    auto status = state.remove_topic(name);
    return status ? rocketmq::Response{} : refusal(code::system_error, status.error().context);
}

rocketmq::Response get_topic_config(const State& state, const Request& request) {
    std::string name = request.command.find_ext("topic").value_or("");
    const Topic* topic = state.find_topic(name);
    if (topic == nullptr) {
        return refusal(code::topic_not_exist, fmt::format("No topic in this broker. topic: {}", name));
    }
    std::string quoted_name;
    rocketmq::append_json_string(quoted_name, name);
    rocketmq::Response response;
    response.body = fmt::format(R"({{"attributes":{{}},"order":false,"perm":{},"readQueueNums":{},"topicFilterType":)"
                                R"("SINGLE_TAG","topicName":{},"topicSysFlag":0,"writeQueueNums":{}}})",
                                topic->topic_permission, topic->read_queues, quoted_name, topic->write_queues);
    return response;
}

rocketmq::Response get_broker_config(const State& state) {
    rocketmq::Response response;
    response.body =
        fmt::format("brokerName={}\nbrokerClusterName={}\nbrokerId=0\nlistenPort={}\nautoCreateTopicEnable={}\n"
                    "maxMessageSize={}\nstorePathRootDir={}\n",
                    state.options.broker_name, state.options.cluster_name, state.options.port,
                    state.settings.auto_create, state.settings.message_bytes_max, state.options.folder);
    return response;
}

rocketmq::Response get_runtime_info(const State& state, std::chrono::milliseconds started) {
    // What `mqadmin clusterList` wants to print; what this broker does not count is 0.
    auto bytes_max = static_cast<double>(std::max<std::uint64_t>(state.options.bytes_max, 1));
    std::vector<std::pair<std::string_view, std::string>> rows = {
        {"brokerVersionDesc", "V5_3_3"},
        {"brokerVersion", "479"},
        {"brokerActive", "true"},
        {"bootTimestamp", std::to_string(started.count())},
        {"earliestMessageTimeStamp", std::to_string(started.count())},
        {"commitLogDirCapacity", fmt::format("Total : {} bytes", state.options.bytes_max)},
        {"commitLogBytes", std::to_string(state.store->bytes())},
        {"commitLogDiskRatio", fmt::format("{:.4f}", static_cast<double>(state.store->bytes()) / bytes_max)},
        {"putTps", "0.0 0.0 0.0"},
        {"getTransferedTps", "0.0 0.0 0.0"},
        {"getTransferredTps", "0.0 0.0 0.0"},
    };
    for (std::string_view name :
         {"sendThreadPoolQueueSize", "pullThreadPoolQueueSize", "sendThreadPoolQueueHeadWaitTimeMills",
          "pullThreadPoolQueueHeadWaitTimeMills", "pageCacheLockTimeMills", "msgPutTotalYesterdayMorning",
          "msgPutTotalTodayMorning", "msgPutTotalTodayNow", "msgGetTotalYesterdayMorning", "msgGetTotalTodayMorning",
          "msgGetTotalTodayNow", "timerReadBehind", "timerOffsetBehind", "timerCongestNum", "timerEnqueueTps",
          "timerDequeueTps"}) {
        rows.emplace_back(name, "0");
    }
    std::string table;
    for (const auto& [name, value] : rows) {
        if (!table.empty()) table.push_back(',');
        rocketmq::append_json_string(table, name);
        table.push_back(':');
        rocketmq::append_json_string(table, value);
    }
    rocketmq::Response response;
    response.body = fmt::format(R"({{"table":{{{}}}}})", table);
    return response;
}

rocketmq::Response check_client(const Request& request) {
    rocketmq::JsonReader reader(request.body);
    std::string name;
    std::string type = "TAG";
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name != "subscriptionData" || reader.take_null()) {
            reader.skip();
            continue;
        }
        reader.enter_object();
        while (reader.next_member(name)) {
            if (name == "expressionType" && reader.is_string()) reader.string(type, 255);
            else reader.skip();
        }
    }
    if (!reader.finished()) return refusal(code::system_error, "The body is no subscription to check.");
    if (type == "TAG") return {};
    return refusal(code::system_error,
                   fmt::format("The broker does not support consumer to filter message by {}", type));
}

}  // namespace outflow::devbroker
