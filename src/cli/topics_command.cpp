#include <fmt/format.h>

#include "app/run.h"
#include "cli/rocketmq_options.h"
#include "cli/topic_names.h"
#include "rocketmq/instance_namespace.h"

namespace outflow::cli {

namespace {

struct TopicsArguments {
    RocketmqOptions cluster;
    bool queues = false;
    bool all = false;
};

Status print_topics(const TopicsArguments& arguments, const Streams& streams) {
    TRY(const auto client, make_client(arguments.cluster));
    TRY(std::vector<std::string> topics, client->get_topics());
    TRY(const rocketmq::ClusterInfo cluster, client->get_cluster_info());
    const std::string instance_namespace = name_prefix(arguments.cluster);
    for (const std::string& name : list_topics(std::move(topics), cluster, instance_namespace, arguments.all)) {
        if (!arguments.queues) {
            fmt::print(streams.out, "{}\n", name);
            continue;
        }
        const auto route = client->get_route(rocketmq::wrap_namespace(instance_namespace, name));
        // A topic may go while we ask.
        fmt::print(streams.out, "{}  {}\n", name, route ? describe_queues(*route) : route.error().context);
    }
    return {};
}

}  // namespace

void add_topics(Command& parent, Action& action) {
    auto arguments = std::make_shared<TopicsArguments>();
    Command command = parent.add_command("topics", "Lists the topics of a cluster, one a line");
    add_rocketmq_options(command, arguments->cluster);
    command.add_flag("--queues", arguments->queues, "With the number of queues on each broker");
    command.add_flag("--all", arguments->all, "RocketMQ's own topics, too");
    command.footer("Exit codes: 0 listed, maybe nothing; 1 the cluster cannot be asked; 2 wrong usage.\n"
                   "Example: outflow rocketmq topics --name-servers 127.0.0.1:9876 --queues");
    command.on_parsed([arguments, &action] {
        action = [arguments](const Streams& streams) {
            const Status done = print_topics(*arguments, streams);
            return done ? app::exit_code::ok
                        : complain(streams, app::exit_code::failed, to_sentence(done.error().context));
        };
    });
}

}  // namespace outflow::cli
