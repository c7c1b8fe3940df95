#include "cli/terminal.h"

#include <cstdlib>
#include <memory>

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "app/environment.h"
#include "app/signals.h"
#include "platform/file.h"
#include "platform/process.h"

namespace outflow::cli {

namespace {

constexpr std::size_t answer_bytes_max = 64 * 1024;
constexpr std::size_t edited_bytes_max = 64 * 1024 * 1024;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// Where questions go; null: nowhere. Standard error may be a file: then what answers come from shows them.
File question_file(const Streams& streams) {
    if (is_terminal(streams.err)) return {streams.err, [](std::FILE* file) { return std::fflush(file); }};
    File file(::fdopen(::dup(STDIN_FILENO), "w"), std::fclose);
    if (!file) file.reset(::fdopen(platform::open_terminal(), "w"));
    return file;
}

void print_question(const Streams& streams, std::string_view text) {
    if (const File file = question_file(streams)) fmt::print(file.get(), "{}", text);
}

std::string chosen_editor() {
    const std::string editor = app::environment("VISUAL");
    return editor.empty() ? app::environment("EDITOR") : editor;
}

std::optional<std::string> read_line() {
    std::string line;
    int c = 0;
    while ((c = std::getc(stdin)) != EOF && c != '\n' && line.size() < answer_bytes_max) line += static_cast<char>(c);
    if (c == EOF && line.empty()) return std::nullopt;
    return line;
}

// No echo as long as it lives; the terminal is then as it was, also when Ctrl-C ends the process meanwhile.
class Silence {
public:
    Silence() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_silent_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~Silence() {
        if (is_silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    termios before_{};
    bool is_silent_ = false;
    const app::Signals signals_{[this](int signal) {
        if (is_silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::_Exit(128 + signal);
    }};
};

}  // namespace

bool is_terminal(std::FILE* file) {
    const int descriptor = ::fileno(file);
    return descriptor >= 0 && platform::is_terminal(descriptor);
}

TerminalSize terminal_size(std::FILE* file) {
    winsize size{};
    if (::ioctl(::fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

bool shows_colours(std::FILE* file) { return is_terminal(file) && app::environment("NO_COLOR").empty(); }

std::string paint(bool shows, Colour colour, std::string_view text) {
    if (!shows || colour == Colour::none) return std::string(text);
    const int number = colour == Colour::red ? 31 : colour == Colour::green ? 32 : 33;
    return fmt::format("\x1b[{}m{}\x1b[0m", number, text);
}

bool can_ask(const Streams& streams) { return is_terminal(stdin) && question_file(streams) != nullptr; }

std::optional<std::string> ask(const Streams& streams, std::string_view question) {
    print_question(streams, question);
    return read_line();
}

bool confirm(const Streams& streams, std::string_view question) {
    const auto answer = ask(streams, fmt::format("{} [y/N] ", question));
    return answer && (*answer == "y" || *answer == "Y" || *answer == "yes");
}

Result<platform::Secret> ask_password(const Streams& streams, std::string_view question) {
    std::string word;
    if (can_ask(streams)) {
        const Silence silence;
        word = ask(streams, question).value_or("");
        print_question(streams, "\n");
    } else if (is_terminal(stdin)) {
        return failed(ErrorCode::invalid_argument,
                      "nobody can be asked for the password here: give it to standard input, as in ... < FILE");
    } else {
        TRY(word, platform::read_input(std::string(platform::standard_input), answer_bytes_max));
        if (word.ends_with('\n')) word.pop_back();
        if (word.ends_with('\r')) word.pop_back();
    }
    platform::Secret secret(std::move(word));
    if (secret.empty()) {
        return failed(ErrorCode::invalid_argument,
                      "the password is empty: type it, or give it to standard input, as in ... < FILE");
    }
    return secret;
}

Result<platform::Secret> ask_new_password(const Streams& streams, std::string_view question) {
    Result<platform::Secret> password = ask_password(streams, question);
    if (!password || !can_ask(streams)) return password;
    TRY(const platform::Secret again, ask_password(streams, "The same again: "));
    if (again.reveal() == password->reveal()) return password;
    return failed(ErrorCode::invalid_argument, "the two passwords differ; nothing was changed: try once more");
}

bool can_edit() {
    if (!chosen_editor().empty()) return true;
    const std::string kind = app::environment("TERM");
    return platform::is_terminal(STDIN_FILENO) && platform::is_terminal(STDOUT_FILENO) && !kind.empty() &&
           kind != "dumb";
}

Result<std::string> edit_in_file(const std::string& name, const std::string& text) {
    std::string folder = app::environment("TMPDIR");
    if (folder.empty()) folder = "/tmp";
    const std::string path = fmt::format("{}/outflow-{:016x}-{}", folder, platform::random_u64(), name);
    if (Status written = platform::write_file_atomically(path, text); !written)
        return failed(std::move(written).error());
    std::string editor = chosen_editor();
    if (editor.empty()) editor = "vi";
    // The folder may have quotes in its name: the shell sees it as a variable. An editor is a command with its options.
    ::setenv("OUTFLOW_EDITED", path.c_str(), 1);
    const int status = std::system((editor + " \"$OUTFLOW_EDITED\"").c_str());
    if (status == 0) return path;
    const auto written = platform::read_file(path, edited_bytes_max);
    if (written && *written != text) {
        return failed(ErrorCode::file_error,
                      fmt::format("the editor failed: {}; what it wrote is in {}", editor, path));
    }
    static_cast<void>(platform::remove_file(path));
    return failed(ErrorCode::file_error, fmt::format("the editor failed: {}", editor));
}

}  // namespace outflow::cli
