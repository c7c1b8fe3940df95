#include "cli/table.h"

#include <algorithm>

#include "cli/message_text.h"

namespace outflow::cli {

namespace {
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }
}  // namespace

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut_to(std::string_view text, std::size_t width) {
    if (width == 0 || width_of(text) <= width) return std::string(text);
    std::size_t end = 0;
    for (std::size_t characters = 0; end < text.size(); ++end)
        if (begins_character(text[end]) && ++characters == width) break;
    return std::string(text.substr(0, end)) + "…";
}

std::string visible(std::string_view text) {
    std::string out;
    append_visible(out, text);
    return out;
}

std::string Table::text() const {
    std::vector<std::vector<std::string>> shown = rows_;
    std::vector<std::size_t> widths(rows_[0].size(), 0);
    for (std::vector<std::string>& row : shown) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = row[i].empty() ? "-" : visible(row[i]);
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string out;
    for (const std::vector<std::string>& row : shown) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += row[i];
            if (i + 1 < row.size()) out.append(widths[i] - width_of(row[i]) + 2, ' ');
        }
        out += '\n';
    }
    return out;
}

}  // namespace outflow::cli
