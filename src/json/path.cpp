#include "json/path.h"

#include "json/query.h"
#include "json/value.h"

namespace outflow::json {

namespace {

void append_normalised(std::string& out, std::string_view name) {
    std::string quoted;
    append_json_string(quoted, name);
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        if (quoted[i] == '\'') out += '\\';
        if (quoted[i] == '\\' && quoted[i + 1] == '"') continue;
        out += quoted[i];
        if (quoted[i] == '\\') out += quoted[++i];
    }
}

}  // namespace

Result<Path> parse_path(std::string_view text) {
    TRY(Query query, parse_query(text));
    if (const Path* path = query.definite_path()) return *path;
    return failed(ErrorCode::jsonpath_invalid,
                  "JSONPath `" + std::string(text.substr(0, 200)) +
                      "` may lead to several places; what leads to one has names and indices only.");
}

std::string render_path(const Path& path) {
    std::string out = "$";
    for (const Step& step : path) {
        out += '[';
        if (step.kind == Step::Kind::index) {
            out += std::to_string(step.index);
        } else {
            out += '\'';
            append_normalised(out, step.name);
            out += '\'';
        }
        out += ']';
    }
    return out;
}

}  // namespace outflow::json
