#include "connectors/probe_connection.h"

#include <array>
#include <utility>

#include <netdb.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "net/reason.h"
#include "platform/clock.h"

namespace outflow::connectors {

namespace {

constexpr std::int64_t warning_days = 14;
constexpr std::int64_t day_seconds = 24 * 60 * 60;
constexpr std::string_view not_proven =
    "TLS believes whoever answers: the instance says verify: none. Its ca_file or pin_sha256 would prove the peer.";

std::string address_text(const net::SocketAddress& address) {
    std::array<char, NI_MAXHOST> host{};
    const auto* raw = reinterpret_cast<const sockaddr*>(&address.storage);
    const int error = ::getnameinfo(raw, address.size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
    return error == 0 ? std::string(host.data()) : std::string();
}

// Without what repeats the step's name.
std::string without_prefix(std::string text, std::string_view prefix) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
    return text;
}

struct Finding {
    std::string detail;
    std::string warning;
};

Finding describe_tls(const net::TlsStream& tls, bool verifies) {
    Finding finding{tls.description(), verifies ? std::string() : std::string(not_proven)};
    const auto certificate = tls.peer_certificate();
    if (!certificate) return finding;
    const std::int64_t days = (certificate->ends.count() - platform::unix_ms() / 1'000) / day_seconds;
    const std::string_view unit = days == 1 || days == -1 ? "day" : "days";
    const std::string end = days < 0
                                ? fmt::format("expired {} {} ago", -days, unit)  // pins or verify: none let it pass
                                : fmt::format("expires in {} {}", days, unit);
    finding.detail += fmt::format("; certificate of {}, {}", certificate->subject, end);
    if (days < warning_days)
        finding.warning =
            fmt::format("The peer's certificate {}: have it renewed.{}{}", end, verifies ? "" : " ", finding.warning);
    return finding;
}

}  // namespace

ProbeAdvice split_tls_reason(const std::string& sentence) {
    std::size_t at = sentence.rfind("; ");
    if (at == std::string::npos && (at = sentence.rfind("): ")) != std::string::npos) ++at;
    if (at == std::string::npos && sentence.ends_with('?')) at = sentence.rfind(": ");
    if (at == std::string::npos)
        return {sentence, "Is this the port for TLS, and do the files below tls of the instance fit the peer?"};
    std::string remedy = sentence.substr(at + 2);
    if (!remedy.empty() && remedy[0] >= 'a' && remedy[0] <= 'z') remedy[0] = static_cast<char>(remedy[0] - 'a' + 'A');
    if (!remedy.ends_with('?')) remedy += '.';
    return {sentence.substr(0, at), std::move(remedy)};
}

ProbeConnection::ProbeConnection(net::EventLoop& loop, ProbeSteps& steps, Owner& owner)
    : loop_(loop), steps_(steps), owner_(owner), connection_(loop, *this) {}

ProbeConnection::~ProbeConnection() {
    if (lookup_) lookup_->detach();
}

void ProbeConnection::open(ProbePeer peer) {
    peer_ = std::move(peer);
    is_again_ = false;
    addresses_.clear();
    failures_.clear();
    next_ = 0;
    const std::string remedy =
        fmt::format("Is the host name {} right, and does this machine's name server know it?", peer_.endpoint.host);
    steps_.begin("resolve", peer_.name, remedy);
    lookup_ = net::Lookup::start(loop_, peer_.endpoint.host, peer_.endpoint.port);
    if (lookup_) return lookup_->tell([this](Result<net::Addresses> addresses) { on_resolved(addresses); });
    refuse("no thread can be started for it", "Look at the limits of this machine, it has too many threads.");
}

void ProbeConnection::on_resolved(const Result<net::Addresses>& addresses) {
    if (!addresses) {
        const std::string detail =
            without_prefix(addresses.error().context, fmt::format("resolve {}: ", peer_.endpoint.host));
        return refuse(detail, fmt::format("Is the host name {} right, and does this machine's name server know it?",
                                          peer_.endpoint.host));
    }
    std::vector<std::string> texts;
    for (const net::SocketAddress& address : *addresses) {
        texts.push_back(address_text(address));
        addresses_.push_back({texts.back(), peer_.endpoint.port});
    }
    steps_.pass(fmt::format("{}", fmt::join(texts, ", ")));
    steps_.begin("connect", peer_.name,
                 fmt::format("Is the address right, and does a firewall let port {} through?{}{}", peer_.endpoint.port,
                             peer_.where_from.empty() ? "" : " ", peer_.where_from));
    connect_next();
}

// A host that does not answer leaves time for the next address.
void ProbeConnection::connect_next() {
    const auto share = steps_.step_limit() / static_cast<std::int64_t>(addresses_.size());
    connection_.open(addresses_[next_++], share);
}

void ProbeConnection::reopen() {
    is_again_ = true;
    connection_.open(addresses_[next_ - 1], steps_.step_limit());
}

void ProbeConnection::on_connected() {
    connection_.want_read();
    if (!is_again_) steps_.pass(std::string(connection_.peer()));
    if (!peer_.tls) return become_reached();
    begin_tls();
}

void ProbeConnection::on_connect_failed(const Error& error) {
    if (!failures_.empty()) failures_ += "; ";
    failures_ += without_prefix(error.context, "connect to ");
    if (!is_again_ && next_ < addresses_.size()) return connect_next();
    refuse(failures_, fmt::format("Is it running, is {} its port, and does a firewall let it through?{}{}",
                                  peer_.endpoint.port, peer_.where_from.empty() ? "" : " ", peer_.where_from));
}

// --- TLS

void ProbeConnection::begin_tls() {
    if (!is_again_) steps_.begin("tls", peer_.name, fmt::format("Is {} the port for TLS?", peer_.endpoint.port));
    const auto context = peer_.tls->context();
    if (!context) return refuse(context.error().context, "Correct the files below tls of the instance.");
    tls_ = std::make_unique<net::TlsStream>(*context, peer_.tls->name_for(peer_.endpoint.host));
    std::string wire;
    tls_->start(wire);
    write(wire);
    shake_hands();
}

void ProbeConnection::shake_hands() {
    if (tls_->state() == net::TlsStream::State::handshake) return;
    if (tls_->state() != net::TlsStream::State::open) {
        ProbeAdvice advice = split_tls_reason(tls_->reason());
        return refuse(std::move(advice.detail), std::move(advice.remedy));
    }
    if (!is_again_) {
        const auto context = peer_.tls->context();
        Finding finding = describe_tls(*tls_, !context || (*context)->verifies());
        steps_.pass(std::move(finding.detail), std::move(finding.warning));
    }
    become_reached();
}

void ProbeConnection::become_reached() {
    is_reached_ = true;
    owner_.on_reached();
}

// --- bytes

void ProbeConnection::on_readable() {
    std::array<char, 16 * 1024> block;
    const auto result = connection_.read(block.data(), block.size());
    if (result.kind == net::Connection::ReadResult::Kind::closed) return;
    const std::uint64_t closings = closings_;
    if (result.kind == net::Connection::ReadResult::Kind::bytes) take({block.data(), result.size});
    if (closings == closings_) connection_.want_read();
}

void ProbeConnection::take(std::string_view bytes) {
    if (!tls_) return owner_.on_bytes(bytes);
    std::string wire;
    tls_->take(bytes, wire);
    write(wire);
    const std::uint64_t closings = closings_;
    if (!is_reached_) shake_hands();
    if (is_reached_ && closings == closings_) decrypt();
}

void ProbeConnection::decrypt() {
    std::array<char, 16 * 1024> block;
    const std::uint64_t closings = closings_;
    for (;;) {
        std::string wire;
        const std::size_t size = tls_->read(block.data(), block.size(), wire);
        write(wire);
        if (size == 0) break;
        owner_.on_bytes({block.data(), size});
        if (closings != closings_) return;
    }
    if (tls_->state() == net::TlsStream::State::failed) lose({ErrorCode::tls_failed, tls_->reason()});
    else if (tls_->state() == net::TlsStream::State::ended) lose({ErrorCode::closed, "closed by the peer"});
}

void ProbeConnection::on_closed(const Error& error) {
    if (tls_ && !is_reached_) {
        tls_->on_wire_closed();
        return shake_hands();
    }
    lose(error);
}

void ProbeConnection::lose(const Error& error) {
    close();
    owner_.on_lost(error);
}

void ProbeConnection::refuse(std::string detail, std::string remedy) {
    steps_.fail(std::move(detail), std::move(remedy));
    close();
    owner_.on_unreachable();
}

void ProbeConnection::send(std::string_view bytes) {
    if (!tls_) return write(bytes);
    if (tls_->state() != net::TlsStream::State::open) return;
    std::string wire;
    tls_->write(bytes, wire);
    write(wire);
}

void ProbeConnection::write(std::string_view wire) {
    if (wire.empty() || connection_.state() != net::Connection::State::open) return;
    connection_.output() += wire;
    connection_.flush();
}

void ProbeConnection::end_output() {
    if (tls_) {
        std::string wire;
        tls_->end(wire);
        write(wire);
    }
    connection_.end_output();
}

void ProbeConnection::close() {
    ++closings_;
    if (lookup_) lookup_->detach();
    lookup_.reset();
    connection_.close();
    tls_.reset();
    is_reached_ = false;
}

}  // namespace outflow::connectors
