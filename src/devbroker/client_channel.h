// One client's connection: frames in, answers out. Inside devbroker only.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "net/acceptor.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "rocketmq/command.h"
#include "rocketmq/frame.h"

namespace outflow::devbroker {

// Belongs to the loop's thread. Ends only in finish_turn(): what is called in between may be called at any time.
class ClientChannel final : private net::Connection::Listener {
public:
    static constexpr std::size_t unsent_bytes_stop = 8 * 1024 * 1024;  // over it nothing more is read
    static constexpr std::size_t unsent_bytes_low = 64 * 1024;         // the same, while all clients leave much unread
    static constexpr std::size_t unsent_bytes_max = 64 * 1024 * 1024;  // over it the connection is reset

    class Owner {
    public:
        // One request (responses are passed over). Views: valid within the call, `bytes` is the whole frame.
        virtual void on_request(ClientChannel& channel, const rocketmq::Command& command, const rocketmq::Frame& frame,
                                std::string_view bytes) = 0;
        // finish_turn() has to be called at the end of this turn.
        virtual void on_touched(ClientChannel& channel) = 0;
        // Memory for one read, shared by all channels.
        virtual std::span<char> scratch() = 0;
        // Whether so many more bytes of unfinished frames may be kept.
        virtual bool take_input_bytes(std::size_t bytes) = 0;
        virtual void give_input_bytes(std::size_t bytes) = 0;
        // The channel's unsent bytes were `before` and are `now`; the sum is over all channels.
        virtual void count_unsent(std::size_t before, std::size_t now) = 0;
        virtual bool is_much_unsent() const = 0;
        virtual bool is_too_much_unsent() const = 0;

    protected:
        ~Owner() = default;
    };

    ClientChannel(net::EventLoop& loop, Owner& owner, std::uint64_t number, net::AcceptedSocket socket,
                  std::shared_ptr<net::TlsSource> tls);
    ~ClientChannel();
    ClientChannel(const ClientChannel&) = delete;
    ClientChannel& operator=(const ClientChannel&) = delete;

    void start() { connection_.want_read(); }

    std::uint64_t number() const { return number_; }
    const std::string& peer() const { return peer_; }
    const std::string& peer_host() const { return peer_host_; }  // 4 bytes of address (0 for IPv6), 4 of port

    // Sends behind what was given before. `chunk` not 0: in pieces of so many bytes, one a millisecond.
    void send(std::string bytes, std::size_t chunk = 0);
    // The same without a copy: append here, then call touch(). Null while something leaves in pieces, or nothing does.
    std::string* direct_output();
    void touch();
    // Bytes that will be sent later: they count as unsent until given back.
    void hold(std::size_t bytes) { held_bytes_ += bytes; }
    void release(std::size_t bytes) { held_bytes_ -= bytes; }

    // A reset, when everything given to send() has left.
    void close_after_output();
    // A reset, now; what was given and has not left is dropped.
    void abort(std::string reason);
    // Neither reads nor sends any more, and stays open.
    void freeze();

    enum class Turn : std::uint8_t {
        done,  // finish_turn() is due again when touched
        wait,  // finish_turn() is due again at the end of the next turn: output has to leave first
        over,  // the connection is over, and the channel can be destroyed
    };
    // Sends, and goes on reading where it had stopped.
    Turn finish_turn();
    const std::string& end_reason() const { return end_reason_; }

    net::EventLoop::Clock::time_point last_active() const { return last_active_; }
    bool is_frozen() const { return is_frozen_; }

private:
    void on_connected() override {}
    void on_connect_failed(const Error&) override {}
    void on_readable() override;
    void on_closed(const Error& error) override;

    bool takes_input() const;
    void count_unsent();
    std::size_t unsent_bytes() const;
    void read();
    // Carries out the whole frames of `bytes`; how many bytes that was.
    std::size_t take_frames(std::string_view bytes);
    void take_kept_frames();
    void keep(std::string_view bytes);
    void send_piece();
    void refuse(std::string reason);
    void end(std::string reason);

    struct Piece {
        std::string bytes;
        std::size_t chunk = 0;  // 0: all at once
        std::size_t sent = 0;
    };

    net::EventLoop& loop_;
    Owner& owner_;
    const std::uint64_t number_;
    const std::string peer_;
    std::string peer_host_;
    net::Connection connection_;
    net::Timer piece_timer_;
    std::string input_;  // the beginning of a frame, or frames that wait until answers have left
    std::deque<Piece> pieces_;
    std::size_t piece_bytes_ = 0;  // of pieces_, unsent
    std::size_t held_bytes_ = 0;
    std::size_t counted_bytes_ = 0;  // unsent, as the owner knows
    net::EventLoop::Clock::time_point last_active_;
    std::string end_reason_;
    bool is_touched_ = false;
    bool is_reading_ = true;  // on_readable() will come
    bool is_frozen_ = false;
    bool is_closing_ = false;  // ends when all has left
    bool is_over_ = false;
};

}  // namespace outflow::devbroker
