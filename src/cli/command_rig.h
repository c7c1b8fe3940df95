// For tests: a command with what it printed, and files that it reads.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cli/commands.h"

namespace outflow::cli {

struct Ran {
    int code = 0;
    std::string out;
    std::string err;
};

inline Ran run_command(std::vector<std::string> arguments) {
    char* out = nullptr;
    char* err = nullptr;
    std::size_t out_size = 0;
    std::size_t err_size = 0;
    Streams streams{::open_memstream(&out, &out_size), ::open_memstream(&err, &err_size)};
    Ran ran;
    ran.code = run(std::move(arguments), streams);
    std::fclose(streams.out);
    std::fclose(streams.err);
    ran.out.assign(out, out_size);
    ran.err.assign(err, err_size);
    std::free(out);
    std::free(err);
    return ran;
}

// A file with that text, removed at the end.
class TextFile {
public:
    explicit TextFile(std::string_view text, std::string_view name = "input") {
        static int number = 0;
        path_ = testing::TempDir() + "outflow_cli_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
        path_ += "_" + std::string(name);
        write(text);
    }
    ~TextFile() { std::remove(path_.c_str()); }
    TextFile(const TextFile&) = delete;
    TextFile& operator=(const TextFile&) = delete;

    void write(std::string_view text) {
        std::FILE* file = std::fopen(path_.c_str(), "w");
        ASSERT_NE(file, nullptr);
        std::fwrite(text.data(), 1, text.size(), file);
        std::fclose(file);
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace outflow::cli
