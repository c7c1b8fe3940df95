// What connections that ended soon say together: one may be a broken network, several in a row have a cause that a
// person has to find. A broker that cannot use our session closes right after CONNACK; of two clients with one client
// id Mosquitto closes the older connection and gives no reason. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace outflow::connectors {

class ShortConnections {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    void on_accepted() { reached_ = Stage::accepted; }  // CONNACK
    void on_subscribed(TimePoint now) {                 // SUBACK
        reached_ = Stage::subscribed;
        subscribed_at_ = now;
    }
    // The connection, or the attempt, has ended. `unexplained`: the broker closed it without a reason.
    void on_ended(bool unexplained, TimePoint now) {
        const Stage reached = std::exchange(reached_, Stage::none);
        lasted_ = reached == Stage::subscribed && now - subscribed_at_ >= settled_after;
        if (reached == Stage::none || !unexplained || now - last_at_ > memory) count_ = 0;
        if (reached == Stage::none || !unexplained || lasted_) return;
        count_ = reached == stage_ ? count_ + 1 : 1;
        stage_ = reached;
        last_at_ = now;
    }

    // Whether the connection that ended was a success: then the broker is tried again at once.
    bool lasted() const { return lasted_; }
    // Another client has our client id, as it seems: fighting it costs both their messages' time.
    bool is_fight() const { return stage_ == Stage::subscribed && count_ >= fight_from; }
    // What to say beside how the last one ended; empty: nothing yet.
    std::string explain(std::string_view client_id) const;

private:
    enum class Stage : std::uint8_t { none, accepted, subscribed };

    static constexpr std::chrono::seconds settled_after{10};
    static constexpr std::chrono::minutes memory{5};  // of the last short one
    static constexpr std::size_t told_from = 3;
    static constexpr std::size_t fight_from = 5;

    Stage reached_ = Stage::none;  // by the current connection
    Stage stage_ = Stage::none;    // by each of those counted
    TimePoint subscribed_at_{};
    TimePoint last_at_{};  // end of the last short one
    std::size_t count_ = 0;
    bool lasted_ = false;
};

}  // namespace outflow::connectors
