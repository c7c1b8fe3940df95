// From a checked document to what workers need: secrets, client ids, and the locks that keep a second process from
// taking over an MQTT session.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/worker.h"
#include "base/result.h"
#include "platform/process_lock.h"
#include "task/definition.h"

namespace outflow::app {

struct PreparedTask {
    const task::TaskDefinition* definition = nullptr;  // of the document
    WorkerSettings settings;
    std::string lock_name;  // stands for its MQTT session on this machine
    bool client_id_passes = false;  // it was made of a host name that looks like a container's: the next one has another
};

// All tasks of a document that load.h found without errors; the document outlives the result. A default client id
// depends on `host_name` and the absolute path of the task's file, as given: a link is not followed.
// Errors: those of platform::resolve_secret, with the task's name.
Result<std::vector<PreparedTask>> prepare_tasks(const task::Document& document, std::string_view host_name);

// A host name as container runtimes make them up: Docker's 12 hexadecimal digits, a pod of a Kubernetes deployment.
bool is_container_name(std::string_view host_name);

// Held as long as the result lives. Errors: closed, with a sentence that says what to do: another process of this machine
// has the session; network_error: the system cannot tell.
Result<platform::ProcessLock> lock_session(const PreparedTask& task);

}  // namespace outflow::app
