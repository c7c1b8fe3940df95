// From a checked document to what workers need: secrets, client ids, and the locks that keep a second process from
// taking over an MQTT session.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/worker.h"
#include "base/result.h"
#include "platform/file.h"
#include "task/definition.h"

namespace outflow::app {

struct PreparedTask {
    const task::TaskDefinition* definition = nullptr;  // of the document
    WorkerSettings settings;
    std::string lock_name;  // of the file that stands for its MQTT session
};

// All tasks of a document that load.h found without errors; the document outlives the result. A default client id
// depends on `host_name` and the absolute path of the task's file, as given: a link is not followed.
// Errors: those of platform::resolve_secret, with the task's name.
Result<std::vector<PreparedTask>> prepare_tasks(const task::Document& document, std::string_view host_name);

// The folder of the lock files: /tmp/outflow-<user id>, the same for every process of this user, whatever its
// environment. Created with mode 0700. Errors: file_error, also when somebody else owns it or may write to it.
Result<std::string> make_lock_folder();

// Held as long as the result lives. Errors: file_error with a sentence that says what to do.
Result<platform::LockFile> lock_session(const std::string& folder, const PreparedTask& task);

}  // namespace outflow::app
