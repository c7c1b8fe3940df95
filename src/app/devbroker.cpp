#include "app/devbroker.h"

#include <csignal>
#include <iterator>

#include <unistd.h>

#include <fmt/format.h>

#include "app/run.h"
#include "app/signals.h"
#include "base/format.h"
#include "base/sentence.h"
#include "devbroker/control.h"
#include "http/server.h"
#include "net/event_loop.h"

namespace outflow::app {

namespace {

constexpr std::size_t topics_shown_max = 20;

http::ServerLimits control_limits() {
    http::ServerLimits limits;
    limits.body_bytes_max = devbroker::Control::body_bytes_max;
    return limits;
}

class Devbroker {
public:
    Devbroker(const DevbrokerOptions& options, int descriptor)
        : options_(options),
          log_({.level = options.log_level, .descriptor = descriptor, .clock = {}}),
          server_(loop_, log_, options.server),
          control_(server_, options.is_remote_allowed),
          http_(loop_, control_limits(), options.server.tls) {}

    Status start();
    std::string greeting();
    void run();

private:
    std::string topics_text();

    const DevbrokerOptions& options_;
    platform::Logger log_;
    net::EventLoop loop_;
    devbroker::Server server_;
    devbroker::Control control_;
    http::Server http_;
};

Status Devbroker::start() {
    if (options_.server.tls) {
        if (const auto usable = options_.server.tls->context(); !usable) return failed(usable.error());
    }
    // The control first: a port that is taken is told before anything is done.
    if (options_.control) {
        http_.fallback([this](const http::Request& request) {
            devbroker::ControlResponse response = control_.handle({.method = request.method,
                                                                   .path = request.path,
                                                                   .query = request.query,
                                                                   .host = request.field("Host"),
                                                                   .content_type = request.field("Content-Type"),
                                                                   .body = request.body});
            http::Response answer{
                .status = response.status, .content_type = "application/json", .body = std::move(response.body) + "\n"};
            if (!response.allow.empty()) answer.fields.add("Allow", std::move(response.allow));
            return answer;
        });
        if (Status listening = http_.listen(*options_.control); !listening) return listening;
    }
    if (Status started = server_.start(); !started) return started;
    server_.broker().settings().auto_create = options_.auto_create;
    if (options_.records_requests) server_.requests().enable();
    for (const devbroker::Fault& fault : options_.faults) {
        if (auto added = server_.faults().add(fault); !added) return failed(std::move(added).error());
    }
    for (const auto& [name, queues] : options_.topics) {
        if (Status set = server_.broker().set_topic(name, queues); !set) {
            return failed(set.error().code, fmt::format("topic {}: {}", name, set.error().context));
        }
    }
    return {};
}

std::string Devbroker::topics_text() {
    const auto& topics = server_.broker().topics().all();
    if (topics.empty()) return options_.auto_create ? "none yet; they come into being by being used" : "none";
    std::string text;
    std::size_t shown = 0;
    for (const auto& [name, topic] : topics) {
        if (++shown > topics_shown_max) return text + fmt::format(" and {} more", topics.size() - topics_shown_max);
        append_format(text, "{}{}:{}", shown > 1 ? ", " : "", name, topic.write_queues);
    }
    return text;
}

std::string Devbroker::greeting() {
    net::Endpoint listen = options_.server.listen;
    listen.port = server_.port();
    std::string text = fmt::format(
        "This is a RocketMQ for trying out and for tests, not for production: one process, no replication, no users,\n"
        "and messages are not forced to the disk. It keeps the newest {} MiB.\n"
        "  name server and broker  {}\n",
        options_.server.broker.bytes_max / (1024 * 1024), net::to_string(listen));
    if (options_.control) {
        net::Endpoint control = *options_.control;
        control.port = http_.port();
        text += fmt::format("  control                 {}://{}/state\n", options_.server.tls ? "https" : "http",
                            net::to_string(control));
    }
    text += fmt::format("  data                    {}\n", options_.server.broker.folder);
    text += fmt::format("  topics                  {}\n", topics_text());
    if (!options_.faults.empty()) text += fmt::format("  faults on purpose       {}\n", options_.faults.size());
    return text;
}

void Devbroker::run() {
    Signals signals([this](int) { loop_.stop(); });
    log_.info("The embedded RocketMQ has started.", {{"port", server_.port()}});
    loop_.run();
    log_.info("Stopped.");
}

}  // namespace

int run_devbroker(const DevbrokerOptions& options, std::FILE* out, std::FILE* err) {
    std::signal(SIGPIPE, SIG_IGN);  // who reads our lines may go away
    std::fflush(err);
    Devbroker devbroker(options, ::fileno(err));
    if (const Status started = devbroker.start(); !started) {
        fmt::print(err, "outflow: {}\n", to_sentence(started.error().context));
        return exit_code::failed;
    }
    std::fputs(devbroker.greeting().c_str(), out);
    std::fflush(out);
    devbroker.run();
    return exit_code::ok;
}

}  // namespace outflow::app
