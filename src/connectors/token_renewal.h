// The tokens of a client of ApsaraMQ for MQTT: they make the password of a connection, and are shown to the broker when
// they are renewed while it lasts.
//
//   file --has changed--> read --another token--> $SYS/uploadToken --PUBACK--> the broker has it
//                          ^
//   $SYS/tokenExpireNotice, $SYS/tokenInvalidNotice
//
// Source: Alibaba Cloud, "Client operations for token-based authentication".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/mqtt_link.h"
#include "platform/log.h"
#include "platform/secret.h"

namespace outflow::connectors {

struct TokenSource {
    std::string type;  // R, W or RW
    platform::SecretSource source;
    platform::Secret value = {};  // as it was read before; empty: not yet
};

// One thread: the loop's.
class TokenRenewal {
public:
    // All outlive it. Texts and environment variables are read now, files before each connection and every few seconds.
    TokenRenewal(net::EventLoop& loop, platform::Logger& log, MqttLink& link, std::string task,
                 const std::vector<TokenSource>& sources);

    // The link is closed and about to connect: gives its session the password.
    void before_connect();
    void on_actions(const mqtt::Actions& actions);
    // From within Session::receive.
    void on_notice(const mqtt::Publish& notice);

    // Blocking: looks at the files. Whether a token is there that the broker has not seen.
    bool has_news();
    // What the broker has last said against a token on this connection or the last one, and what to do; empty: nothing, or
    // it has taken a new one since.
    const std::string& refusal() const { return refusal_; }

private:
    struct Token {
        TokenSource from;
        std::string stamp;  // of the file when it was read
        platform::Secret value;
        bool is_known = false;  // to the broker
    };

    void read(bool even_if_unchanged);
    void read(Token& token);
    void look(bool even_if_unchanged);
    void upload_next();
    void on_uploaded(std::uint8_t code);

    net::EventLoop& loop_;
    platform::Logger& log_;
    MqttLink& link_;
    const std::string task_;
    std::vector<Token> tokens_;
    std::size_t uploading_ = 0;  // which token, while the session is publishing
    std::string refusal_;
    net::Timer look_timer_;
    net::Timer response_timer_;
};

// "Write a new token R to /run/token.", or wherever it comes from.
std::string how_to_renew(const TokenSource& token);

}  // namespace outflow::connectors
