// `outflow completion`: what a shell offers when a person presses the tabulator; made of the commands themselves.
#include <fmt/format.h>

#include "app/run.h"
#include "cli/command.h"

namespace outflow::cli {

namespace {

using AllWords = std::vector<CommandWords>;

// "task list" -> " task list": the words before the cursor that are commands, each with a space before it.
std::string key_of(const CommandWords& words) { return words.path.empty() ? "" : " " + words.path; }

// `" task"|" task list"`, of all commands.
std::string known_paths(const AllWords& all) {
    std::string text;
    for (const CommandWords& words : all)
        if (!words.path.empty()) text += fmt::format("{}\"{}\"", text.empty() ? "" : "|", key_of(words));
    return text;
}

std::string bash_script(const AllWords& all) {
    std::string text = "_outflow() {\n  local at= word words= current=${COMP_WORDS[COMP_CWORD]}\n"
                       "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case \"$at $word\" in\n";
    text += fmt::format("      {}) at=\"$at $word\" ;;\n    esac\n  done\n  case \"$at\" in\n", known_paths(all));
    for (const CommandWords& words : all) {
        const auto& offered = words.commands.empty() ? words.options : words.commands;
        text += fmt::format("    \"{}\") words=\"{}\" ;;\n", key_of(words), fmt::join(offered, " "));
    }
    // Where options may stand, files may stand, too: bash offers them when nothing else fits.
    text += "  esac\n  [[ $words == -* && $current != -* ]] && words=\n"
            "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n"
            "complete -o default -F _outflow outflow\n";
    return text;
}

std::string zsh_script(const AllWords& all) {
    std::string text = "#compdef outflow\n_outflow() {\n  local at= word\n  for word in ${words[2,CURRENT-1]}; do\n"
                       "    case \"$at $word\" in\n";
    text += fmt::format("      ({}) at=\"$at $word\" ;;\n    esac\n  done\n  case \"$at\" in\n", known_paths(all));
    for (const CommandWords& words : all) {
        if (!words.commands.empty())
            text += fmt::format("    (\"{}\") compadd -- {} ;;\n", key_of(words), fmt::join(words.commands, " "));
        else
            text += fmt::format("    (\"{}\") if [[ $PREFIX == -* ]]; then compadd -- {}; else _files; fi ;;\n",
                                key_of(words), fmt::join(words.options, " "));
    }
    return text + "  esac\n}\ncompdef _outflow outflow\n";
}

std::string fish_script(const AllWords& all) {
    std::string text = "function __outflow_is_at\n  set -l at ''\n  for word in (commandline -opc)[2..-1]\n"
                       "    switch \"$at $word\"\n      case";
    for (const CommandWords& words : all)
        if (!words.path.empty()) text += fmt::format(" '{}'", key_of(words));
    text += "\n        set at \"$at $word\"\n    end\n  end\n  test \"$at\" = \"$argv[1]\"\nend\n";
    for (const CommandWords& words : all) {
        const std::string begin = fmt::format("complete -c outflow -n \"__outflow_is_at '{}'\"", key_of(words));
        if (!words.commands.empty()) text += fmt::format("{} -f -a '{}'\n", begin, fmt::join(words.commands, " "));
        for (const std::string& option : words.options) {
            const bool is_long = option.starts_with("--");
            text += fmt::format("{} -{} {}\n", begin, is_long ? 'l' : 's', option.substr(is_long ? 2 : 1));
        }
    }
    return text;
}

}  // namespace

void add_completion(Command& program, Action& action) {
    Command command = program.add_command("completion", "Writes what a shell needs to complete commands");
    const auto shell = std::make_shared<std::string>();
    command.add_option("SHELL", *shell, "bash, zsh or fish").required().type_name("").one_of({"bash", "zsh", "fish"});
    command.footer("bash: put this into ~/.bashrc:  source <(outflow completion bash)\n"
                   "zsh: put this into ~/.zshrc, behind compinit:  source <(outflow completion zsh)\n"
                   "fish: outflow completion fish > ~/.config/fish/completions/outflow.fish\n"
                   "Example: outflow completion bash");
    command.on_parsed([shell, program, &action] {
        action = [shell, program](const Streams& streams) {
            const AllWords all = program.words();
            const std::string text = *shell == "bash"  ? bash_script(all)
                                     : *shell == "zsh" ? zsh_script(all)
                                                       : fish_script(all);
            std::fwrite(text.data(), 1, text.size(), streams.out);
            return app::exit_code::ok;
        };
    });
}

}  // namespace outflow::cli
