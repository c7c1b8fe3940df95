#include "rocketmq.h"

#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "rocketmq/properties.h"
#include "rocketmq/protocol.h"
#include "rocketmq/stored_message.h"

namespace outflow::sim {

namespace {

platform::LogOptions silent() {
    platform::LogOptions options;
    options.level = platform::LogLevel::error;
    options.descriptor = -1;
    return options;
}

// Of 4 bytes of address and 4 of port.
std::uint16_t port_of(std::string_view host) {
    std::uint32_t port = 0;
    for (const char byte : host.substr(4)) port = port << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::uint16_t>(port);
}

}  // namespace

Rocketmq::Rocketmq(World& world, Host& host, std::uint16_t port, std::shared_ptr<net::TlsSource> tls)
    : Process(world, host) {
    const World::As as(*this);
    log_ = std::make_unique<platform::Logger>(silent());
    devbroker::ServerOptions options;
    options.listen = {host.address, port};
    options.tls = std::move(tls);
    options.broker.folder = "/data";
    options.broker.broker_name = host.name;
    server_ = std::make_unique<devbroker::Server>(loop(), *log_, std::move(options));
    if (const Status started = server_->start(); !started) {
        world.fail("simulation", fmt::format("{} does not start: {}", host.name, started.error().context));
    }
}

Rocketmq::~Rocketmq() {
    if (!is_dead()) kill(false);
    const World::As as(*this);
    server_.reset();
    log_.reset();
}

void Rocketmq::add_fault(std::string_view rule) {
    auto fault = devbroker::parse_fault(rule);
    if (!fault) return world().fail("simulation", fault.error().context);
    static_cast<void>(server_->faults().add(std::move(*fault)));
}

void Rocketmq::set_queues(std::string_view topic, std::uint32_t queues) {
    const World::As as(*this);
    static_cast<void>(server_->broker().set_topic(topic, queues));
}

void watch_log(Host& host, Oracle& oracle) {
    host.disk.on_write = [&oracle](const std::string& path, std::uint64_t, std::string_view bytes) {
        if (!path.starts_with(Rocketmq::log_folder)) return;
        const auto messages = rocketmq::decode_stored_messages(bytes);
        if (!messages) return World::current().fail("simulation", messages.error().context);
        for (const rocketmq::StoredMessage& message : *messages) {
            auto body = rocketmq::plain_body(message);
            if (const auto binary = body ? decode_base64(*body) : std::nullopt) body = *binary;  // data_format: Binary
            const auto key = rocketmq::find_property(message.properties, rocketmq::property_name::unique_key);
            World::current().on_moment("record");
            oracle.stored(body ? *body : "", key, message.topic, port_of(message.born_host));
        }
    };
}

}  // namespace outflow::sim
