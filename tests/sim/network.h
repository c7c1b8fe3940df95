// The network of a world: wires between processes, as TCP makes them. A wire delivers bytes in order, late, in pieces
// cut anywhere; it may be reset, or swallow everything for a while or for good. Buffers are finite.
//
//   Socket --transmit--> on the way (cut into pieces, delayed; kept back while the wire is cut) --> unread --receive-->
//   Socket
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/endpoint.h"
#include "random.h"

namespace outflow::sim {

class World;
class Process;
class Wire;
struct Host;

struct NetworkOptions {
    std::chrono::microseconds latency_least{50};
    std::chrono::microseconds latency_most{500};
    std::size_t buffer_bytes = 64 * 1024;  // of one direction: on the way and unread
    std::uint64_t split_percent = 20;      // of what is sent at once: how often it is cut into pieces
};

// One end of a wire, as the kernel of its host keeps it for a process. Gone when it is closed or destroyed.
class Socket {
public:
    Socket() = default;
    Socket(std::shared_ptr<Wire> wire, int side) : wire_(std::move(wire)), side_(side) {}

    bool is_open() const { return wire_ != nullptr; }
    // Over 0: so many bytes; 0: the end of the stream; under 0: an errno, EAGAIN when there is nothing now.
    std::int64_t receive(char* into, std::size_t size);
    // The same for what the network takes of `bytes`.
    std::int64_t transmit(std::string_view bytes);
    // Calls `ready` once, in a turn of the process, when receive() or transmit() would do something else than EAGAIN.
    void when_readable(std::function<void()> ready);
    void when_writable(std::function<void()> ready);
    // For oracles: the process wants to send that; whether the wire takes it or not.
    void announce(std::string_view bytes) const;
    void count_read(std::size_t bytes) const;
    void end_output();
    void close(bool with_reset);
    void set_user_timeout(std::chrono::milliseconds timeout);
    std::string peer() const;  // address and port

private:
    std::shared_ptr<Wire> wire_;
    int side_ = 0;
};

class Network {
public:
    using OnConnected = std::function<void(Result<Socket>)>;
    // Bytes that a process wants to send; `client_port` names the wire.
    struct Output {
        std::string_view from;  // host
        std::string_view to;
        std::uint16_t client_port;
        bool by_client;
        std::string_view bytes;
    };

    explicit Network(World& world) : world_(world), random_(0) {}
    ~Network();

    NetworkOptions options;
    std::function<void(const Output&)> on_output;  // for oracles
    bool names_fail = false;                       // nobody finds an address by its name

    void seed(std::uint64_t seed) { random_ = Random(seed, "network"); }
    void add(Host& host);
    Host* find_host(std::string_view name_or_address);

    // --- for net: a process listens, connects
    // `wake` is called, in a turn of the process, when a connection waits.
    Status listen(Process& process, const std::string& address, std::uint16_t& port, std::function<void()> wake);
    bool take_waiting(const std::string& address, std::uint16_t port, Socket& socket);
    void stop_listening(const std::string& address, std::uint16_t port);
    // Calls `on_connected` once, in a turn of the process, unless given up. The number is for giving up.
    std::uint64_t connect(Process& process, const net::Endpoint& to, std::chrono::milliseconds timeout,
                          OnConnected on_connected);
    void give_up(std::uint64_t attempt) { attempts_.erase(attempt); }

    // --- what happens to it. Both ways between two hosts.
    void reset_wires(Host& a, Host& b, bool all);
    void cut_wires(Host& a, Host& b);  // for good: nothing passes, nobody is told
    void unplug(Host& a, Host& b);     // nothing passes, no connection comes about
    void plug_in(Host& a, Host& b);
    void process_ends(Process& process, bool silently);
    void power_up(Host& host);  // what still knows its old connections learns that they are gone
    bool is_plugged(const Host& a, const Host& b) const;
    std::size_t wires_between(const Host& a, const Host& b) const;
    std::uint64_t connects(const Host& from, const Host& to) const;  // attempts so far, in vain or not
    // What the client of a wire has read of it, ever. Ports do not come twice.
    std::uint64_t bytes_read(std::uint16_t client_port) const;
    // The number of the process that made the wire.
    // The life that made the connection.
    int client_of(std::uint16_t client_port) const { return clients_.at(client_port); }

private:
    friend class Wire;
    void count_read(std::uint16_t client_port, std::size_t bytes) { bytes_read_[client_port] += bytes; }
    struct Listener {
        Process* process;
        std::function<void()> wake;
        std::deque<std::shared_ptr<Wire>> waiting;
    };
    struct Attempt {
        Process* process;
        net::Endpoint to;
        OnConnected done;
        std::chrono::milliseconds timeout;
        int life;  // of the process, when it began to connect
        int tries = 0;
    };

    void resolve(std::uint64_t number);
    void knock(std::uint64_t number);
    void knock_again(std::uint64_t number);
    void finish(std::uint64_t number, Result<Socket> result);
    void fail(std::uint64_t number, ErrorCode code, std::string reason);
    std::vector<std::shared_ptr<Wire>> wires_of(const Host& a, const Host& b) const;
    std::chrono::microseconds latency();

    World& world_;
    Random random_;
    std::vector<Host*> hosts_;
    std::map<std::pair<std::string, std::uint16_t>, Listener> listeners_;
    std::map<std::uint64_t, Attempt> attempts_;
    std::uint64_t attempts_made_ = 0;
    std::map<std::uint64_t, std::weak_ptr<Wire>> wires_;  // in the order in which they were made
    std::uint64_t wires_made_ = 0;
    std::set<std::pair<std::string, std::string>> unplugged_;  // names, sorted
    std::map<std::pair<std::string, std::string>, std::uint64_t> connects_;
    std::map<std::uint16_t, std::uint64_t> bytes_read_;
    std::map<std::uint16_t, int> clients_;
    std::uint16_t next_port_ = 1'024;
};

}  // namespace outflow::sim
