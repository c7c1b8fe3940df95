#include "app/prepare.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

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
        prepared.lock_name = prepared.settings.client_id + ".lock";
    } else {
        // A chosen id may be used at several brokers, and may hold anything.
        prepared.settings.client_id = definition.source.client_id;
        const std::string broker = fmt::format("{}:{}", mqtt->endpoint.host, mqtt->endpoint.port);
        prepared.lock_name = fmt::format("session-{:016x}.lock", hash_pair(broker, definition.source.client_id));
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

Result<std::string> make_lock_folder() {
    const std::string folder = fmt::format("/tmp/outflow-{}", ::getuid());
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return failed(ErrorCode::file_error, fmt::format("The folder {} for lock files cannot be made: {}.", folder,
                                                         std::generic_category().message(errno)));
    }
    struct stat status {};
    // Not through a link: another user could have put it there.
    const bool is_ours = ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                         status.st_uid == ::getuid() && (status.st_mode & 077) == 0;
    if (!is_ours) {
        return failed(ErrorCode::file_error, fmt::format("The folder {} for lock files belongs to somebody else, or "
                                                         "others may write to it: remove it.", folder));
    }
    return folder;
}

Result<platform::LockFile> lock_session(const std::string& folder, const PreparedTask& task) {
    auto lock = platform::LockFile::take(folder + "/" + task.lock_name);
    if (!lock) {
        return failed(lock.error().code,
                      fmt::format("Task {} runs already, or its MQTT client id {} is in use on this machine: {}. Stop the "
                                  "other process, or give one of the two its own source.mqtt.client_id.",
                                  task.definition->name, task.settings.client_id, lock.error().context));
    }
    return std::move(*lock);
}

}  // namespace outflow::app
