// A folder for one test, deleted behind it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace outflow::devbroker {

class TestFolder {
public:
    TestFolder() {
        std::string name = "/tmp/outflow_devbroker_XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    ~TestFolder() { std::filesystem::remove_all(path_); }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace outflow::devbroker
