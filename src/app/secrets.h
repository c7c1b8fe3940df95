// The secrets of instances, from where task files say that they are.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "task/spec.h"

namespace outflow::app {

// The secrets of an instance; `task` is whose, for the errors: those of platform::resolve_secret.
Result<task::InstanceSecrets> resolve_secrets(const task::InstanceKind& instance, const std::string& task);

// The files that secrets are read from.
std::vector<std::string> secret_files(const task::Document& document);

}  // namespace outflow::app
