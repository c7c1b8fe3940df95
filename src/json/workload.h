// Workloads of the walker.
#pragma once

#include <initializer_list>
#include <memory>
#include <vector>

#include "base/workload.h"
#include "json/path.h"
#include "json/walker.h"

namespace outflow::json::workload {

class Walks {
public:
    explicit Walks(std::initializer_list<std::string_view> paths) {
        for (std::string_view path : paths) paths_.add_value(*parse_path(path));
        values_.resize(paths_.values());
    }

    std::uint64_t run(const Telemetry& telemetry) {
        Checksum sum;
        for (std::size_t i = 0; i < telemetry.messages(); ++i) {
            if (!walker_.open(telemetry.message(i)) || !walker_.walk(paths_, values_, {})) return 0;
            for (const Value& value : values_) sum.add(value.raw);
        }
        return sum.value();
    }

private:
    PathSet paths_;
    Walker walker_;
    std::vector<Value> values_;
};

inline std::vector<Workload> all() {
    auto telemetry = std::make_shared<Telemetry>(1'000);
    auto one = std::make_shared<Walks>(std::initializer_list<std::string_view>{"$.temperature"});
    auto four = std::make_shared<Walks>(
        std::initializer_list<std::string_view>{"$.id", "$.pressure[1]", "$.site.line", "$.time"});
    auto last = std::make_shared<Walks>(std::initializer_list<std::string_view>{"$.missing"});
    return {
        {"walker/1_path_256B", 0x71451EE4B0B70AB8, 1'000, telemetry->bytes(), [=] { return one->run(*telemetry); }},
        {"walker/4_paths_256B", 0x8C6C19CECE24F17C, 1'000, telemetry->bytes(), [=] { return four->run(*telemetry); }},
        {"walker/missing_path_256B", 0x359FA453561BFC04, 1'000, telemetry->bytes(),
         [=] { return last->run(*telemetry); }},
    };
}

}  // namespace outflow::json::workload
