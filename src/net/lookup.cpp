#include "net/lookup.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>

#include <fmt/format.h>

#include "net/reason.h"

namespace outflow::net {
namespace {

constexpr std::size_t addresses_max = 16;

// A new thread with every signal blocked: signals are for the threads that expect them. False: the system refuses.
template <class Function>
bool start_detached(Function function) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    bool is_started = true;
    try {
        std::thread(std::move(function)).detach();
    } catch (const std::system_error&) {
        is_started = false;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return is_started;
}

}  // namespace

Result<Addresses> resolve_blocking(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    if (error != 0) {
        const std::string reason = error == EAI_SYSTEM ? system_reason(errno) : lower_first(::gai_strerror(error));
        return failed(ErrorCode::network_error, fmt::format("resolve {}: {}", host, reason));
    }
    Addresses addresses;
    for (const addrinfo* entry = found; entry != nullptr && addresses.size() < addresses_max; entry = entry->ai_next) {
        if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
        SocketAddress address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.size = entry->ai_addrlen;
        addresses.push_back(address);
    }
    if (addresses.empty()) return failed(ErrorCode::network_error, fmt::format("resolve {}: no address", host));
    return addresses;
}

struct Lookup::Mailbox {
    std::mutex mutex;           // held while the thread posts: after detach() it does not
    EventLoop* loop = nullptr;  // null: detached
};

std::shared_ptr<Lookup> Lookup::start(EventLoop& loop, std::string host, std::uint16_t port) {
    const std::shared_ptr<Lookup> lookup(new Lookup(host, port));
    lookup->mailbox_ = std::make_shared<Mailbox>();
    lookup->mailbox_->loop = &loop;
    const std::weak_ptr<Lookup> waiting = lookup;
    const auto work = [mailbox = lookup->mailbox_, waiting, host = std::move(host), port] {
        Result<Addresses> result = resolve_blocking(host, port);
        const std::lock_guard lock(mailbox->mutex);
        if (mailbox->loop == nullptr) return;
        mailbox->loop->post([waiting, result = std::move(result)] {
            const std::shared_ptr<Lookup> self = waiting.lock();
            if (self == nullptr) return;
            self->is_done_ = true;
            const OnDone on_done = std::exchange(self->on_done_, nullptr);
            if (on_done) on_done(result);
        });
    };
    return start_detached(work) ? lookup : nullptr;
}

void Lookup::detach() {
    on_done_ = nullptr;
    const std::lock_guard lock(mailbox_->mutex);
    mailbox_->loop = nullptr;
}

}  // namespace outflow::net
