// A command line of commands with options. CLI11 does the work, hidden in command_line.cpp: it costs seconds wherever
// it is included.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace outflow::cli {

// Thrown by callbacks: the words do not fit together. The person sees the sentence.
struct UsageError {
    std::string sentence;
};

// An option of a command; a handle, valid as long as the CommandLine. Each verb gives the option itself.
class Option {
public:
    explicit Option(CLI::Option& option) : option_(&option) {}

    Option& required();
    Option& type_name(std::string name);  // what the help shows as its value
    Option& show_default();
    Option& one_each();  // a list that takes one word each time the option is given
    Option& needs(const Option& other);
    Option& excludes(const Option& other);
    Option& in_range(std::uint64_t least, std::uint64_t most);
    Option& one_of(std::vector<std::string> words);
    Option& as_bytes();  // "32MiB" is a number
    // A sentence about what is wrong with the word; empty: nothing.
    Option& check(std::function<std::string(const std::string& word)> find_error);

    bool is_given() const;  // after parsing

private:
    CLI::Option* option_;
};

// What can be written behind a command.
struct CommandWords {
    std::string path;  // "task list"; empty: the program itself
    std::vector<std::string> commands;
    std::vector<std::string> options;  // "--server", also "-o"
};

// A command, or the program itself; a handle, valid as long as the CommandLine.
class Command {
public:
    explicit Command(CLI::App& app) : app_(&app) {}

    Command add_command(const std::string& name, const std::string& description);
    void require_command();  // one of those added
    void footer(const std::string& text);
    void version(const std::string& text, const std::string& description);  // the option --version

    // `value` is written when the line is parsed, if the option is given. A name without a dash is a place: "FILE".
    Option add_option(const std::string& name, std::string& value, const std::string& description);
    Option add_option(const std::string& name, std::vector<std::string>& value, const std::string& description);
    Option add_option(const std::string& name, std::uint32_t& value, const std::string& description);
    Option add_option(const std::string& name, std::uint64_t& value, const std::string& description);
    // `take` may throw UsageError.
    Option add_option(const std::string& name, const std::function<void(const std::string& word)>& take,
                      const std::string& description);
    Option add_flag(const std::string& name, bool& value, const std::string& description);
    Option option(const std::string& name);  // one that was added

    // Of this command and all below it.
    std::vector<CommandWords> words() const;

    // Calls it when the command was chosen and its options are good. It may throw UsageError.
    void on_parsed(std::function<void()> act);

private:
    CLI::App* app_;
};

class CommandLine {
public:
    CommandLine(const std::string& name, const std::string& description);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    Command program() { return Command(*app_); }
    std::string help() const;

    // Nothing: the callbacks have been called. Else the person has been told, and this is the exit code.
    std::optional<int> parse(std::vector<std::string> arguments, const Streams& streams);

private:
    std::string find_unknown_command(const std::vector<std::string>& arguments) const;

    std::unique_ptr<CLI::App> app_;
};

// Writes `outflow: <sentence>` to stderr and gives `code`.
int complain(const Streams& streams, int code, std::string_view sentence);

}  // namespace outflow::cli
