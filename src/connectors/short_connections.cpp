#include "connectors/short_connections.h"

#include <fmt/format.h>

namespace outflow::connectors {

std::string ShortConnections::explain(std::string_view client_id) const {
    if (count_ < told_from) return {};
    if (stage_ == Stage::accepted) {
        return fmt::format(
            "It has done so {} times in a row: its log should say why. It may be unable to use the session "
            "of client id {}, or may not let this user read the topic filter.",
            count_, client_id);
    }
    return fmt::format(
        "This was number {} in a row within seconds of the subscription: another client with the client id "
        "{} is likely. Give each client its own.",
        count_, client_id);
}

}  // namespace outflow::connectors
