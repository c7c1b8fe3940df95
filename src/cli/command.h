// What the commands share. Inside cli only; the only header that shows CLI11.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands.h"

namespace outflow::cli {

// What was chosen on the command line, to be carried out after parsing.
using Action = std::function<int(const Streams&)>;

// Each adds its command to `parent` and sets `action` when it was chosen.
void add_run(CLI::App& parent, Action& action);
void add_lint(CLI::App& parent, Action& action);
void add_jsonpath(CLI::App& parent, Action& action);
void add_pattern(CLI::App& parent, Action& action);
void add_task(CLI::App& parent, Action& action);
void add_version(CLI::App& parent, Action& action);
void add_rocketmq(CLI::App& parent, Action& action);
void add_devbroker(CLI::App& parent, Action& action);
// Below `rocketmq`.
void add_topics(CLI::App& parent, Action& action);
void add_create_topic(CLI::App& parent, Action& action);
void add_consume(CLI::App& parent, Action& action);

// Writes `outflow: <sentence>` to stderr and gives `code`.
int complain(const Streams& streams, int code, std::string_view sentence);

}  // namespace outflow::cli
