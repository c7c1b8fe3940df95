// ApsaraMQ for MQTT, Alibaba Cloud's broker: how its clients are named and identify themselves, and what it does not have.
// Sources, all of its documentation: "Signature-based authentication", "Client operations for token-based
// authentication", "Authentication based on device credentials", "MQTT 5.0 overview", "Limits".
//
//   client id   GROUP@@@DEVICE, at most 64 characters
//   user name   MODE|ACCESS KEY|INSTANCE
//   password    Base64(HMAC-SHA1(secret key, client id)), or R|TOKEN|W|TOKEN
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace outflow::mqtt {

enum class ApsaraMode : std::uint8_t { signature, token, device_credential };

// A token and what it allows: R (to read), W (to write) or RW.
struct ApsaraToken {
    std::string_view type;
    std::string_view token;
};

inline constexpr std::size_t apsara_client_id_bytes_max = 64;
inline constexpr std::string_view apsara_group_end = "@@@";

std::string apsara_username(ApsaraMode mode, std::string_view access_key, std::string_view instance_id);
// The password of a client with tokens.
std::string apsara_password(std::span<const ApsaraToken> tokens);

// The instance that an address of this product is of: "mqtt-cn-x" of "mqtt-cn-x.mqtt.aliyuncs.com" and of
// "mqtt-cn-x-internal-vpc.mqtt.aliyuncs.com"; empty: the host says none. Valid as long as `host`.
std::string_view apsara_instance_of(std::string_view host);

// "GID_x" of "GID_x@@@d"; empty: it has none. Valid as long as `client_id`.
std::string_view apsara_group_of(std::string_view client_id);

// Digits, letters, - and _: what groups, devices, instances and parent topics are named with.
bool is_apsara_name(std::string_view name);

// What is wrong with a client id as a sentence, or "".
std::string check_apsara_client_id(std::string_view client_id);

// What a subscription to a valid topic filter never gets there, as a sentence; "": nothing is known against it.
std::string doubt_apsara_filter(std::string_view filter);

// More is cut down to these ("MQTT 5.0 overview", "Session expiry interval").
inline constexpr std::uint16_t apsara_keep_alive_seconds_max = 480;
inline constexpr std::uint32_t apsara_session_expiry_seconds_max = 2'147'483'647;

// Tokens are renewed by publishing to the first; the others are what the broker tells its clients about theirs, without
// any subscription.
inline constexpr std::string_view apsara_upload_topic = "$SYS/uploadToken";
inline constexpr std::string_view apsara_expire_topic = "$SYS/tokenExpireNotice";
inline constexpr std::string_view apsara_invalid_topic = "$SYS/tokenInvalidNotice";

// What a code of apsara_invalid_topic means, without a full stop.
std::string_view apsara_invalid_meaning(std::int64_t code);

}  // namespace outflow::mqtt
