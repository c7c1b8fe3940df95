#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/run.h"
#include "cli/rocketmq_options.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/validate.h"

namespace outflow::cli {

namespace {

struct CreateTopicArguments {
    RocketmqOptions cluster;
    std::string topic;
    std::uint32_t queues = 8;
    std::string cluster_name;
};

struct Master {
    std::string name;
    net::Endpoint endpoint;
};

Result<std::vector<Master>> find_masters(const rocketmq::ClusterInfo& cluster, const std::string& cluster_name) {
    std::vector<Master> masters;
    for (const rocketmq::Broker& broker : cluster.brokers) {
        if (!cluster_name.empty() && broker.cluster != cluster_name) continue;
        if (broker.master_address().empty()) continue;  // its slaves do not take it
        TRY(net::Endpoint endpoint, parse_endpoint(broker.master_address()));
        masters.push_back({broker.name, std::move(endpoint)});
    }
    std::sort(masters.begin(), masters.end(),
              [](const Master& left, const Master& right) { return left.name < right.name; });
    if (masters.empty()) {
        return failed(ErrorCode::rocketmq_refused,
                      cluster_name.empty()
                          ? "no master broker is registered at the name server"
                          : "no master broker of cluster " + cluster_name + " is registered at the name server");
    }
    return masters;
}

Status create_topic(const CreateTopicArguments& arguments, const Streams& streams) {
    const std::string topic = rocketmq::wrap_namespace(name_prefix(arguments.cluster), arguments.topic);
    if (auto legal = rocketmq::check_topic(topic); !legal) return legal;
    TRY(const auto client, make_client(arguments.cluster));
    TRY(const rocketmq::ClusterInfo cluster, client->get_cluster_info());
    TRY(const std::vector<Master> masters, find_masters(cluster, arguments.cluster_name));
    const rocketmq::CreateTopic request{
        .topic = topic, .read_queues = arguments.queues, .write_queues = arguments.queues};
    std::string done;
    for (const Master& master : masters) {
        if (const Status created = client->create_topic(master.endpoint, request); !created) {
            return failed(created.error().code,
                          fmt::format("broker {}: {}{}", master.name, created.error().context,
                                      done.empty() ? "" : "; the topic was created on " + done + " before"));
        }
        done += (done.empty() ? "" : ", ") + master.name;
    }
    fmt::print(streams.out, "Topic {} has {} queues on each of: {}.\n", arguments.topic, arguments.queues, done);
    return {};
}

}  // namespace

void add_create_topic(Command& parent, Action& action) {
    auto arguments = std::make_shared<CreateTopicArguments>();
    Command command = parent.add_command("create-topic", "Creates a topic on every master broker");
    command.add_option("TOPIC", arguments->topic, "Its name").required().type_name("");
    add_rocketmq_options(command, arguments->cluster);
    command.add_option("--queues", arguments->queues, "Queues on each broker")
        .type_name("N")
        .show_default()
        .in_range(1, 1024);
    command.add_option("--cluster", arguments->cluster_name, "Only on brokers of this cluster").type_name("NAME");
    command.footer("A topic that exists gets this number of queues.\n"
                   "Exit codes: 0 created; 1 a broker refused or cannot be reached; 2 wrong usage.\n"
                   "Example: outflow rocketmq create-topic telemetry --queues 8");
    command.on_parsed([arguments, &action] {
        action = [arguments](const Streams& streams) {
            const Status done = create_topic(*arguments, streams);
            if (done) return app::exit_code::ok;
            const bool is_usage = done.error().code == ErrorCode::rocketmq_record_illegal;
            return complain(streams, is_usage ? app::exit_code::invalid : app::exit_code::failed,
                            to_sentence(done.error().context));
        };
    });
}

}  // namespace outflow::cli
