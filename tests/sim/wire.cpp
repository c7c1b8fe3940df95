#include "wire.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "process.h"
#include "world.h"

namespace outflow::sim {

namespace {
constexpr std::size_t pieces_max = 4;
constexpr std::chrono::milliseconds probe_time{2'000};  // how soon an idle end finds out that the other one is gone
}  // namespace

Wire::Wire(World& world, std::uint64_t number, Process& from, Host& to, std::uint16_t client_port,
           std::uint16_t server_port)
    : world_(world), number_(number), random_(world.seed(), "wire", number) {
    ends_[client].host = &from.host();
    ends_[client].process = &from;
    ends_[client].port = client_port;
    ends_[server].host = &to;
    ends_[server].port = server_port;
}

void Wire::accept(Process& process) { ends_[server].process = &process; }

std::string Wire::address(int side) const { return fmt::format("{}:{}", ends_[side].host->address, ends_[side].port); }

// --- what an end does

std::int64_t Wire::receive(int side, char* into, std::size_t size) {
    End& end = ends_[side];
    if (!end.unread.empty()) {
        const std::size_t taken = end.unread.copy(into, size);
        end.unread.erase(0, taken);
        // The other end hears of the room after a while.
        world_.after(random_.between(world_.network().options.latency_least, world_.network().options.latency_most),
                     [self = shared_from_this(), side] { self->wake_writer(1 - side); });
        return static_cast<std::int64_t>(taken);
    }
    if (end.error != 0) return -end.error;
    return end.has_ended ? 0 : -EAGAIN;
}

std::size_t Wire::room(int side) const {
    const std::size_t used = ends_[side].on_the_way + ends_[1 - side].unread.size();
    const std::size_t all = world_.network().options.buffer_bytes;
    return used < all ? all - used : 0;
}

std::int64_t Wire::transmit(int side, std::string_view bytes) {
    End& end = ends_[side];
    if (end.error != 0) return -end.error;
    if (end.output_ended) return -EPIPE;
    std::size_t taken = std::min(bytes.size(), room(side));
    if (taken == 0) return -EAGAIN;
    const bool is_split = random_.percent(world_.network().options.split_percent);
    if (is_split && random_.one_in(4)) taken = 1 + random_.below(taken);  // the kernel takes less than it could
    bytes = bytes.substr(0, taken);
    end.on_the_way += taken;
    const std::size_t pieces = is_split ? 1 + random_.below(pieces_max) : 1;
    for (std::size_t i = 1; i < pieces && bytes.size() > 1; ++i) {
        const std::size_t size = 1 + random_.below(bytes.size() - 1);
        send(side, {Piece::Kind::bytes, std::string(bytes.substr(0, size))});
        bytes.remove_prefix(size);
    }
    send(side, {Piece::Kind::bytes, std::string(bytes)});
    return static_cast<std::int64_t>(taken);
}

void Wire::announce(int side, std::string_view bytes) const {
    if (!world_.network().on_output) return;
    world_.network().on_output(
        {ends_[side].host->name, ends_[1 - side].host->name, client_port(), side == client, bytes});
}

void Wire::count_read(int side, std::size_t bytes) const {
    if (side == client) world_.network().count_read(client_port(), bytes);
}

void Wire::when_readable(int side, std::function<void()> ready) {
    ends_[side].on_readable = std::move(ready);
    if (is_readable(ends_[side])) wake_reader(side);
}

void Wire::when_writable(int side, std::function<void()> ready) {
    ends_[side].on_writable = std::move(ready);
    if (room(side) > 0 || ends_[side].error != 0) wake_writer(side);
}

void Wire::end_output(int side) {
    End& end = ends_[side];
    if (std::exchange(end.output_ended, true) || end.error != 0) return;
    send(side, {Piece::Kind::end});
}

void Wire::close(int side, bool with_reset) {
    End& end = ends_[side];
    if (end.is_closed) return;
    const bool was_readable = !end.unread.empty();
    end.is_closed = true;
    end.on_readable = end.on_writable = nullptr;
    end.unread.clear();
    if (end.error != 0) return;
    // As Linux: closing with input unread is a reset, too.
    if (!with_reset && !was_readable) return end_output(side);
    lose_output(side);
    send(side, {Piece::Kind::reset});
}

// Of what was sent some more arrives, and the rest never does.
void Wire::lose_output(int side) {
    ends_[side].kept_back.clear();
    const auto from =
        world_.now() + random_.between(std::chrono::microseconds(0), world_.network().options.latency_most);
    ends_[side].lost_from = std::min(ends_[side].lost_from, from);
}

// --- on the way

void Wire::send(int from, Piece piece) {
    piece.number = ++ends_[from].pieces;
    if (is_cut_) ends_[from].kept_back.emplace(piece.number, std::move(piece));
    else depart(from, std::move(piece));
}

// Order is kept: nothing arrives before what was sent before.
void Wire::depart(int from, Piece piece) {
    const NetworkOptions& options = world_.network().options;
    const auto arrival = world_.now() + random_.between(options.latency_least, options.latency_most);
    ends_[from].last_arrival = std::max(ends_[from].last_arrival, arrival);
    world_.at(ends_[from].last_arrival, [self = shared_from_this(), from, piece = std::move(piece)]() mutable {
        const bool is_lost = piece.kind != Piece::Kind::reset && self->world_.now() > self->ends_[from].lost_from;
        if (is_lost) return;
        if (self->is_cut_) self->ends_[from].kept_back.emplace(piece.number, std::move(piece));
        else self->arrive_in_order(from, std::move(piece));
    });
}

// What was kept back while the wire was cut may be overtaken by what was on the way then.
void Wire::arrive_in_order(int from, Piece piece) {
    if (piece.kind == Piece::Kind::reset) return arrive(1 - from, std::move(piece));
    End& sender = ends_[from];
    sender.early.emplace(piece.number, std::move(piece));
    while (!sender.early.empty() && sender.early.begin()->first == sender.arrived + 1) {
        ++sender.arrived;
        arrive(1 - from, std::move(sender.early.extract(sender.early.begin()).mapped()));
    }
}

void Wire::arrive(int to, Piece piece) {
    End& end = ends_[to];
    End& sender = ends_[1 - to];
    sender.on_the_way -= std::min(sender.on_the_way, piece.bytes.size());
    if (end.error != 0 || (end.is_closed && piece.kind != Piece::Kind::bytes)) return;
    world_.mix(piece.bytes.size() * 4 + static_cast<std::uint64_t>(piece.kind));
    switch (piece.kind) {
    case Piece::Kind::bytes:
        // Nobody is there any more: the sender is told so, and may lose what it has not read.
        if (end.is_closed) return send(to, {Piece::Kind::reset});
        end.unread += piece.bytes;
        break;
    case Piece::Kind::end: end.has_ended = true; break;
    case Piece::Kind::reset: return hear_reset(to, ECONNRESET);
    }
    wake_reader(to);
}

// Linux leaves what has arrived to be read, others drop it.
void Wire::hear_reset(int side, int error) {
    End& end = ends_[side];
    if (end.is_closed || end.error != 0) return;
    end.error = error;
    end.on_the_way = 0;
    end.kept_back.clear();
    if (random_.one_in(2)) end.unread.clear();
    wake_reader(side);
    wake_writer(side);
}

void Wire::wake_reader(int side) {
    End& end = ends_[side];
    if (!end.on_readable || end.process == nullptr) return;
    end.process->wake(std::exchange(end.on_readable, nullptr));
}

void Wire::wake_writer(int side) {
    End& end = ends_[side];
    if (!end.on_writable || end.process == nullptr || (room(side) == 0 && end.error == 0)) return;
    end.process->wake(std::exchange(end.on_writable, nullptr));
}

// --- what happens to it

void Wire::reset() {
    for (const int side : {client, server}) {
        lose_output(side);
        world_.after(random_.between(std::chrono::microseconds(0), world_.network().options.latency_most),
                     [self = shared_from_this(), side] { self->hear_reset(side, ECONNRESET); });
    }
}

void Wire::cut(bool for_good) {
    is_cut_for_good_ = is_cut_for_good_ || for_good;
    if (std::exchange(is_cut_, true)) return;
    ++cuts_;
    for (const int side : {client, server}) {
        const auto timeout = ends_[side].user_timeout;
        if (timeout.count() == 0) continue;
        world_.after(timeout, [self = shared_from_this(), side, number = cuts_] {
            if (self->is_cut_ && self->cuts_ == number) self->hear_reset(side, ETIMEDOUT);
        });
    }
}

void Wire::mend() {
    if (is_cut_for_good_ || !std::exchange(is_cut_, false)) return;
    for (const int side : {client, server}) {
        for (auto& [number, piece] : std::exchange(ends_[side].kept_back, {})) depart(side, std::move(piece));
        // Keep-alive finds that nobody is there.
        if (ends_[1 - side].is_closed && !ends_[side].is_closed) {
            world_.after(random_.between(std::chrono::microseconds(0), std::chrono::microseconds(probe_time)),
                         [self = shared_from_this(), side] { self->hear_reset(side, ECONNRESET); });
        }
    }
}

void Wire::vanish(int side) {
    ends_[side].is_closed = true;
    ends_[side].on_readable = ends_[side].on_writable = nullptr;
    ends_[side].unread.clear();
    ends_[side].kept_back.clear();
}

}  // namespace outflow::sim
