#include "devbroker/client_channel.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <arpa/inet.h>

#include "base/bytes.h"

namespace outflow::devbroker {

namespace {

constexpr int reads_max = 16;                        // in one turn
constexpr std::size_t idle_input_bytes = 64 * 1024;  // of memory kept for the next unfinished frame
constexpr std::chrono::milliseconds piece_interval{1};

std::string host_bytes(const std::string& peer) {
    const std::size_t colon = peer.rfind(':');
    in_addr address{};
    if (::inet_pton(AF_INET, peer.substr(0, colon).c_str(), &address) != 1) address.s_addr = 0;
    std::uint32_t port = 0;
    if (colon != std::string::npos) std::from_chars(peer.data() + colon + 1, peer.data() + peer.size(), port);
    std::string bytes(reinterpret_cast<const char*>(&address.s_addr), sizeof address.s_addr);
    append_integer(bytes, port);
    return bytes;
}

}  // namespace

ClientChannel::ClientChannel(net::EventLoop& loop, Owner& owner, std::uint64_t number, net::AcceptedSocket socket,
                             std::shared_ptr<net::TlsSource> tls)
    : loop_(loop),
      owner_(owner),
      number_(number),
      peer_(socket.peer()),
      peer_host_(host_bytes(peer_)),
      connection_(loop, *this, {.output_bytes_kept = unsent_bytes_stop, .tls = std::move(tls)}),
      piece_timer_(loop),
      last_active_(loop.now()) {
    connection_.adopt(std::move(socket));
}

ClientChannel::~ClientChannel() {
    owner_.give_input_bytes(input_.size());
    owner_.count_unsent(counted_bytes_, 0);
}

void ClientChannel::count_unsent() {
    owner_.count_unsent(std::exchange(counted_bytes_, unsent_bytes()), unsent_bytes());
}

void ClientChannel::touch() {
    count_unsent();
    const bool is_mine = unsent_bytes() > unsent_bytes_low && owner_.is_too_much_unsent();
    if (!is_over_ && (is_mine || unsent_bytes() > unsent_bytes_max)) abort("the client does not read its responses");
    if (!std::exchange(is_touched_, true)) owner_.on_touched(*this);
}

// --- input

std::size_t ClientChannel::unsent_bytes() const { return connection_.unsent_bytes() + piece_bytes_ + held_bytes_; }

bool ClientChannel::takes_input() const {
    const std::size_t most = owner_.is_much_unsent() ? unsent_bytes_low : unsent_bytes_stop;
    return !is_over_ && !is_frozen_ && !is_closing_ && unsent_bytes() <= most;
}

void ClientChannel::on_readable() {
    is_reading_ = false;
    touch();
    read();
}

void ClientChannel::read() {
    const std::span<char> scratch = owner_.scratch();
    for (int i = 0; i < reads_max && takes_input(); ++i) {
        const auto result = connection_.read(scratch.data(), scratch.size());
        if (result.kind != net::Connection::ReadResult::Kind::bytes) break;
        last_active_ = loop_.now();
        std::string_view bytes(scratch.data(), result.size);
        if (input_.empty()) {
            bytes.remove_prefix(take_frames(bytes));
            keep(bytes);
        } else {
            keep(bytes);
            take_kept_frames();
        }
        if (result.size < scratch.size()) break;
    }
}

std::size_t ClientChannel::take_frames(std::string_view bytes) {
    std::size_t taken = 0;
    while (takes_input()) {
        const auto frame = rocketmq::decode_frame(bytes.substr(taken));
        if (!frame) {
            refuse(frame.error().context);
            break;
        }
        if (!*frame) break;
        const auto command = rocketmq::decode_header(**frame);
        if (!command) {
            refuse(command.error().context);
            break;
        }
        const std::string_view whole = bytes.substr(taken, (*frame)->size);
        taken += whole.size();
        if (!command->is_response()) owner_.on_request(*this, *command, **frame, whole);
    }
    return taken;
}

void ClientChannel::take_kept_frames() {
    const std::size_t taken = take_frames(input_);
    if (taken == 0) return;
    owner_.give_input_bytes(taken);
    input_.erase(0, taken);
    if (input_.empty() && input_.capacity() > idle_input_bytes) input_.shrink_to_fit();
}

void ClientChannel::keep(std::string_view bytes) {
    if (bytes.empty() || is_over_) return;
    if (!owner_.take_input_bytes(bytes.size())) return abort("too many bytes of unfinished frames from all clients");
    input_ += bytes;
}

// --- output

std::string* ClientChannel::direct_output() {
    const bool is_direct = pieces_.empty() && !is_frozen_ && !is_closing_ && !is_over_;
    return is_direct ? &connection_.output() : nullptr;
}

void ClientChannel::send(std::string bytes, std::size_t chunk) {
    if (is_frozen_ || is_closing_ || is_over_ || bytes.empty()) return;
    touch();
    if (pieces_.empty() && chunk == 0) {
        connection_.output() += bytes;
        return;
    }
    piece_bytes_ += bytes.size();
    pieces_.push_back({.bytes = std::move(bytes), .chunk = chunk});
    if (pieces_.size() == 1) send_piece();
}

void ClientChannel::send_piece() {
    Piece& piece = pieces_.front();
    const std::size_t left = piece.bytes.size() - piece.sent;
    const std::size_t size = piece.chunk > 0 ? std::min(piece.chunk, left) : left;
    connection_.output().append(piece.bytes, piece.sent, size);
    piece.sent += size;
    piece_bytes_ -= size;
    if (piece.sent == piece.bytes.size()) pieces_.pop_front();
    touch();
    if (!pieces_.empty()) piece_timer_.start(piece_interval, [this] { send_piece(); });
}

// --- the end

void ClientChannel::close_after_output() {
    is_closing_ = true;
    touch();
}

void ClientChannel::end(std::string reason) {
    if (std::exchange(is_over_, true)) return;
    end_reason_ = std::move(reason);
    piece_timer_.cancel();
    pieces_.clear();
    piece_bytes_ = 0;
    touch();
}

void ClientChannel::abort(std::string reason) {
    connection_.abort();
    end(std::move(reason));
}

void ClientChannel::refuse(std::string reason) {
    connection_.close();
    end(std::move(reason));
}

void ClientChannel::freeze() {
    is_frozen_ = true;
    piece_timer_.cancel();
    pieces_.clear();
    piece_bytes_ = 0;
}

void ClientChannel::on_closed(const Error& error) { end(error.context); }

ClientChannel::Turn ClientChannel::finish_turn() {
    is_touched_ = false;
    if (!is_over_ && !is_frozen_) {
        if (connection_.unsent_bytes() > 0) last_active_ = loop_.now();
        connection_.flush();
        if (is_closing_ && unsent_bytes() == 0) abort("closed on purpose");
    }
    count_unsent();
    if (is_over_) return Turn::over;
    if (!is_reading_ && takes_input()) {
        take_kept_frames();
        if (takes_input()) {
            is_reading_ = true;
            connection_.want_read();
        }
    }
    const bool waits = !is_frozen_ && (!is_reading_ || is_closing_) && !std::exchange(is_touched_, true);
    return waits ? Turn::wait : Turn::done;
}

}  // namespace outflow::devbroker
