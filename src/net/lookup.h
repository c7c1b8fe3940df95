// Host name resolution that can be given up: getaddrinfo knows no deadline, so it runs in a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/result.h"
#include "net/event_loop.h"

namespace outflow::net {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

using Addresses = std::vector<SocketAddress>;

// Resolves here and now; may take as long as the system's resolver likes. At most 16 addresses, at least one.
// Errors: network_error.
Result<Addresses> resolve_blocking(const std::string& host, std::uint16_t port);

// One lookup under way. The thread is detached and ends when getaddrinfo does, even if nobody waits any more.
class Lookup {
public:
    using OnDone = std::function<void(Result<Addresses>)>;

    // Starts it. Null: no thread could be started.
    static std::shared_ptr<Lookup> start(EventLoop& loop, std::string host, std::uint16_t port);

    // Loop's thread. Whom to tell, once, from the loop; empty: nobody. A finished lookup tells nobody new.
    void tell(OnDone on_done) { on_done_ = std::move(on_done); }
    bool is_under_way_for(const std::string& host, std::uint16_t port) const {
        return !is_done_ && host == host_ && port == port_;
    }
    // Before the loop ends: the thread does not touch it any more.
    void detach();

private:
    struct Mailbox;
    Lookup(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

    std::string host_;
    std::uint16_t port_;
    OnDone on_done_;
    bool is_done_ = false;
    std::shared_ptr<Mailbox> mailbox_;  // shared with the thread
};

}  // namespace outflow::net
