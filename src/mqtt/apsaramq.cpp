#include "mqtt/apsaramq.h"

#include <algorithm>

#include <fmt/format.h>

#include "mqtt/topic.h"

namespace outflow::mqtt {

namespace {

constexpr std::size_t topic_bytes_max = 64;  // of the whole topic; a parent topic has at least 3

std::string_view name_of(ApsaraMode mode) {
    switch (mode) {
    case ApsaraMode::signature: return "Signature";
    case ApsaraMode::token: return "Token";
    case ApsaraMode::device_credential: return "DeviceCredential";
    }
    return "";
}

}  // namespace

std::string apsara_username(ApsaraMode mode, std::string_view access_key, std::string_view instance_id) {
    return fmt::format("{}|{}|{}", name_of(mode), access_key, instance_id);
}

std::string apsara_password(std::span<const ApsaraToken> tokens) {
    std::string password;
    for (const ApsaraToken& token : tokens) {
        if (!password.empty()) password += '|';
        password.append(token.type).append("|").append(token.token);
    }
    return password;
}

std::string_view apsara_instance_of(std::string_view host) {
    constexpr std::string_view domain = ".mqtt.aliyuncs.com";
    if (!host.ends_with(domain)) return {};
    std::string_view name = host.substr(0, host.size() - domain.size());
    // Which network the address is for.
    for (const std::string_view network : {"-internal-vpc", "-internal", "-vpc"}) {
        if (!name.ends_with(network)) continue;
        name.remove_suffix(network.size());
        break;
    }
    return is_apsara_name(name) ? name : std::string_view();
}

std::string_view apsara_group_of(std::string_view client_id) {
    const std::size_t end = client_id.find(apsara_group_end);
    return end == std::string_view::npos ? std::string_view() : client_id.substr(0, end);
}

bool is_apsara_name(std::string_view name) {
    const auto is_legal = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), is_legal);
}

std::string check_apsara_client_id(std::string_view client_id) {
    const std::string_view group = apsara_group_of(client_id);
    const std::string_view device =
        group.empty() ? std::string_view() : client_id.substr(group.size() + apsara_group_end.size());
    if (!is_apsara_name(group) || !is_apsara_name(device))
        return "a client id of ApsaraMQ for MQTT is GROUP@@@DEVICE, both of letters, digits, - and _";
    if (client_id.size() <= apsara_client_id_bytes_max) return {};
    return fmt::format("a client id of ApsaraMQ for MQTT has at most {} characters, this one has {}",
                       apsara_client_id_bytes_max, client_id.size());
}

std::string doubt_apsara_filter(std::string_view filter) {
    const std::string_view parent = filter.substr(0, filter.find('/'));
    if (has_wildcard(parent) || !is_apsara_name(parent))
        return "a topic of ApsaraMQ for MQTT begins with a parent topic that was made in its console, of letters, "
               "digits, - and _";
    if (parent.size() < 3) return "a parent topic of ApsaraMQ for MQTT has at least 3 characters";
    if (filter.size() <= topic_bytes_max) return {};
    return fmt::format("topics of ApsaraMQ for MQTT have at most {} characters, this filter has {}", topic_bytes_max,
                       filter.size());
}

std::string_view apsara_invalid_meaning(std::int64_t code) {
    switch (code) {
    case 1: return "it is forged and cannot be parsed";
    case 2: return "it has expired";
    case 3: return "it was revoked";
    case 4: return "it is not for this topic";
    case 5: return "it does not permit this";
    case 8: return "its signature is invalid";
    case -1: return "the account has no permission";
    default: return "for a reason that the documentation does not know";
    }
}

}  // namespace outflow::mqtt
