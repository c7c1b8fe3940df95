// Headers as servers write them: members in the order of their names, language JAVA (0), as command.cpp reads them.
#include "rocketmq/responses.h"

#include <fmt/format.h>

#include <limits>
#include <map>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/format.h"
#include "rocketmq/json_reader.h"
#include "rocketmq/protocol.h"

namespace outflow::rocketmq {

namespace {

constexpr std::uint8_t language_java = 0;
constexpr std::size_t header_bytes_max = 0xFFFFFF;

struct HeaderNumbers {
    std::uint32_t flag = 0;
    std::int32_t opaque = 0;
    std::int32_t version = 0;
};

void append_json_member(std::string& out, std::string_view name, std::string_view value) {
    append_json_string(out, name);
    out.push_back(':');
    append_json_string(out, value);
}

void append_json_header(std::string& out, const HeaderNumbers& numbers, const Response& command) {
    append_format(out, "{{\"code\":{}", command.code);
    if (!command.ext.empty()) {
        out += ",\"extFields\":{";
        for (bool is_first = true; const auto& [name, value] : command.ext) {
            if (!is_first) out.push_back(',');
            is_first = false;
            append_json_member(out, name, value);
        }
        out.push_back('}');
    }
    append_format(out, ",\"flag\":{},\"language\":\"JAVA\",\"opaque\":{},", numbers.flag, numbers.opaque);
    if (!command.remark.empty()) {
        append_json_member(out, "remark", command.remark);
        out.push_back(',');
    }
    append_format(out, "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":{}}}", numbers.version);
}

void append_binary_header(std::string& out, const HeaderNumbers& numbers, const Response& command) {
    append_integer(out, static_cast<std::uint16_t>(command.code));
    append_integer(out, language_java);
    append_integer(out, static_cast<std::uint16_t>(numbers.version));
    append_integer(out, static_cast<std::uint32_t>(numbers.opaque));
    append_integer(out, numbers.flag);
    append_integer(out, static_cast<std::uint32_t>(command.remark.size()));
    out += command.remark;
    std::size_t ext_length_at = out.size();
    append_integer(out, std::uint32_t{0});
    for (const auto& [name, value] : command.ext) {
        OUTFLOW_ASSERT(name.size() <= std::numeric_limits<std::uint16_t>::max());
        append_integer(out, static_cast<std::uint16_t>(name.size()));
        out += name;
        append_integer(out, static_cast<std::uint32_t>(value.size()));
        out += value;
    }
    std::size_t ext_bytes = out.size() - ext_length_at - sizeof(std::uint32_t);
    put_integer(out, ext_length_at, static_cast<std::uint32_t>(ext_bytes));
}

void append_frame(std::string& out, SerializeType type, const HeaderNumbers& numbers, const Response& command) {
    bool fits_16_bits = command.code >= std::numeric_limits<std::int16_t>::min() &&
                        command.code <= std::numeric_limits<std::int16_t>::max();
    if (!fits_16_bits) type = SerializeType::json;
    std::size_t frame_at = out.size();
    out.append(frame_prefix_bytes, '\0');
    if (type == SerializeType::json) {
        append_json_header(out, numbers, command);
    } else {
        append_binary_header(out, numbers, command);
    }
    std::size_t header_bytes = out.size() - frame_at - frame_prefix_bytes;
    OUTFLOW_ASSERT(header_bytes <= header_bytes_max);
    out += command.body;
    std::size_t length = out.size() - frame_at - sizeof(std::uint32_t);
    OUTFLOW_ASSERT(length <= std::numeric_limits<std::uint32_t>::max());
    put_integer(out, frame_at, static_cast<std::uint32_t>(length));
    put_integer(out, frame_at + sizeof(std::uint32_t),
                static_cast<std::uint32_t>(type) << 24 | static_cast<std::uint32_t>(header_bytes));
}

// {"brokerAddrs":{"0":"127.0.0.1:10911"},"brokerName":"broker-a","cluster":"DefaultCluster" and no closing bracket.
void append_broker(std::string& out, const Broker& broker, bool quoted_keys) {
    out += "{\"brokerAddrs\":{";
    for (bool is_first = true; const BrokerAddress& address : broker.addresses) {
        if (!is_first) out.push_back(',');
        is_first = false;
        std::string_view quote = quoted_keys ? "\"" : "";
        append_format(out, "{}{}{}:", quote, address.broker_id, quote);
        append_json_string(out, address.address);
    }
    out += "},";
    append_json_member(out, "brokerName", broker.name);
    out.push_back(',');
    append_json_member(out, "cluster", broker.cluster);
}

void append_json_strings(std::string& out, const std::vector<std::string>& texts) {
    out.push_back('[');
    for (bool is_first = true; const std::string& text : texts) {
        if (!is_first) out.push_back(',');
        is_first = false;
        append_json_string(out, text);
    }
    out.push_back(']');
}

}  // namespace

void append_response(std::string& out, SerializeType type, std::int32_t opaque, std::int32_t version,
                     const Response& response) {
    append_frame(out, type, {command_flag::response, opaque, version}, response);
}

void append_server_notice(std::string& out, SerializeType type, std::int32_t opaque, std::int32_t version,
                          const Response& request) {
    append_frame(out, type, {command_flag::one_way, opaque, version}, request);
}

std::string route_json(const Route& route, bool quoted_keys) {
    std::string out = "{\"brokerDatas\":[";
    for (bool is_first = true; const Broker& broker : route.brokers) {
        if (!is_first) out.push_back(',');
        is_first = false;
        append_broker(out, broker, quoted_keys);
        out += ",\"enableActingMaster\":false}";
    }
    out += "],\"filterServerTable\":{},";
    if (!route.order_topic_conf.empty()) {
        append_json_member(out, "orderTopicConf", route.order_topic_conf);
        out.push_back(',');
    }
    out += "\"queueDatas\":[";
    for (bool is_first = true; const QueueGroup& group : route.queue_groups) {
        if (!is_first) out.push_back(',');
        is_first = false;
        out.push_back('{');
        append_json_member(out, "brokerName", group.broker_name);
        append_format(out, ",\"perm\":{},\"readQueueNums\":{},\"topicSysFlag\":0,\"writeQueueNums\":{}}}",
                      group.topic_permission, group.read_queues, group.write_queues);
    }
    out += "]}";
    return out;
}

std::string cluster_info_json(const ClusterInfo& info) {
    std::map<std::string, std::vector<std::string>> clusters;
    std::string out = "{\"brokerAddrTable\":{";
    for (bool is_first = true; const Broker& broker : info.brokers) {
        if (!is_first) out.push_back(',');
        is_first = false;
        append_json_string(out, broker.name);
        out.push_back(':');
        append_broker(out, broker, false);
        out.push_back('}');
        clusters[broker.cluster].push_back(broker.name);
    }
    out += "},\"clusterAddrTable\":{";
    for (bool is_first = true; const auto& [cluster, names] : clusters) {
        if (!is_first) out.push_back(',');
        is_first = false;
        append_json_string(out, cluster);
        out.push_back(':');
        append_json_strings(out, names);
    }
    out += "}}";
    return out;
}

std::string topic_list_json(const std::vector<std::string>& topics) {
    std::string out = "{\"topicList\":";
    append_json_strings(out, topics);
    out.push_back('}');
    return out;
}

}  // namespace outflow::rocketmq
