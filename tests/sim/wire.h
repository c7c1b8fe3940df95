// One TCP connection of the simulated network, with both of its ends. Inside tests/sim's network alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "platform/clock.h"
#include "random.h"

namespace outflow::sim {

class Network;
class Process;
class World;
struct Host;

class Wire : public std::enable_shared_from_this<Wire> {
public:
    static constexpr int client = 0;
    static constexpr int server = 1;

    Wire(World& world, std::uint64_t number, Process& from, Host& to, std::uint16_t client_port,
         std::uint16_t server_port);

    // The server's process takes its end out of the queue of its listener.
    void accept(Process& process);

    std::int64_t receive(int side, char* into, std::size_t size);
    std::int64_t transmit(int side, std::string_view bytes);
    void announce(int side, std::string_view bytes) const;  // that it will be transmitted, if it can be
    void count_read(int side, std::size_t bytes) const;     // by the process, decrypted or as they came
    void when_readable(int side, std::function<void()> ready);
    void when_writable(int side, std::function<void()> ready);
    void end_output(int side);
    void close(int side, bool with_reset);
    void set_user_timeout(int side, std::chrono::milliseconds timeout) { ends_[side].user_timeout = timeout; }
    std::string address(int side) const;

    // --- what happens to it
    void reset();             // by something in between: both ends learn it, each when it may
    void cut(bool for_good);  // swallows everything from now on
    void mend();              // unless it was for good
    void vanish(int side);    // the end is gone and tells nobody: no power
    bool is_over() const { return ends_[client].is_closed && ends_[server].is_closed; }

    Host& host(int side) const { return *ends_[side].host; }
    Process* process(int side) const { return ends_[side].process; }
    std::uint64_t number() const { return number_; }
    std::uint16_t client_port() const { return ends_[client].port; }

private:
    struct Piece {
        enum class Kind : std::uint8_t { bytes, end, reset } kind;
        std::string bytes = {};
        std::uint64_t number = 0;  // among all that the end sends
    };
    struct End {
        Host* host = nullptr;
        Process* process = nullptr;
        std::uint16_t port = 0;
        bool is_closed = false;  // by its own process, or with it
        std::string unread;
        bool has_ended = false;  // the other's end of stream has arrived
        int error = 0;           // an errno: a reset or a timeout has arrived
        std::function<void()> on_readable;
        std::function<void()> on_writable;
        // what it sent
        std::size_t on_the_way = 0;  // bytes that have not arrived
        platform::Clock::time_point last_arrival{};
        std::uint64_t pieces = 0;
        std::map<std::uint64_t, Piece> kept_back;  // while the wire is cut
        std::uint64_t arrived = 0;                 // the pieces up to this one
        std::map<std::uint64_t, Piece> early;      // those behind a piece that has not arrived
        platform::Clock::time_point lost_from = platform::Clock::time_point::max();  // later arrivals do not happen
        bool output_ended = false;
        std::chrono::milliseconds user_timeout{0};
    };

    void send(int from, Piece piece);
    void lose_output(int side);
    void depart(int from, Piece piece);
    void arrive_in_order(int from, Piece piece);
    void arrive(int to, Piece piece);
    void hear_reset(int side, int error);
    void wake_reader(int side);
    void wake_writer(int side);
    bool is_readable(const End& end) const { return !end.unread.empty() || end.has_ended || end.error != 0; }
    std::size_t room(int side) const;

    World& world_;
    const std::uint64_t number_;
    Random random_;
    End ends_[2];
    bool is_cut_ = false;
    bool is_cut_for_good_ = false;
    std::uint64_t cuts_ = 0;
};

}  // namespace outflow::sim
