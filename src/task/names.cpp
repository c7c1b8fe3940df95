#include "task/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "task/object.h"

namespace outflow::task {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

std::string check_name(std::string_view name) {
    if (name.empty()) return "the name is empty";
    if (name.size() > name_bytes_max) return fmt::format("the name is longer than {} characters", name_bytes_max);
    const auto is_legal = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; };
    const auto bad = std::find_if_not(name.begin(), name.end(), is_legal);
    if (bad != name.end()) return "a name has letters, digits, - and _ only, found " + quote(name);
    if (!is_letter_or_digit(name[0])) return "a name begins with a letter or digit, found " + quote(name);
    return {};
}

}  // namespace outflow::task
