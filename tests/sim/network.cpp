#include "network.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "net/reason.h"
#include "process.h"
#include "wire.h"
#include "world.h"

namespace outflow::sim {

namespace {

constexpr std::size_t waiting_max = 128;  // connections that nobody has accepted
// When TCP asks again for a connection that nobody answers.
constexpr std::chrono::seconds knocks[] = {std::chrono::seconds(1), std::chrono::seconds(2), std::chrono::seconds(4),
                                           std::chrono::seconds(8), std::chrono::seconds(16)};

std::pair<std::string, std::string> sorted(const Host& a, const Host& b) { return std::minmax(a.name, b.name); }

}  // namespace

// --- sockets

std::int64_t Socket::receive(char* into, std::size_t size) { return wire_->receive(side_, into, size); }
std::int64_t Socket::transmit(std::string_view bytes) { return wire_->transmit(side_, bytes); }
void Socket::when_readable(std::function<void()> ready) { wire_->when_readable(side_, std::move(ready)); }
void Socket::when_writable(std::function<void()> ready) { wire_->when_writable(side_, std::move(ready)); }
void Socket::announce(std::string_view bytes) const {
    if (wire_) wire_->announce(side_, bytes);
}
void Socket::count_read(std::size_t bytes) const {
    if (wire_) wire_->count_read(side_, bytes);
}
void Socket::end_output() { wire_->end_output(side_); }
void Socket::set_user_timeout(std::chrono::milliseconds timeout) { wire_->set_user_timeout(side_, timeout); }
std::string Socket::peer() const { return wire_->address(1 - side_); }

void Socket::close(bool with_reset) {
    if (!wire_) return;
    wire_->close(side_, with_reset);
    wire_.reset();
}

// --- hosts

Network::~Network() = default;

void Network::add(Host& host) { hosts_.push_back(&host); }

Host* Network::find_host(std::string_view name_or_address) {
    for (Host* host : hosts_)
        if (host->name == name_or_address || host->address == name_or_address) return host;
    return nullptr;
}

std::chrono::microseconds Network::latency() { return random_.between(options.latency_least, options.latency_most); }

// --- listening

Status Network::listen(Process& process, const std::string& address, std::uint16_t& port, std::function<void()> wake) {
    if (port == 0) port = next_port_++;
    const bool is_new = listeners_.try_emplace({address, port}, Listener{&process, std::move(wake), {}}).second;
    if (is_new) return {};
    return failed(ErrorCode::network_error, fmt::format("listen on {}:{}: address already in use", address, port));
}

bool Network::take_waiting(const std::string& address, std::uint16_t port, Socket& socket) {
    Listener& listener = listeners_.at({address, port});
    if (listener.waiting.empty()) return false;
    listener.waiting.front()->accept(*listener.process);
    socket = Socket(std::move(listener.waiting.front()), Wire::server);
    listener.waiting.pop_front();
    return true;
}

void Network::stop_listening(const std::string& address, std::uint16_t port) {
    const auto found = listeners_.find({address, port});
    if (found == listeners_.end()) return;
    for (const std::shared_ptr<Wire>& wire : found->second.waiting) wire->close(Wire::server, true);
    listeners_.erase(found);
}

// --- connecting

std::uint64_t Network::connect(Process& process, const net::Endpoint& to, std::chrono::milliseconds timeout,
                               OnConnected on_connected) {
    const std::uint64_t number = ++attempts_made_;
    attempts_.emplace(number, Attempt{&process, to, std::move(on_connected), timeout, process.life()});
    if (const Host* host = find_host(to.host)) ++connects_[{process.host().name, host->name}];
    world_.after(latency(), [this, number] { resolve(number); });
    world_.after(timeout, [this, number, timeout] {
        fail(number, ErrorCode::timeout, fmt::format("no response within {}", net::in_words(timeout)));
    });
    return number;
}

void Network::resolve(std::uint64_t number) {
    const auto found = attempts_.find(number);
    if (found == attempts_.end()) return;
    const Host* host = find_host(found->second.to.host);
    const bool is_name = host == nullptr || host->address != found->second.to.host;
    if (is_name && (host == nullptr || names_fail)) {
        return finish(number,
                      failed(ErrorCode::network_error,
                             fmt::format("resolve {}: temporary failure in name resolution", found->second.to.host)));
    }
    knock(number);
}

void Network::knock(std::uint64_t number) {
    const auto found = attempts_.find(number);
    if (found == attempts_.end()) return;
    Attempt& attempt = found->second;
    Host& host = *find_host(attempt.to.host);
    const auto listener = listeners_.find({host.address, attempt.to.port});
    const bool is_full = listener != listeners_.end() && listener->second.waiting.size() >= waiting_max;
    if (host.is_down || !is_plugged(attempt.process->host(), host) || is_full) return knock_again(number);
    if (listener == listeners_.end()) return fail(number, ErrorCode::network_error, "connection refused");

    ++next_port_;
    const auto wire =
        std::make_shared<Wire>(world_, ++wires_made_, *attempt.process, host, next_port_, attempt.to.port);
    wires_.emplace(wires_made_, wire);
    clients_.emplace(next_port_, attempt.life);
    listener->second.waiting.push_back(wire);
    listener->second.process->wake(listener->second.wake);
    world_.after(latency(), [this, number, wire] {
        if (attempts_.contains(number)) finish(number, Socket(wire, Wire::client));
        else wire->close(Wire::client, false);
    });
}

void Network::knock_again(std::uint64_t number) {
    Attempt& attempt = attempts_.at(number);
    const std::size_t tries = static_cast<std::size_t>(attempt.tries++);
    if (tries < std::size(knocks)) world_.after(knocks[tries], [this, number] { knock(number); });
}

void Network::fail(std::uint64_t number, ErrorCode code, std::string reason) {
    const auto found = attempts_.find(number);
    if (found == attempts_.end()) return;
    finish(number, failed(code, fmt::format("connect to {}: {}", net::to_string(found->second.to), reason)));
}

// In a turn of the process, if it has not given up by then.
void Network::finish(std::uint64_t number, Result<Socket> result) {
    const auto found = attempts_.find(number);
    if (found == attempts_.end() || !found->second.done) return;
    found->second.process->wake(
        [this, number, done = std::exchange(found->second.done, nullptr), result = std::move(result)]() mutable {
            if (attempts_.erase(number) > 0) done(std::move(result));
            else if (result) result->close(false);
        });
}

// --- what happens to it

std::vector<std::shared_ptr<Wire>> Network::wires_of(const Host& a, const Host& b) const {
    std::vector<std::shared_ptr<Wire>> found;
    for (const auto& [number, weak] : wires_) {
        const std::shared_ptr<Wire> wire = weak.lock();
        if (!wire || wire->is_over()) continue;
        if (sorted(wire->host(Wire::client), wire->host(Wire::server)) == sorted(a, b)) found.push_back(wire);
    }
    return found;
}

void Network::reset_wires(Host& a, Host& b, bool all) {
    std::vector<std::shared_ptr<Wire>> wires = wires_of(a, b);
    if (!all && !wires.empty()) wires = {random_.choose(wires)};
    for (const auto& wire : wires) wire->reset();
}

void Network::cut_wires(Host& a, Host& b) {
    for (const auto& wire : wires_of(a, b)) wire->cut(true);
}

void Network::unplug(Host& a, Host& b) {
    unplugged_.insert(sorted(a, b));
    for (const auto& wire : wires_of(a, b)) wire->cut(false);
}

void Network::plug_in(Host& a, Host& b) {
    unplugged_.erase(sorted(a, b));
    if (a.is_down || b.is_down) return;
    for (const auto& wire : wires_of(a, b)) wire->mend();
}

void Network::power_up(Host& host) {
    host.is_down = false;
    for (Host* other : hosts_)
        if (is_plugged(host, *other)) plug_in(host, *other);
}

bool Network::is_plugged(const Host& a, const Host& b) const { return !unplugged_.contains(sorted(a, b)); }

std::size_t Network::wires_between(const Host& a, const Host& b) const { return wires_of(a, b).size(); }

std::uint64_t Network::connects(const Host& from, const Host& to) const {
    const auto found = connects_.find({from.name, to.name});
    return found == connects_.end() ? 0 : found->second;
}

std::uint64_t Network::bytes_read(std::uint16_t client_port) const {
    const auto found = bytes_read_.find(client_port);
    return found == bytes_read_.end() ? 0 : found->second;
}

// What the kernel does with the sockets of a process that is no more; without power, nothing does.
void Network::process_ends(Process& process, bool silently) {
    std::erase_if(attempts_, [&process](const auto& entry) { return entry.second.process == &process; });
    for (auto listener = listeners_.begin(); listener != listeners_.end();) {
        if (listener->second.process != &process) {
            ++listener;
            continue;
        }
        for (const auto& wire : listener->second.waiting) wire->accept(process);
        listener = listeners_.erase(listener);
    }
    for (auto entry = wires_.begin(); entry != wires_.end();) {
        const std::shared_ptr<Wire> wire = entry->second.lock();
        for (const int side : {Wire::client, Wire::server}) {
            if (!wire || wire->process(side) != &process) continue;
            if (silently) wire->cut(false), wire->vanish(side);
            else wire->close(side, false);
        }
        entry = wire && !wire->is_over() ? std::next(entry) : wires_.erase(entry);
    }
}

}  // namespace outflow::sim
