#include "cli/mqtt_options.h"

#include <utility>

#include <fmt/format.h>

#include "app/make_connectors.h"
#include "app/secrets.h"
#include "app/signals.h"
#include "cli/tls_options.h"
#include "net/tls_files.h"
#include "platform/process.h"
#include "platform/secret.h"

namespace outflow::cli {

namespace {

std::string check_broker(const std::string& text) {
    const auto broker = parse_mqtt_address(text);
    return broker ? std::string() : broker.error().context;
}

std::string check_filter(const std::string& text) {
    const Status good = connectors::check_tap_filter(text);
    return good ? std::string() : good.error().context;
}

Status read_password(const platform::SecretSource& source, connectors::MqttTapOptions& options) {
    TRY(const platform::Secret secret, platform::resolve_secret(source));
    options.password = secret.reveal();
    return {};
}

// With a client id of its own: that of the task would end the task's connection.
Status log_in(const task::MqttSourceDefinition& source, const task::MqttInstance& instance,
              const task::InstanceSecrets& secrets, connectors::MqttTapOptions& tap) {
    if (instance.auth->mode == mqtt::ApsaraMode::device_credential)
        return failed(ErrorCode::invalid_argument,
                      "a device credential belongs to one client id, and that is the task's: nobody else can read with "
                      "it");
    std::string group = instance.auth->group_id;
    if (group.empty()) group = mqtt::apsara_group_of(source.client_id);
    tap.client_id = fmt::format("{}{}tap-{:08x}", group, mqtt::apsara_group_end,
                                static_cast<std::uint32_t>(platform::random_u64()));
    tap.has_notices = true;
    TRY(app::ApsaraLogin login, app::make_apsara_login(*instance.auth, secrets, tap.client_id));
    tap.username = std::move(login.username);
    tap.password = std::move(login.password);
    return {};
}

}  // namespace

void add_mqtt_options(Command& command, MqttOptions& options) {
    command.add_option("--mqtt", options.endpoint, "The broker")
        .type_name("mqtt[s]://HOST:PORT")
        .required()
        .check(check_broker);
    command.add_option("--topic", options.filter, "What to subscribe to")
        .type_name("FILTER")
        .required()
        .check(check_filter);
    Option user = command.add_option("--username", options.username, "User name at the broker");
    user.type_name("NAME");
    Option variable =
        command.add_option("--password-env", options.password_env, "The environment variable that holds the password");
    variable.type_name("NAME").needs(user);
    command.add_option("--password-file", options.password_file, "Or the file that holds it")
        .type_name("FILE")
        .needs(user)
        .excludes(variable);
    add_tls_options(command, options.tls);
    command.add_option("--qos", options.qos, "QoS of the subscription, 0 or 1")
        .type_name("N")
        .show_default()
        .in_range(0, 1);
}

void add_count(Command& command, std::uint64_t& count) {
    command.add_option("--count", count, "End after this many messages").type_name("N").in_range(1, UINT64_MAX);
}

std::string check_usage(const MqttOptions& options) {
    const auto address = parse_mqtt_address(options.endpoint);
    const bool fits = !options.tls.is_given() || (address && address->is_tls);
    return fits ? std::string() : "Options of TLS need --mqtt mqtts://HOST.";
}

Result<connectors::MqttTapOptions> tap_options(const MqttOptions& options) {
    connectors::MqttTapOptions tap;
    TRY(const MqttAddress address, parse_mqtt_address(options.endpoint));
    tap.broker = address.endpoint;
    if (address.is_tls) tap.tls = make_tls(options.tls);
    tap.filter = options.filter;
    tap.qos = static_cast<std::uint8_t>(options.qos);
    if (!options.username.empty()) tap.username = options.username;
    using Kind = platform::SecretSource::Kind;
    Status status;
    if (!options.password_env.empty()) status = read_password({Kind::environment, options.password_env}, tap);
    if (!options.password_file.empty()) status = read_password({Kind::file, options.password_file}, tap);
    if (!status) return failed(std::move(status).error());
    return tap;
}

Result<connectors::MqttTapOptions> tap_options(const std::string& task, const task::MqttSourceDefinition& source,
                                               const task::MqttInstance& instance, const std::string& filter) {
    TRY(const task::InstanceSecrets secrets, app::resolve_secrets(task::InstanceKind(instance), task));
    connectors::MqttTapOptions tap;
    tap.broker = instance.endpoint;
    if (instance.tls) {
        tap.tls = std::make_shared<net::TlsFiles>(net::TlsRole::client,
                                                  app::tls_settings(*instance.tls, secrets.key_password));
    }
    tap.filter = filter;
    tap.qos = source.qos;
    if (!instance.username.empty()) tap.username = instance.username;
    if (instance.auth) {
        if (Status status = log_in(source, instance, secrets, tap); !status) return failed(std::move(status).error());
    }
    if (source.protocol == task::Protocol::mqtt_3_1_1) tap.version = mqtt::Version::v3_1_1;
    tap.fall_back = source.protocol == task::Protocol::automatic;
    if (instance.password) tap.password = secrets.own.reveal();
    return tap;
}

Status watch(connectors::MqttTapOptions options, std::uint64_t count, const Streams& streams,
             const std::function<std::string(const event::Event&)>& show) {
    const std::string place = fmt::format("{} at {}", options.filter, net::to_string(options.broker));
    std::uint64_t shown = 0;
    bool is_writable = true;
    const auto on_message = [&](const event::Event& event) {
        const std::string text = show(event);
        std::fwrite(text.data(), 1, text.size(), streams.out);
        is_writable = std::fflush(streams.out) == 0;
        return is_writable && ++shown != count;
    };
    const auto on_subscribed = [&] { complain(streams, 0, fmt::format("Reading {}; Ctrl-C ends.", place)); };
    net::EventLoop loop;
    connectors::MqttTap tap(loop, std::move(options), on_message, on_subscribed);
    const app::Signals signals([&tap](int) { tap.stop(); });
    Status result = tap.run();
    if (!is_writable) return failed(ErrorCode::file_error, "the output cannot be written");
    return result;
}

}  // namespace outflow::cli
