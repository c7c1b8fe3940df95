// The lines of a file, as a source would hand them on.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/bench.h"
#include "base/limits.h"

namespace outflow::bench {

class Lines {
public:
    explicit Lines(const char* path) {
        std::ifstream file(path, std::ios::binary);
        text_.assign(std::istreambuf_iterator<char>(file), {});
        std::string_view rest = text_;
        while (!rest.empty()) {
            std::size_t end = std::min(rest.find('\n'), rest.size());
            if (end != 0) lines.push_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    // Copies as many lines as fit into a receive buffer, calls `receive` with them, and so on. With a state only the
    // calls are timed. limits::chunk_padding bytes behind each line are readable.
    template <class Receive>
    void each_buffer(benchmark::State* state, Receive receive) {
        std::vector<std::string_view> received;
        std::size_t line = 0;
        while (line < lines.size()) {
            if (state != nullptr) state->PauseTiming();
            received.clear();
            char* to = buffer_.data();
            char* const end = to + limits::chunk_bytes;
            while (line < lines.size() && static_cast<std::size_t>(end - to) >= lines[line].size()) {
                received.emplace_back(to, lines[line].size());
                to = std::copy(lines[line].begin(), lines[line].end(), to);
                ++line;
            }
            if (received.empty()) received.push_back(lines[line++]);  // larger than the buffer
            if (state != nullptr) state->ResumeTiming();
            receive(received);
        }
    }

    std::vector<std::string_view> lines;  // as long as this object

private:
    std::string text_;
    std::vector<char> buffer_ = std::vector<char>(limits::chunk_bytes + limits::chunk_padding);
};

}  // namespace outflow::bench
