#include <charconv>
#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "app/devbroker.h"
#include "app/run.h"
#include "cli/command.h"
#include "net/endpoint.h"
#include "net/tls_files.h"

namespace outflow::cli {

namespace {

constexpr EndpointRules endpoint_rules{.default_port = 0, .port_zero = true};
constexpr std::uint64_t bytes_least = 32ULL * 1024 * 1024;  // four segments of the store

struct DevbrokerArguments {
    app::DevbrokerOptions options;
    std::string listen = "127.0.0.1:9876";
    std::string control;
    std::vector<std::string> faults;
    std::vector<std::string> topics;
    std::string serialize = "json";
    std::string log_level = "info";
    bool no_auto_create = false;
    net::TlsSettings tls;
};

std::string check_endpoint(const std::string& text) {
    const auto endpoint = parse_endpoint(text, endpoint_rules);
    return endpoint ? std::string() : endpoint.error().context;
}

std::string check_log_level(const std::string& text) {
    return platform::parse_log_level(text) ? std::string() : "say error, warn, info, debug or trace, not " + text;
}

std::string check_fault(const std::string& text) {
    const auto fault = devbroker::parse_fault(text);
    return fault ? std::string() : fault.error().context;
}

// "t" or "t:8"; nothing when it is neither.
std::optional<std::pair<std::string, std::uint32_t>> parse_topic(std::string_view text) {
    const std::size_t colon = text.find(':');
    std::uint32_t queues = 4;
    if (colon != std::string_view::npos) {
        const std::string_view number = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), queues);
        if (error != std::errc() || end != number.data() + number.size() || queues == 0) return std::nullopt;
    }
    if (colon == 0 || text.empty()) return std::nullopt;
    return std::pair(std::string(text.substr(0, colon)), queues);
}

std::string check_topic(const std::string& text) {
    return parse_topic(text) ? std::string() : "a topic is NAME or NAME:QUEUES, not " + text;
}

bool is_any_address(const std::string& host) {
    in_addr four{};
    in6_addr six{};
    if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return four.s_addr == 0;
    return ::inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_UNSPECIFIED(&six);
}

// What CLI11 cannot check: options that depend on each other. A sentence; empty: they fit.
std::string check_addresses(const app::DevbrokerOptions& options) {
    for (const net::Endpoint* endpoint : {&options.server.listen, options.control ? &*options.control : nullptr}) {
        if (endpoint == nullptr || options.is_remote_allowed || net::is_loopback(endpoint->host)) continue;
        return fmt::format("{} can be reached by other machines, and nobody has to log in there. If that is meant, say "
                           "--allow-remote.",
                           net::to_string(*endpoint));
    }
    if (is_any_address(options.server.listen.host) && options.server.advertised_host.empty()) {
        return "Clients need an address that they can connect to: give it by --advertise HOST.";
    }
    return {};
}

app::DevbrokerOptions complete(const DevbrokerArguments& arguments) {
    app::DevbrokerOptions options = arguments.options;
    options.server.listen = *parse_endpoint(arguments.listen, endpoint_rules);
    if (!arguments.control.empty()) options.control = *parse_endpoint(arguments.control, endpoint_rules);
    for (const std::string& text : arguments.faults) options.faults.push_back(*devbroker::parse_fault(text));
    for (const std::string& text : arguments.topics) options.topics.push_back(*parse_topic(text));
    options.server.serialize =
        arguments.serialize == "json" ? rocketmq::SerializeType::json : rocketmq::SerializeType::binary;
    options.log_level = *platform::parse_log_level(arguments.log_level);
    options.auto_create = !arguments.no_auto_create;
    if (!arguments.tls.cert_file.empty())
        options.server.tls = std::make_shared<net::TlsFiles>(net::TlsRole::server, arguments.tls);
    return options;
}

void add_options(Command& command, DevbrokerArguments& arguments) {
    app::DevbrokerOptions& options = arguments.options;
    command.add_option("--listen", arguments.listen, "Where name server and broker listen; port 0: any free one")
        .type_name("HOST:PORT")
        .show_default()
        .check(check_endpoint);
    command.add_option("--data", options.server.broker.folder, "The folder of messages, topics and offsets")
        .type_name("DIR")
        .required();
    command.add_option("--control", arguments.control, "Serve the control (docs/devbroker.md) over HTTP here")
        .type_name("HOST:PORT")
        .check(check_endpoint);
    command.add_option("--fault", arguments.faults, "A fault on purpose; may be repeated")
        .type_name("RULE")
        .one_each()
        .check(check_fault);
    command.add_option("--topic", arguments.topics, "A topic to create, with 4 queues if not said; may be repeated")
        .type_name("NAME[:QUEUES]")
        .one_each()
        .check(check_topic);
    command.add_option("--max-bytes", options.server.broker.bytes_max, "Messages kept, 32MiB or more; default: 1GiB")
        .type_name("SIZE")
        .as_bytes()
        .in_range(bytes_least, UINT64_MAX / 4);
    command.add_flag("--no-auto-create", arguments.no_auto_create, "Topics do not come into being by being used");
    command.add_flag("--record-requests", options.records_requests, "Keep the last requests, for GET /requests");
    command.add_option("--serialize", arguments.serialize, "Headers of answers: json or binary")
        .type_name("TYPE")
        .show_default()
        .one_of({"json", "binary"});
    Option certificate =
        command.add_option("--cert-file", arguments.tls.cert_file, "Speak TLS, the control too: the certificate, PEM")
            .type_name("FILE");
    Option key = command.add_option("--key-file", arguments.tls.key_file, "TLS: its key, PEM").type_name("FILE");
    certificate.needs(key);
    key.needs(certificate);
    command
        .add_option("--client-ca-file", arguments.tls.ca_file,
                    "TLS: clients need a certificate that one of these signed")
        .type_name("FILE")
        .needs(certificate);
    command.add_flag("--allow-remote", options.is_remote_allowed, "Addresses may be reachable by other machines");
    command
        .add_option("--advertise", options.server.advertised_host,
                    "The host that routes say; the one of --listen if not given")
        .type_name("HOST");
    command.add_option("--log-level", arguments.log_level, "error, warn, info, debug or trace")
        .type_name("LEVEL")
        .show_default()
        .check(check_log_level);
}

}  // namespace

void add_devbroker(Command& parent, Action& action) {
    auto arguments = std::make_shared<DevbrokerArguments>();
    Command command = parent.add_command("devbroker", "A RocketMQ in one process, for trying out and for tests");
    add_options(command, *arguments);
    command.footer("Not for production: one process, no replication, no users. It can be told to misbehave.\n"
                   "Example: outflow devbroker --data ./data --fault 'send code=2 remark=\"system busy\" times=3'");
    command.on_parsed([arguments, &action] {
        const app::DevbrokerOptions options = complete(*arguments);
        action = [options](const Streams& streams) {
            if (const std::string sentence = check_addresses(options); !sentence.empty()) {
                return complain(streams, app::exit_code::invalid, sentence);
            }
            return app::run_devbroker(options, streams.out, streams.err);
        };
    });
}

}  // namespace outflow::cli
