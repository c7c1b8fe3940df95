// The way to one peer of a connection test, in steps of their own: resolve, connect, tls. A net::Connection does all
// three at once and tells only how it ended.
//
//   open --> resolve --> connect (one address after another) --> tls --> on_reached, on_bytes ... on_lost
//               '------------'-------------------------------------'---> on_unreachable
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/probe_steps.h"
#include "net/connection.h"
#include "net/lookup.h"
#include "net/tls_stream.h"

namespace outflow::connectors {

struct ProbePeer {
    std::string name;  // as steps show it
    net::Endpoint endpoint;
    std::shared_ptr<net::TlsSource> tls;  // null: plain TCP
    std::string where_from;               // a sentence for one that cannot be reached; may be empty
};

struct ProbeAdvice {
    std::string detail;
    std::string remedy;
};
// TLS says in one sentence what is wrong and, behind its last semicolon or the reason in brackets, what to do.
ProbeAdvice split_tls_reason(const std::string& sentence);

// One thread: the loop's. Used for one peer after another.
class ProbeConnection final : private net::Connection::Listener {
public:
    // Each may call everything here, but destroy the connection only from on_lost and on_unreachable.
    class Owner {
    public:
        virtual void on_reached() = 0;
        // A step has failed; it is noted.
        virtual void on_unreachable() = 0;
        virtual void on_bytes(std::string_view bytes) = 0;
        // It was reached, and is closed now. Not after close().
        virtual void on_lost(const Error& error) = 0;

    protected:
        ~Owner() = default;
    };

    // All outlive it.
    ProbeConnection(net::EventLoop& loop, ProbeSteps& steps, Owner& owner);
    ~ProbeConnection();

    // Only when closed.
    void open(ProbePeer peer);
    // To the address that was reached, as a part of the step that is under way. Only when closed.
    void reopen();
    void send(std::string_view bytes);
    // Nothing is sent any more; on_lost tells that the peer has closed, too.
    void end_output();
    void close();

    const ProbePeer& peer() const { return peer_; }

private:
    void on_connected() override;
    void on_connect_failed(const Error& error) override;
    void on_readable() override;
    void on_closed(const Error& error) override;

    void on_resolved(const Result<net::Addresses>& addresses);
    void connect_next();
    void begin_tls();
    void shake_hands();
    void become_reached();
    void take(std::string_view bytes);
    void decrypt();
    void lose(const Error& error);
    void refuse(std::string detail, std::string remedy);
    void write(std::string_view wire);

    net::EventLoop& loop_;
    ProbeSteps& steps_;
    Owner& owner_;
    net::Connection connection_;
    std::shared_ptr<net::Lookup> lookup_;
    std::unique_ptr<net::TlsStream> tls_;  // null: plain TCP, or not connected yet
    ProbePeer peer_;
    std::vector<net::Endpoint> addresses_;
    std::size_t next_ = 0;   // the address to try next
    std::string failures_;   // of those that were tried
    bool is_again_ = false;  // reopen(): there are no steps
    bool is_reached_ = false;
    std::uint64_t closings_ = 0;  // to see that the owner has closed it
};

}  // namespace outflow::connectors
