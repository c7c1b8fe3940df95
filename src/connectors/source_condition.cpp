#include "connectors/source_condition.h"

#include <string_view>

#include <fmt/format.h>

#include "platform/clock.h"

namespace outflow::connectors {

namespace {

constexpr std::chrono::milliseconds session_loss_told = std::chrono::minutes(10);

}  // namespace

std::string describe(const SourceCondition& condition) {
    if (!condition.last_error.empty()) {
        std::string_view last_error = condition.last_error;
        if (last_error.ends_with('.')) last_error.remove_suffix(1);
        const std::string since = platform::format_rfc3339(condition.last_error_since_ms);
        return condition.is_unreachable
                   ? fmt::format("MQTT broker {} unreachable since {}: {}", condition.broker, since, last_error)
                   : fmt::format("not subscribed at MQTT broker {} since {}: {}", condition.broker, since, last_error);
    }
    if (condition.paused_bytes) {
        return fmt::format("reading stopped: {} bytes of unsettled messages are held", *condition.paused_bytes);
    }
    if (condition.owed > 0) {
        return fmt::format(
            "the MQTT broker has our session but sends nothing: {} messages that were not acknowledged do not "
            "come again",
            condition.owed);
    }
    if (condition.session_lost_ms != 0 && condition.now_ms - condition.session_lost_ms < session_loss_told.count()) {
        return fmt::format("the MQTT broker had lost the session at {}: messages published while away may be missing",
                           platform::format_rfc3339(condition.session_lost_ms));
    }
    const std::string_view or_mqtt_5 = condition.v3_was_asked_for ? ", or let the task speak MQTT 5" : "";
    if (condition.is_v3 && condition.is_shared && condition.is_silent) {
        return fmt::format(
            "no message has come yet: $share belongs to MQTT 5, and several brokers (RabbitMQ, Moquette, "
            "aedes) grant it in a 3.1.1 session and never send anything; subscribe without $share{}",
            or_mqtt_5);
    }
    if (condition.is_v3 && condition.sent_ahead > 0) {
        return fmt::format("the MQTT broker sends only {} messages ahead of their acknowledgements (Mosquitto: "
                           "max_inflight_messages); raise it there{}",
                           condition.sent_ahead, or_mqtt_5);
    }
    return {};
}

}  // namespace outflow::connectors
