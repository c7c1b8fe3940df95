#include "pattern/dialect.h"

namespace outflow::pattern {

std::string_view to_string(Dialect dialect) { return dialect == Dialect::alibaba ? "alibaba" : "outflow"; }

std::optional<Dialect> dialect_of(std::string_view text) {
    for (Dialect dialect : {Dialect::outflow, Dialect::alibaba}) {
        if (text == to_string(dialect)) return dialect;
    }
    return std::nullopt;
}

}  // namespace outflow::pattern
