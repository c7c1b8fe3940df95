// Columns of text. Pure; nothing in a cell controls a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outflow::cli {

class Table {
public:
    explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}

    // As many cells as the head has.
    void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool has_rows() const { return rows_.size() > 1; }

    // A line a row, the head first; an empty cell is a dash.
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

// How many places it takes in a line: characters, about.
std::size_t width_of(std::string_view text);

// The first `width` characters of it, the last of which is then a dot of three.
std::string cut_to(std::string_view text, std::size_t width);

// With control characters as escapes.
std::string visible(std::string_view text);

}  // namespace outflow::cli
