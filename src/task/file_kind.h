// A file as the place of dead letters. What every kind has is listed in task/kinds.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "task/kind_parts.h"

namespace outflow::task {

struct DeadLetterFile {
    static constexpr std::string_view kind = "file";
    static std::span<const FieldRule> fields();

    std::string path;  // of JSON Lines

    bool operator==(const DeadLetterFile&) const = default;
};

// --- as every kind of dead letters

void read(Report& report, const Object& object, DeadLetterFile& file);
std::optional<Exclusive> exclusive_of(const DeadLetterFile& file);
const std::string& place_of(const DeadLetterFile& file);

}  // namespace outflow::task
