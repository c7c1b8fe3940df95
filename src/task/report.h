// Collects the errors of files while they are read.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "task/diagnostic.h"
#include "task/yaml.h"

namespace outflow::task {

class Report {
public:
    // Errors added from now on are about this file.
    void begin_file(std::string name, std::size_t number) {
        file_ = std::move(name);
        number_ = number;
    }
    const std::string& file() const { return file_; }
    std::size_t file_number() const { return number_; }

    void error(Position place, std::string path, std::string sentence, std::string hint = {}) {
        add(Severity::error, place, std::move(path), std::move(sentence), std::move(hint));
    }
    void warning(Position place, std::string path, std::string sentence, std::string hint = {}) {
        add(Severity::warning, place, std::move(path), std::move(sentence), std::move(hint));
    }
    void add(Severity severity, Position place, std::string path, std::string sentence, std::string hint);

    // By file, line and column; at most file_limits::diagnostics_max, the last of which then counts the rest.
    std::vector<Diagnostic> take();

private:
    struct Entry {
        std::size_t number;  // of the file
        Diagnostic diagnostic;
    };

    std::string file_;
    std::size_t number_ = 0;
    std::vector<Entry> entries_;
    std::size_t dropped_ = 0;
};

}  // namespace outflow::task
