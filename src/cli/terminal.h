// What commands ask a person, and how they show things to one. Blocking.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/commands.h"
#include "platform/secret.h"

namespace outflow::cli {

bool is_terminal(std::FILE* file);
struct TerminalSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};
// 80 by 24 when nobody knows.
TerminalSize terminal_size(std::FILE* file);

enum class Colour { none, red, green, yellow };
// Only when `file` is a terminal and NO_COLOR is not set (no-color.org).
bool shows_colours(std::FILE* file);
std::string paint(bool shows, Colour colour, std::string_view text);

// Whether somebody can be asked: standard input is a terminal. When `streams.err` is none, questions go to that terminal.
bool can_ask(const Streams& streams);
// Asks, and takes a line; nothing at the end of the input. Only when can_ask().
std::optional<std::string> ask(const Streams& streams, std::string_view question);
// "... [y/N] "; false unless the answer is y or yes.
bool confirm(const Streams& streams, std::string_view question);
// Without an echo; from standard input when that is no terminal, without its last line end.
// Errors: file_error, or invalid_argument when it is empty, or when it cannot be asked for.
Result<platform::Secret> ask_password(const Streams& streams, std::string_view question);
// For one that is set: asks again on a terminal, where a slip of a finger is not seen. Errors: those of
// ask_password; invalid_argument when the two differ.
Result<platform::Secret> ask_new_password(const Streams& streams, std::string_view question);

// Whether an editor can run: one that is named in the environment is always tried; vi needs a terminal.
bool can_edit();
// Gives `text` to $VISUAL, $EDITOR or vi in a file of its own whose name ends with `name`, and returns its path when the editor
// has ended. The file stays. Errors: file_error.
Result<std::string> edit_in_file(const std::string& name, const std::string& text);

}  // namespace outflow::cli
