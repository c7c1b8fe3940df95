#include <fmt/format.h>

#include "app/run.h"
#include "app/signals.h"
#include "connectors/topic_reader.h"
#include "cli/message_text.h"
#include "cli/rocketmq_options.h"
#include "rocketmq/instance_namespace.h"
#include "rocketmq/properties.h"

namespace outflow::cli {

namespace {

struct ConsumeArguments {
    RocketmqOptions cluster;
    std::string topic;
    bool from_beginning = false;
    bool json = false;
    std::uint64_t count = 0;  // 0: no limit
    std::string tag;
    std::uint32_t idle_exit_seconds = 0;
};

Status consume(const ConsumeArguments& arguments, const Streams& streams) {
    connectors::TopicReaderOptions options;
    options.topic = rocketmq::wrap_namespace(name_prefix(arguments.cluster), arguments.topic);
    options.from_beginning = arguments.from_beginning;
    options.idle_exit = std::chrono::seconds(arguments.idle_exit_seconds);
    TRY(const auto client, make_client(arguments.cluster));
    TRY(const rocketmq::Route route, client->get_route(options.topic));
    options.tls = client->tls();

    std::uint64_t printed = 0;
    bool is_writable = true;
    const auto on_message = [&](std::string_view broker, const rocketmq::StoredMessage& stored) {
        using rocketmq::property_name::tags;
        if (!arguments.tag.empty() && rocketmq::find_property(stored.properties, tags) != arguments.tag) return true;
        const ReadMessage message{arguments.topic, broker, stored};
        const std::string text = arguments.json ? render_message_json(message) : render_message_text(message);
        std::fwrite(text.data(), 1, text.size(), streams.out);
        is_writable = std::fflush(streams.out) == 0;
        return is_writable && ++printed != arguments.count;
    };
    const auto on_notice = [&](const std::string& sentence) { complain(streams, 0, sentence); };
    connectors::TopicReader reader(client->loop(), client->signer(), route, options, on_message, on_notice);
    const app::Signals signals([&reader](int) { reader.stop(); });
    const Status result = reader.run();
    if (!is_writable) return failed(ErrorCode::file_error, "the output cannot be written");
    return result;
}

}  // namespace

void add_consume(Command& parent, Action& action) {
    auto arguments = std::make_shared<ConsumeArguments>();
    Command command = parent.add_command("consume", "Prints the messages of a topic with keys, tags and properties");
    command.add_option("TOPIC", arguments->topic, "Its name").required().type_name("");
    add_rocketmq_options(command, arguments->cluster);
    command.add_flag("--from-beginning", arguments->from_beginning,
                     "From the oldest message; else what comes from now on");
    command.add_flag("--json", arguments->json, "One JSON object a line");
    command.add_option("--count", arguments->count, "End after this many messages")
        .type_name("N")
        .in_range(1, UINT64_MAX);
    command.add_option("--tag", arguments->tag, "Only messages with this tag").type_name("TAG");
    command.add_option("--idle-exit", arguments->idle_exit_seconds, "End when nothing came for this long")
        .type_name("SECONDS")
        .in_range(1, 86'400);
    command.footer(
        "Messages go to standard output, everything else to standard error. Nothing changes at the broker: no\n"
        "consumer group's offset is read or written. Queues that are added meanwhile are not read.\n"
        "Exit codes: 0 ended by Ctrl-C, --count or --idle-exit; 1 the topic cannot be read; 2 wrong usage.\n"
        "Example: outflow rocketmq consume telemetry --from-beginning --count 10 --json");
    command.on_parsed([arguments, &action] {
        action = [arguments](const Streams& streams) {
            const Status done = consume(*arguments, streams);
            return done ? app::exit_code::ok
                        : complain(streams, app::exit_code::failed, to_sentence(done.error().context));
        };
    });
}

}  // namespace outflow::cli
