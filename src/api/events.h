// Server-sent events about the tasks: their states at once and when they change, their numbers once a second.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "api/access.h"
#include "api/routes.h"
#include "api/status_board.h"
#include "http/event_stream.h"
#include "net/event_loop.h"
#include "net/timer.h"

namespace outflow::api {

// A client that does not read in time loses numbers, but no state: it gets all of them anew when there is room. Belongs to the
// control loop's thread; dies before the server.
class Events {
public:
    Events(net::EventLoop& loop, const Registry& registry, StatusBoard& board, Access& access);

    void add_routes(Routes& routes);

private:
    struct Client {
        Caller caller;
        http::EventStream events;
        // States that it has not got yet, or missed: those behind this name. None: it has them.
        std::optional<std::string> next = std::string();
        bool is_gone = false;
    };

    void begin(const Caller& caller, http::Responder responder);
    void tick();
    void send_states(Client& client, const std::set<std::string>& changed);
    void send_missing_states(Client& client);
    void send_counters(Client& client);
    bool send_state(Client& client, const std::string& name);
    bool is_known(const Client& client) const;

    const Registry& registry_;
    StatusBoard& board_;
    Access& access_;
    net::Timer timer_;
    std::list<Client> clients_;
    std::map<std::string, std::string> counts_;          // by task, as sent last
    std::map<std::string, std::string> changed_counts_;  // of this second
    unsigned ticks_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace outflow::api
