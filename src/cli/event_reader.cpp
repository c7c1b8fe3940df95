#include "cli/event_reader.h"

#include <algorithm>
#include <utility>

namespace outflow::cli {

bool EventReader::take(std::string_view piece) {
    while (!piece.empty()) {
        const std::size_t end = std::min(piece.find('\n'), piece.size());
        if (line_.size() + data_.size() + end > event_bytes_max) return false;
        line_ += piece.substr(0, end);
        if (end == piece.size()) return true;
        piece.remove_prefix(end + 1);
        const std::string line = std::exchange(line_, {});
        if (!take_line(line.ends_with('\r') ? std::string_view(line).substr(0, line.size() - 1) : line)) return false;
    }
    return true;
}

bool EventReader::take_line(std::string_view line) {
    if (line.empty()) {
        const std::string name = std::exchange(name_, {});
        std::string data = std::exchange(data_, {});
        if (data.empty()) return true;
        data.pop_back();
        return on_event_(name, data);
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (line.substr(0, colon) == "event") name_ = value;
    if (line.substr(0, colon) == "data") data_.append(value) += '\n';
    return true;
}

}  // namespace outflow::cli
