// Every example in docs/transform.md gives what is said there.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/limits.h"
#include "transform/program.h"

namespace outflow::transform {
namespace {

std::string read_document() {
    std::ifstream file(OUTFLOW_SOURCE_DIR "/docs/transform.md");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// A cell without the spaces around it, and without its backquotes if it is all code.
std::string cell_of(std::string_view text) {
    std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return "";
    text = text.substr(first, text.find_last_not_of(' ') + 1 - first);
    bool is_code = text.size() > 1 && text.starts_with('`') && text.find('`', 1) == text.size() - 1;
    return std::string(is_code ? text.substr(1, text.size() - 2) : text);
}

std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells;
    line.remove_prefix(1);
    while (!line.empty()) {
        std::size_t bar = std::min(line.find('|'), line.size());
        cells.push_back(cell_of(line.substr(0, bar)));
        line.remove_prefix(std::min(bar + 1, line.size()));
    }
    return cells;
}

std::string first_block(const std::string& document, std::string_view kind) {
    const std::string fence = "\n```" + std::string(kind) + "\n";
    std::size_t start = document.find(fence) + fence.size();
    return document.substr(start, document.find("\n```\n", start) - start);
}

// The body that the field gives, "undeliverable: reason" or "refused: reason".
std::string body_of(const Field& field, const std::string& message) {
    ProgramDefinition source;
    source.topic = Field::constant("t");
    source.body = field;
    std::vector<Diagnostic> diagnostics;
    auto program = Program::compile(std::move(source), diagnostics);
    if (!program) return "refused: " + diagnostics[0].message;
    const event::Property user[] = {{"plant", "hz-1"}};
    const event::MessageProperties properties{{}, {}, {}, {}, {}, user, {}};
    const std::string padded = message + std::string(limits::chunk_padding, ' ');
    event::Event event;
    event.topic = "factory/line1/press/7";
    event.payload = std::string_view(padded).substr(0, message.size());
    event.properties = &properties;
    event::Arena arena;
    Scratch scratch;
    std::vector<Record> records;
    Outcome outcome = program->run(event, arena, scratch, records);
    return records.empty() ? "undeliverable: " + std::string(outcome.reason) : std::string(records[0].body);
}

// The field of a row; nothing if the table is another one.
std::optional<Field> field_of(const std::vector<std::string>& heading, const std::vector<std::string>& cells) {
    const bool is_path = heading == std::vector<std::string>{"path", "json", "take", "gives"};
    if (is_path) return Field::of_paths({{cells[0], cells[1], cells[2] == "first"}});
    const bool is_form = heading == std::vector<std::string>{"form", "value", "template", "gives"};
    const std::optional<Form> form = form_of(cells[0]);
    return is_form && form ? std::optional(Field::of_form(*form, cells[1], cells[2])) : std::nullopt;
}

TEST(documents, examples_of_forms_give_what_is_said) {
    const std::string document = read_document();
    const std::string message = first_block(document, "json");
    ASSERT_EQ(message.front(), '{');
    std::size_t rows = 0;
    std::vector<std::string> heading;
    std::istringstream lines(document);
    for (std::string line, before; std::getline(lines, line); before = line) {
        if (line.starts_with("| ---")) heading = cells_of(before);
        if (!line.starts_with("| ") || line.starts_with("| ---")) continue;
        std::vector<std::string> cells = cells_of(line);
        std::optional<Field> field = field_of(heading, cells);
        if (!field || cells.back() == "gives") continue;
        ++rows;
        const std::string given = body_of(*field, message);
        std::size_t colon = std::min(cells[3].find(": "), cells[3].size());
        const std::string word = cells[3].substr(0, colon);
        if (word != "undeliverable" && word != "refused") {
            EXPECT_EQ(given, cells[3]) << line;
            continue;
        }
        EXPECT_EQ(given.substr(0, word.size() + 2), word + ": ") << line;
        EXPECT_NE(given.find(cells[3].substr(colon + 2)), std::string::npos) << line << "\n" << given;
    }
    EXPECT_GE(rows, 60U);
}

}  // namespace
}  // namespace outflow::transform
