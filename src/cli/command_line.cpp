#include "cli/command_line.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "app/run.h"
#include "base/spelling.h"

namespace outflow::cli {

namespace {

// CLI11 has told the person already; its own codes are many, ours are three.
int report(const CLI::App& app, const CLI::ParseError& error, const Streams& streams) {
    std::ostringstream out;
    std::ostringstream err;
    const bool is_help = app.exit(error, out, err) == 0;
    std::fputs(out.str().c_str(), streams.out);
    std::fputs(err.str().c_str(), streams.err);
    return is_help ? app::exit_code::ok : app::exit_code::invalid;
}

void add_words(const CLI::App& app, const std::string& path, std::vector<CommandWords>& all) {
    CommandWords words{path, {}, {}};
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_snames()) words.options.push_back("-" + name);
        for (const std::string& name : option->get_lnames()) words.options.push_back("--" + name);
    }
    const std::vector<const CLI::App*> below = app.get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* each : below) words.commands.push_back(each->get_name());
    all.push_back(std::move(words));
    for (const CLI::App* each : below) add_words(*each, path + (path.empty() ? "" : " ") + each->get_name(), all);
}

}  // namespace

Option& Option::required() {
    option_->required();
    return *this;
}

Option& Option::type_name(std::string name) {
    option_->type_name(std::move(name));
    return *this;
}

Option& Option::show_default() {
    option_->capture_default_str();
    return *this;
}

Option& Option::one_each() {
    option_->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return *this;
}

Option& Option::needs(const Option& other) {
    option_->needs(other.option_);
    return *this;
}

Option& Option::excludes(const Option& other) {
    option_->excludes(other.option_);
    return *this;
}

Option& Option::in_range(std::uint64_t least, std::uint64_t most) {
    option_->check(CLI::Range(least, most), "");
    return *this;
}

Option& Option::one_of(std::vector<std::string> words) {
    option_->check(CLI::IsMember(std::move(words)), "");
    return *this;
}

Option& Option::as_bytes() {
    option_->transform(CLI::AsSizeValue(false));
    return *this;
}

Option& Option::check(std::function<std::string(const std::string& word)> find_error) {
    option_->check(std::move(find_error), "");
    return *this;
}

bool Option::is_given() const { return option_->count() > 0; }

Command Command::add_command(const std::string& name, const std::string& description) {
    return Command(*app_->add_subcommand(name, description));
}

void Command::require_command() { app_->require_subcommand(1); }

void Command::footer(const std::string& text) { app_->footer(text); }

void Command::version(const std::string& text, const std::string& description) {
    app_->set_version_flag("--version", text, description);
}

Option Command::add_option(const std::string& name, std::string& value, const std::string& description) {
    return Option(*app_->add_option(name, value, description));
}

Option Command::add_option(const std::string& name, std::vector<std::string>& value, const std::string& description) {
    return Option(*app_->add_option(name, value, description));
}

Option Command::add_option(const std::string& name, std::uint32_t& value, const std::string& description) {
    return Option(*app_->add_option(name, value, description));
}

Option Command::add_option(const std::string& name, std::uint64_t& value, const std::string& description) {
    return Option(*app_->add_option(name, value, description));
}

Option Command::add_option(const std::string& name, const std::function<void(const std::string& word)>& take,
                           const std::string& description) {
    return Option(*app_->add_option_function<std::string>(name, take, description));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& description) {
    return Option(*app_->add_flag(name, value, description));
}

Option Command::option(const std::string& name) { return Option(*app_->get_option(name)); }

std::vector<CommandWords> Command::words() const {
    std::vector<CommandWords> all;
    add_words(*app_, {}, all);
    return all;
}

void Command::on_parsed(std::function<void()> act) { app_->callback(std::move(act)); }

CommandLine::CommandLine(const std::string& name, const std::string& description)
    : app_(std::make_unique<CLI::App>(description, name)) {}

CommandLine::~CommandLine() = default;

std::string CommandLine::help() const { return app_->help(); }

// Of the first word that should be a command and is none; empty: there is none such. CLI11 only says that one is missing.
std::string CommandLine::find_unknown_command(const std::vector<std::string>& arguments) const {
    const CLI::App* level = app_.get();
    std::string path = level->get_name();
    for (const std::string& word : arguments) {
        const std::vector<const CLI::App*> known = level->get_subcommands([](const CLI::App*) { return true; });
        if (known.empty() || word.starts_with("-")) return {};
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&word](const CLI::App* command) { return command->get_name() == word; });
        if (found == known.end()) {
            std::vector<std::string> names;
            for (const CLI::App* command : known) names.push_back(command->get_name());
            const std::string_view near = nearest_word(word, std::vector<std::string_view>(names.begin(), names.end()));
            return fmt::format("There is no command \"{} {}\". {}See {} --help.", path, word,
                               near.empty() ? "" : fmt::format("Did you mean {}? ", near), path);
        }
        level = *found;
        path += " " + word;
    }
    return {};
}

std::optional<int> CommandLine::parse(std::vector<std::string> arguments, const Streams& streams) {
    if (const std::string unknown = find_unknown_command(arguments); !unknown.empty()) {
        return complain(streams, app::exit_code::invalid, unknown);
    }
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
        app_->parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        return report(*app_, error, streams);
    } catch (const UsageError& error) {
        return report(*app_, CLI::ValidationError(error.sentence), streams);
    }
    return std::nullopt;
}

int complain(const Streams& streams, int code, std::string_view sentence) {
    fmt::print(streams.err, "outflow: {}\n", sentence);
    return code;
}

}  // namespace outflow::cli
