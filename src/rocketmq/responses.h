// The server's side of the remoting protocol: encoders of responses and of the server's own requests. For the embedded
// broker and for tests; the bridge itself only decodes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rocketmq/command.h"
#include "rocketmq/frame.h"
#include "rocketmq/route.h"

namespace outflow::rocketmq {

struct Response {
    std::int32_t code = 0;
    std::string remark;  // absent when empty
    std::vector<std::pair<std::string, std::string>> ext;
    std::string body;
};

// Appends one whole frame that answers the request with `opaque`. `version` is the server's own. A code that does not
// fit 16 bits gets a JSON header whatever `type` says.
void append_response(std::string& out, SerializeType type, std::int32_t opaque, std::int32_t version,
                     const Response& response);

// Appends a one-way request of the server (NOTIFY_CONSUMER_IDS_CHANGED), with the ext fields and body of `request`.
void append_server_notice(std::string& out, SerializeType type, std::int32_t opaque, std::int32_t version,
                          const Response& request);

// JSON of a route. Without `quoted_keys` broker ids stand without quotes, as name servers write them for clients before
// version 401 that do not ask for standard JSON.
std::string route_json(const Route& route, bool quoted_keys);
// JSON of GET_BROKER_CLUSTER_INFO; its broker ids are never quoted.
std::string cluster_info_json(const ClusterInfo& info);
// JSON of GET_ALL_TOPIC_LIST_FROM_NAMESERVER.
std::string topic_list_json(const std::vector<std::string>& topics);

}  // namespace outflow::rocketmq
