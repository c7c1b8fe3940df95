#include "base/format.h"

#include <iterator>

#include <fmt/format.h>

namespace outflow {

void append_formatted(std::string& out, fmt::string_view text, fmt::format_args values) {
    fmt::vformat_to(std::back_inserter(out), text, values);
}

}  // namespace outflow
