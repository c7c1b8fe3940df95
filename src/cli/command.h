// What the commands share. Inside cli only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/sentence.h"
#include "cli/command_line.h"

namespace outflow::cli {

// What was chosen on the command line, to be carried out after parsing.
using Action = std::function<int(const Streams&)>;

// Each adds its command to `parent` and sets `action` when it was chosen.
void add_run(Command& parent, Action& action);
void add_server(Command& parent, Action& action);
void add_lint(Command& parent, Action& action);
void add_jsonpath(Command& parent, Action& action);
void add_pattern(Command& parent, Action& action);
void add_task(Command& parent, Action& action);
void add_test_files(Command& parent, Action& action);
void add_version(Command& parent, Action& action);
void add_completion(Command& program, Action& action);
void add_rocketmq(Command& parent, Action& action);
void add_devbroker(Command& parent, Action& action);
// Those that ask a server.
void add_login(Command& parent, Action& action);  // and logout
void add_context(Command& parent, Action& action);
void add_instance(Command& parent, Action& action);
void add_user(Command& parent, Action& action);
void add_key(Command& parent, Action& action);
void add_audit(Command& parent, Action& action);
void add_apply(Command& parent, Action& action);  // and diff
void add_export(Command& parent, Action& action);
void add_backup(Command& parent, Action& action);
// Below `task`.
void add_server_tasks(Command& task, Action& action);
void add_task_watch(Command& task, Action& action);
// Below `rocketmq`.
void add_topics(Command& parent, Action& action);
void add_create_topic(Command& parent, Action& action);
void add_consume(Command& parent, Action& action);

}  // namespace outflow::cli
