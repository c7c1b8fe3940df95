// The control of a running server, as text: what a request to its control port asks for, and the answer in JSON.
//
//   GET    /state              settings, topics, rules with their counts, connections
//   GET    /requests?after=N   recorded requests behind number N, about 16 MiB of them at most
//   POST   /faults             a rule, or an array of rules: objects, or strings as for --fault
//   DELETE /faults, /faults/N
//   PATCH  /settings           an object of what is to change (POST does the same)
//   POST   /topics             {"name":"t","queues":4}
//   DELETE /topics/NAME
//   POST   /listen, /unlisten, /drop
#pragma once

#include <string>
#include <string_view>

#include "devbroker/server.h"

namespace outflow::devbroker {

// Views, valid within the call.
struct ControlRequest {
    std::string_view method;
    std::string_view path;
    std::string_view query;
    std::string_view host;  // the field Host
    std::string_view content_type;
    std::string_view body;
};

struct ControlResponse {
    unsigned status = 200;
    std::string body = "{}";  // JSON; of an error {"error":"a sentence"}
    std::string allow = {};   // of status 405: the methods that the path takes, "GET, HEAD"
};

// Belongs to the server's thread. A page in a browser must not control the server: a request counts only when its Host
// is an IP address or localhost (so no name that somebody else can point here), of loopback unless `is_remote_allowed`;
// and what changes something must be of type application/json or be a DELETE, which no page sends without asking.
// A faulty request changes nothing.
class Control {
public:
    static constexpr std::size_t body_bytes_max = 32 * 1024 * 1024;

    explicit Control(Server& server, bool is_remote_allowed = false)
        : server_(server), is_remote_allowed_(is_remote_allowed) {}

    ControlResponse handle(const ControlRequest& request);

private:
    Server& server_;
    const bool is_remote_allowed_;
};

}  // namespace outflow::devbroker
