// What ApsaraMQ for MQTT tells its clients about their tokens, and how they show it new ones. Pure.
#pragma once

#include <string>
#include <string_view>

namespace outflow::connectors {

struct TokenNotice {
    std::string sentence;     // for people
    bool is_refusal = false;  // a token was refused: the broker is about to close the connection
};

// A notice is JSON: {"type":"R","expireTime":1764547200000} (Unix time in ms) or {"type":"R","code":2}. Whatever it is, the
// sentence says so.
TokenNotice read_token_notice(std::string_view topic, std::string_view payload);

// The message for mqtt::apsara_upload_topic.
std::string render_token_upload(std::string_view type, std::string_view token);

}  // namespace outflow::connectors
