#include "app/prepare.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/hash.h"

namespace outflow::app {

namespace {

std::string absolute_path(const std::string& path) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    return error ? path : absolute.lexically_normal().string();
}

Result<std::string> resolve(const std::optional<platform::SecretSource>& source, const std::string& task,
                            std::string_view field) {
    if (!source) return std::string();
    const auto secret = platform::resolve_secret(*source);
    if (!secret) {
        return failed(secret.error().code, fmt::format("Task {}: the {} is not available: {}.", task, field,
                                                       secret.error().context));
    }
    return secret->reveal();
}

Result<PreparedTask> prepare(const task::Document& document, const task::TaskDefinition& definition,
                             std::string_view host_name) {
    const task::MqttInstance* mqtt = document.find_mqtt(definition.source.instance);
    const task::RocketmqInstance* rocketmq = document.find_rocketmq(definition.sink.instance);
    OUTFLOW_ASSERT(mqtt != nullptr && rocketmq != nullptr);
    PreparedTask prepared;
    prepared.definition = &definition;
    prepared.settings.mqtt = *mqtt;
    prepared.settings.rocketmq = *rocketmq;
    TRY(prepared.settings.mqtt_password, resolve(mqtt->password, definition.name, "MQTT password"));
    TRY(prepared.settings.rocketmq_secret_key, resolve(rocketmq->secret_key, definition.name, "RocketMQ secret key"));
    if (definition.source.client_id.empty()) {
        prepared.settings.client_id =
            task::default_client_id(definition, absolute_path(definition.file), host_name);
        prepared.lock_name = prepared.settings.client_id;
        prepared.client_id_passes = is_container_name(host_name);
    } else {
        // A chosen id may be used at several brokers, and may hold anything.
        prepared.settings.client_id = definition.source.client_id;
        const std::string broker = fmt::format("{}:{}", mqtt->endpoint.host, mqtt->endpoint.port);
        prepared.lock_name = fmt::format("session-{:016x}", hash_pair(broker, definition.source.client_id));
    }
    return prepared;
}

}  // namespace

Result<std::vector<PreparedTask>> prepare_tasks(const task::Document& document, std::string_view host_name) {
    std::vector<PreparedTask> tasks;
    for (const task::TaskDefinition& definition : document.tasks) {
        TRY(PreparedTask prepared, prepare(document, definition, host_name));
        tasks.push_back(std::move(prepared));
    }
    return tasks;
}

bool is_container_name(std::string_view host_name) {
    const auto all_of = [](std::string_view text, std::string_view alphabet) {
        return text.find_first_not_of(alphabet) == std::string_view::npos;
    };
    if (host_name.size() == 12 && all_of(host_name, "0123456789abcdef")) return true;
    // NAME-<hash of the template, 8 to 10>-<random, 5>
    constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
    const std::size_t last = host_name.rfind('-');
    if (last == std::string_view::npos || host_name.size() - last != 6) return false;
    const std::size_t before = host_name.substr(0, last).rfind('-');
    if (before == std::string_view::npos || before == 0) return false;
    const std::string_view hash = host_name.substr(before + 1, last - before - 1);
    return hash.size() >= 8 && hash.size() <= 10 && all_of(hash, alphabet) && all_of(host_name.substr(last + 1), alphabet);
}

Result<platform::ProcessLock> lock_session(const PreparedTask& task) {
    auto lock = platform::ProcessLock::take(task.lock_name);
    if (lock) return lock;
    if (lock.error().code != ErrorCode::closed) {
        return failed(lock.error().code, fmt::format("Nothing guards task {} against a second process with its MQTT client "
                                                     "id: {}.", task.definition->name, lock.error().context));
    }
    return failed(lock.error().code,
                  fmt::format("Task {} runs already, or its MQTT client id {} is in use on this machine: {}. Stop the other "
                              "process, or give one of the two its own source.mqtt.client_id.",
                              task.definition->name, task.settings.client_id, lock.error().context));
}

}  // namespace outflow::app
