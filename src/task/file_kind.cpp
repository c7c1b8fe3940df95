#include "task/file_kind.h"

#include <vector>

#include <fmt/format.h>

#include "task/draft.h"

namespace outflow::task {

std::span<const FieldRule> DeadLetterFile::fields() {
    using enum FieldType;
    static constexpr FieldRule rows[] = {
        {"task.property.dead_letter", "file", text, false, "A file of JSON Lines", {}, 1},
    };
    return rows;
}

namespace {

// Without `.`, `..` and slashes that say nothing. Where links lead is found out at the start.
std::string plain_path(std::string_view path) {
    std::vector<std::string_view> names;
    for (std::size_t at = 0; at < path.size();) {
        const std::string_view name = path.substr(at, path.find('/', at) - at);
        at += name.size() + 1;
        const bool leads_back = name == ".." && !names.empty() && names.back() != "..";
        if (leads_back) names.pop_back();
        else if (!name.empty() && name != ".") names.push_back(name);
    }
    return fmt::format("{}{}", path.starts_with('/') ? "/" : "", fmt::join(names, "/"));
}

}  // namespace

void read(Report&, const Object& object, DeadLetterFile& file) { file.path = object.text("file"); }

// Two writers would not know what of a file is theirs.
std::optional<Exclusive> exclusive_of(const DeadLetterFile& file) {
    return Exclusive{"file\n" + plain_path(file.path), "file", "writes its dead letters to the same file",
                     "give each task a file of its own"};
}

const std::string& place_of(const DeadLetterFile& file) { return file.path; }

}  // namespace outflow::task
