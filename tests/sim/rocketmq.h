// A process that runs the embedded broker's real code, and the eyes of the oracle on what it stores.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "devbroker/server.h"
#include "oracle.h"
#include "platform/log.h"
#include "process.h"

namespace outflow::sim {

class Rocketmq final : public Process {
public:
    static constexpr std::uint16_t usual_port = 9876;
    static constexpr std::string_view log_folder = "/data/commitlog/";

    Rocketmq(World& world, Host& host, std::uint16_t port, std::shared_ptr<net::TlsSource> tls);
    ~Rocketmq() override;

    devbroker::Server& server() { return *server_; }
    // In a turn of its own.
    void add_fault(std::string_view rule);
    void set_queues(std::string_view topic, std::uint32_t queues);

private:
    std::unique_ptr<platform::Logger> log_;
    std::unique_ptr<devbroker::Server> server_;
};

// Tells the oracle of every message that is written to the log on this host's disk.
void watch_log(Host& host, Oracle& oracle);

}  // namespace outflow::sim
