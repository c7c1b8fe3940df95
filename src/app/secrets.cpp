#include "app/secrets.h"

#include <fmt/format.h>

namespace outflow::app {

namespace {

Result<platform::Secret> resolve(const std::optional<platform::SecretSource>& source, std::string_view meaning,
                                 const std::string& task, bool may_be_empty = true) {
    if (!source) return platform::Secret();
    auto secret = platform::resolve_secret(*source);
    if (secret && secret->empty() && !may_be_empty) secret = failed(ErrorCode::invalid_argument, "it is empty");
    if (secret) return secret;
    return failed(secret.error().code,
                  fmt::format("Task {}: the {} is not available: {}.", task, meaning, secret.error().context));
}

}  // namespace

Result<task::InstanceSecrets> resolve_secrets(const task::InstanceKind& instance, const std::string& task) {
    task::InstanceSecrets secrets;
    const task::InstanceSecret own = task::secret_of(instance);
    TRY(secrets.own, resolve(own.source, own.meaning, task, own.may_be_empty));
    for (const task::TokenDefinition& token : task::tokens_of(instance)) {
        TRY(platform::Secret secret, resolve(token.source, "token " + token.type, task, false));
        secrets.tokens.push_back(std::move(secret));
    }
    const task::TlsDefinition* tls = task::tls_of(instance);
    if (tls == nullptr) return secrets;
    TRY(secrets.key_password, resolve(tls->key_password, "password of " + tls->key_file, task));
    return secrets;
}

std::vector<std::string> secret_files(const task::Document& document) {
    std::vector<std::string> files;
    const auto add = [&files](const std::optional<platform::SecretSource>& source) {
        if (source && source->kind == platform::SecretSource::Kind::file) files.push_back(source->text);
    };
    for (const task::Instance& instance : document.instances) {
        add(task::secret_of(instance.kind).source);
        for (const task::TokenDefinition& token : task::tokens_of(instance.kind)) add(token.source);
        if (const task::TlsDefinition* tls = task::tls_of(instance.kind)) add(tls->key_password);
    }
    return files;
}

}  // namespace outflow::app
