#include "connectors/token_renewal.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "connectors/token_notice.h"
#include "mqtt/apsaramq.h"
#include "platform/file_stamp.h"

namespace outflow::connectors {

namespace {

constexpr std::chrono::seconds look_interval{5};  // a broker gives notice some minutes before a token expires
constexpr std::chrono::seconds response_time{10};
constexpr std::uint8_t refusal_code_least = 0x80;  // MQTT 5, 2.4

bool is_file(const TokenSource& token) { return token.source.kind == platform::SecretSource::Kind::file; }

}  // namespace

TokenRenewal::TokenRenewal(net::EventLoop& loop, platform::Logger& log, MqttLink& link, std::string task,
                           const std::vector<TokenSource>& sources)
    : loop_(loop), log_(log), link_(link), task_(std::move(task)), look_timer_(loop), response_timer_(loop) {
    for (const TokenSource& source : sources) {
        tokens_.push_back({source, {}, source.value, false});
        if (!is_file(source) && source.value.empty()) read(tokens_.back());
    }
}

void TokenRenewal::read(Token& token) {
    auto value = platform::resolve_secret(token.from.source);
    if (value && value->empty()) value = failed(ErrorCode::file_error, "it is empty");
    if (!value) {
        log_.warn("A token cannot be read; the last one stays in force.",
                  {{"task", task_}, {"token", token.from.type}, {"reason", value.error().context}},
                  "token " + task_ + token.from.type);
        return;
    }
    if (*value == token.value) return;
    token.value = std::move(*value);
    token.is_known = false;
}

// The stamp is taken first: what is written while we read is read again.
void TokenRenewal::read(bool even_if_unchanged) {
    for (Token& token : tokens_) {
        if (!is_file(token.from)) continue;
        std::string now = platform::file_stamp(token.from.source.text);
        if (now == token.stamp && !even_if_unchanged) continue;
        token.stamp = std::move(now);
        read(token);
    }
}

bool TokenRenewal::has_news() {
    read(false);
    return std::any_of(tokens_.begin(), tokens_.end(), [](const Token& token) { return !token.is_known; });
}

void TokenRenewal::before_connect() {
    response_timer_.cancel();
    look_timer_.cancel();
    refusal_.clear();
    read(false);
    std::vector<mqtt::ApsaraToken> shown;
    for (Token& token : tokens_) {
        token.is_known = true;
        if (!token.value.empty()) shown.push_back({token.from.type, token.value.reveal()});
    }
    link_.session().set_password(mqtt::apsara_password(shown));
}

void TokenRenewal::on_actions(const mqtt::Actions& actions) {
    if (actions.published) on_uploaded(*actions.published);
    if (actions.subscribed) look_timer_.start(look_interval, [this] { look(false); });
}

void TokenRenewal::on_notice(const mqtt::Publish& notice) {
    TokenNotice read = read_token_notice(notice.topic, notice.payload);
    std::string what_to_do;
    for (const Token& token : tokens_) what_to_do += (what_to_do.empty() ? "" : " ") + how_to_renew(token.from);
    log_.warn(read.sentence, {{"task", task_}, {"hint", what_to_do}}, "notice " + task_);
    if (read.is_refusal) refusal_ = read.sentence + " " + what_to_do;
    // Not now: the session is receiving.
    look_timer_.start(std::chrono::milliseconds(1), [this] { look(true); });
}

void TokenRenewal::look(bool even_if_unchanged) {
    if (!link_.session().is_subscribed()) return;  // the next connection reads them
    read(even_if_unchanged);
    upload_next();
    look_timer_.start(look_interval, [this] { look(false); });
}

void TokenRenewal::upload_next() {
    mqtt::Session& session = link_.session();
    if (!session.is_subscribed() || session.is_publishing()) return;
    const auto next = std::find_if(tokens_.begin(), tokens_.end(), [](const Token& token) { return !token.is_known; });
    if (next == tokens_.end()) return;
    uploading_ = static_cast<std::size_t>(next - tokens_.begin());
    next->is_known = true;
    response_timer_.start(response_time, [this] {
        log_.warn("The MQTT broker does not answer to a new token; the next connection shows it again.",
                  {{"task", task_}, {"token", tokens_[uploading_].from.type}});
    });
    session.publish(mqtt::apsara_upload_topic, render_token_upload(next->from.type, next->value.reveal()), loop_.now(),
                    link_.begin());
    link_.apply();
}

void TokenRenewal::on_uploaded(std::uint8_t code) {
    response_timer_.cancel();
    const TokenSource& token = tokens_[uploading_].from;
    if (code < refusal_code_least) {
        refusal_.clear();
        log_.info("The MQTT broker has taken a new token.", {{"task", task_}, {"token", token.type}});
    } else {
        log_.warn("The MQTT broker has refused a new token.", {{"task", task_},
                                                               {"token", token.type},
                                                               {"code", fmt::format("0x{:02X}", code)},
                                                               {"hint", how_to_renew(token)}});
    }
    // Not now: the session may be receiving, and its Actions are in use.
    if (std::any_of(tokens_.begin(), tokens_.end(), [](const Token& each) { return !each.is_known; }))
        look_timer_.start(std::chrono::milliseconds(1), [this] { look(false); });
}

std::string how_to_renew(const TokenSource& token) {
    switch (token.source.kind) {
    case platform::SecretSource::Kind::plain: return fmt::format("Put a new token {} into the task file.", token.type);
    case platform::SecretSource::Kind::environment:
        return fmt::format("Start anew with a new token {} in {}.", token.type, token.source.text);
    case platform::SecretSource::Kind::file:
        return fmt::format("Write a new token {} to {}.", token.type, token.source.text);
    }
    return {};
}

}  // namespace outflow::connectors
