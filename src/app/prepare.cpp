#include "app/prepare.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "app/secrets.h"
#include "base/hash.h"

namespace outflow::app {

namespace {

std::string absolute_path(const std::string& path) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    return error ? path : absolute.lexically_normal().string();
}

// Of an instance that the task names; empty: it needs none, or there is none.
Result<task::InstanceSecrets> resolve_secrets(const std::optional<task::Instance>& instance, const std::string& task) {
    if (!instance) return task::InstanceSecrets();
    return app::resolve_secrets(instance->kind, task);
}

}  // namespace

Result<task::TaskSpec> prepare_task(const task::Document& document, const task::TaskDefinition& definition,
                                    const std::function<std::string(std::string_view prefix)>& make_client_id) {
    task::TaskSpec spec;
    spec.definition = definition;
    spec.source_instance = document.find(task::instance_of(definition.source));
    spec.sink_instance = document.find(task::instance_of(definition.sink));
    TRY(spec.source_secrets, resolve_secrets(spec.source_instance, definition.name));
    TRY(spec.sink_secrets, resolve_secrets(spec.sink_instance, definition.name));
    spec.client_id = task::chosen_client_id(definition.source);
    if (!spec.client_id.empty()) return spec;
    spec.client_id = make_client_id(
        task::client_id_prefix(definition.source, spec.source_instance ? &*spec.source_instance : nullptr));
    return spec;
}

Result<std::vector<task::TaskSpec>> prepare_tasks(const task::Document& document, std::string_view host_name) {
    std::vector<task::TaskSpec> specs;
    for (const task::TaskDefinition& definition : document.tasks) {
        TRY(task::TaskSpec spec, prepare_task(document, definition, [&](std::string_view prefix) {
                return task::default_client_id(definition, absolute_path(definition.file), host_name, 0, prefix);
            }));
        specs.push_back(std::move(spec));
    }
    return specs;
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
    return hash.size() >= 8 && hash.size() <= 10 && all_of(hash, alphabet) &&
           all_of(host_name.substr(last + 1), alphabet);
}

// A chosen id may be used at several brokers, and may hold anything.
std::string lock_name(const task::TaskSpec& spec) {
    if (task::chosen_client_id(spec.definition.source).empty()) return spec.client_id;
    return fmt::format("session-{:016x}", hash_pair(task::session_address(spec), spec.client_id));
}

Result<platform::ProcessLock> lock_session(const task::TaskSpec& spec) {
    const std::string& task = spec.definition.name;
    auto lock = platform::ProcessLock::take(lock_name(spec));
    if (lock) return lock;
    if (lock.error().code != ErrorCode::closed) {
        return failed(lock.error().code,
                      fmt::format("Nothing guards task {} against a second process with its MQTT client "
                                  "id: {}.",
                                  task, lock.error().context));
    }
    return failed(
        lock.error().code,
        fmt::format("Task {} runs already, or its MQTT client id {} is in use on this machine: {}. Stop the other "
                    "process, or give one of the two its own source.mqtt.client_id.",
                    task, spec.client_id, lock.error().context));
}

}  // namespace outflow::app
