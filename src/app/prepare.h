// From a checked document to what workers need: client ids, and the locks that keep a second process from
// taking over an MQTT session.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/process_lock.h"
#include "task/spec.h"

namespace outflow::app {

// All tasks of a document that load.h found without errors. A default client id depends on `host_name` and the absolute
// path of the task's file, as given: a link is not followed.
// Errors: those of platform::resolve_secret, with the task's name.
Result<std::vector<task::TaskSpec>> prepare_tasks(const task::Document& document, std::string_view host_name);

// One of them; `make_client_id` is asked for the id of a task that names none, with what its broker wants it to begin with.
Result<task::TaskSpec> prepare_task(const task::Document& document, const task::TaskDefinition& definition,
                                    const std::function<std::string(std::string_view prefix)>& make_client_id);

// A host name as container runtimes make them up: Docker's 12 hexadecimal digits, a pod of a Kubernetes deployment.
bool is_container_name(std::string_view host_name);

// What stands for its MQTT session on this machine.
std::string lock_name(const task::TaskSpec& spec);

// Held as long as the result lives. Errors: closed, with a sentence that says what to do: another process of this
// machine has the session; network_error: the system cannot tell.
Result<platform::ProcessLock> lock_session(const task::TaskSpec& spec);

}  // namespace outflow::app
