// Numbers of the RocketMQ remoting protocol that this client uses.
#pragma once

#include <cstdint>
#include <string_view>

namespace outflow::rocketmq {

enum class RequestCode : std::int32_t {
    pull_message = 11,
    update_and_create_topic = 17,
    search_offset_by_timestamp = 29,
    get_max_offset = 30,
    get_min_offset = 31,
    heart_beat = 34,
    unregister_client = 35,
    get_route_by_topic = 105,
    get_broker_cluster_info = 106,
    get_all_topics = 206,
    delete_topic_in_broker = 215,
    delete_topic_in_name_server = 216,
    send_message_v2 = 310,
    send_batch_message = 320,

    // What other clients ask for, and the embedded broker answers.
    send_message = 10,
    query_consumer_offset = 14,
    update_consumer_offset = 15,
    get_broker_config = 26,
    get_broker_runtime_info = 28,
    get_earliest_store_time = 32,
    view_message_by_id = 33,
    consumer_send_message_back = 36,
    get_consumer_list_by_group = 38,
    notify_consumer_ids_changed = 40,  // from the broker to clients
    lock_batch_mq = 41,
    unlock_batch_mq = 42,
    check_client_config = 46,
    get_kv_config = 101,
    delete_kv_config = 102,
    get_topic_stats = 202,
    get_consumer_connections = 203,
    get_producer_connections = 204,
    get_consume_stats = 208,
    get_topic_config = 351,
    lite_pull_message = 361,
};

namespace response_code {
inline constexpr std::int32_t success = 0;
inline constexpr std::int32_t system_error = 1;
inline constexpr std::int32_t system_busy = 2;
inline constexpr std::int32_t request_code_not_supported = 3;
inline constexpr std::int32_t flush_disk_timeout = 10;
inline constexpr std::int32_t slave_not_available = 11;
inline constexpr std::int32_t flush_slave_timeout = 12;
inline constexpr std::int32_t message_illegal = 13;
inline constexpr std::int32_t service_not_available = 14;
inline constexpr std::int32_t version_not_supported = 15;
inline constexpr std::int32_t no_permission = 16;
inline constexpr std::int32_t topic_not_exist = 17;
inline constexpr std::int32_t pull_not_found = 19;
inline constexpr std::int32_t pull_retry_immediately = 20;
inline constexpr std::int32_t pull_offset_moved = 21;
inline constexpr std::int32_t query_not_found = 22;
inline constexpr std::int32_t subscription_parse_failed = 23;
inline constexpr std::int32_t subscription_not_exist = 24;
inline constexpr std::int32_t subscription_not_latest = 25;
inline constexpr std::int32_t invalid_parameter = 29;
inline constexpr std::int32_t consumer_not_online = 206;
inline constexpr std::int32_t flow_control = 215;
inline constexpr std::int32_t go_away = 1500;
}  // namespace response_code

namespace command_flag {
inline constexpr std::uint32_t response = 1;
inline constexpr std::uint32_t one_way = 2;
}  // namespace command_flag

// Bits of a message's sysFlag.
namespace sys_flag {
inline constexpr std::uint32_t compressed = 0x1;
inline constexpr std::uint32_t born_host_ipv6 = 0x10;
inline constexpr std::uint32_t store_host_ipv6 = 0x20;
inline constexpr std::uint32_t compression_mask = 0x700;
inline constexpr std::uint32_t compression_lz4 = 0x100;
inline constexpr std::uint32_t compression_zstd = 0x200;
inline constexpr std::uint32_t compression_zlib = 0x300;
// For our own compressed bodies: consumers before 4.9.4 look at the lowest bit only and take it for zlib as well.
inline constexpr std::uint32_t zlib_body = compressed | compression_zlib;
}  // namespace sys_flag

// Bits of a topic's permission.
namespace permission {
inline constexpr std::uint32_t write = 2;
inline constexpr std::uint32_t read = 4;
}  // namespace permission

inline constexpr std::uint8_t language_cpp = 1;

// Announced in every request: V5_3_3, the newest release that the product is tested with. From 401 (V4_9_4) on name
// servers write strictly valid route JSON. A broker that is being stopped gracefully answers GO_AWAY (1500) only to
// clients above 441 (5.2.0 to 5.3.1) or above 475 (5.3.2 and later); from others it takes sends until it closes the
// connection under them. The sink handles 1500 with a new connection, so a number above 475 spares it lost responses.
inline constexpr std::int32_t client_version = 479;

// The topic whose route tells where a missing topic can come into being.
inline constexpr std::string_view auto_create_topic = "TBW102";

}  // namespace outflow::rocketmq
