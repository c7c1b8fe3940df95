#include "api/openapi.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "api/problem.h"
#include "base/assert.h"
#include "base/format.h"
#include "json/value.h"

namespace outflow::api {

namespace {

constexpr std::string_view problem_schema =
    R"({"type":"object","required":["type","title","status","detail"],"properties":{"type":{"type":"string"},)"
    R"("title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"faults":{"type":"array","items":)"
    R"({"type":"object","required":["pointer","severity","detail"],"properties":{"pointer":{"type":"string"},)"
    R"("severity":{"type":"string","enum":["error","warning"]},"detail":{"type":"string"},"hint":{"type":"string"}}}}}})";

// Fields of answers' headers.
struct AnswerField {
    std::string_view name;
    std::string_view description;
    std::string_view schema;
    bool is_required;
};

constexpr AnswerField answer_fields[] = {
    {"Content-Disposition", "A name for the file.", R"({"type":"string"})", true},
    {"ETag", "The revision, for If-Match.", R"({"type":"string","pattern":"^\"[0-9]+\"$"})", true},
    {"Location", "The path of what was made.", R"({"type":"string"})", true},
    {"Retry-After", "Seconds until it is worth trying again.", R"({"type":"string","pattern":"^[0-9]+$"})", false},
    {"Set-Cookie", "The cookie outflow_session.", R"({"type":"string"})", true},
    {"WWW-Authenticate", "How to log in.", R"({"type":"string"})", true},
};

// In front of all but the first of an object or array.
void separate(std::string& out) {
    if (out.back() != '{' && out.back() != '[') out += ',';
}

void append_name(std::string& out, std::string_view name) {
    separate(out);
    json::append_json_string(out, name);
    out += ':';
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    append_name(out, name);
    json::append_json_string(out, text);
}

void append_schema(std::string& out, std::string_view schema) {
    append_name(out, "schema");
    if (schema.starts_with('{')) out += schema;
    else append_format(out, R"({{"$ref":"#/components/schemas/{}"}})", schema);
}

void append_content(std::string& out, std::string_view type, std::string_view schema) {
    append_name(out, "content");
    out += '{';
    append_name(out, type);
    out += '{';
    append_schema(out, schema);
    out += "}}";
}

void append_path_parameters(std::string& out, std::string_view path) {
    while (true) {
        const std::size_t begin = path.find('{');
        if (begin == std::string_view::npos) return;
        path.remove_prefix(begin + 1);
        separate(out);
        out += '{';
        append_text(out, "name", path.substr(0, path.find('}')));
        out += R"(,"in":"path","required":true,"schema":{"type":"string"}})";
    }
}

void append_header_parameters(std::string& out, const Route& route) {
    if (route.needs && route.method != "GET") {
        separate(out);
        out +=
            R"({"name":"X-Outflow-Csrf","in":"header","required":false,"description":"With a session instead of a key: )"
            R"(the csrf of the answer to the login.","schema":{"type":"string"}})";
    }
    if (route.takes_if_match) {
        separate(out);
        out +=
            R"({"name":"If-Match","in":"header","required":false,"description":"The ETag that it is to have still; `*`: )"
            R"(any, but there is one.","schema":{"type":"string","anyOf":[{"const":"*"},{"pattern":"^\"[0-9]{1,18}\"$"}]}})";
    }
}

void append_parameters(std::string& out, const Route& route) {
    append_name(out, "parameters");
    out += '[';
    append_path_parameters(out, route.path);
    for (const QueryParameter& parameter : route.query) {
        separate(out);
        out += '{';
        append_text(out, "name", parameter.name);
        out += R"(,"in":"query")";
        append_text(out, "description", parameter.summary);
        append_schema(out, parameter.schema);
        out += '}';
    }
    append_header_parameters(out, route);
    out += ']';
}

// Those that Routes itself makes, and those that the route names.
std::set<unsigned> refusals_of(const Route& route) {
    std::set<unsigned> statuses(route.refusals.begin(), route.refusals.end());
    statuses.insert({400, 413, 500, 503});  // of any request: its query, a body, what has failed
    if (route.needs) statuses.insert({401, 403});
    if (!route.request.empty()) statuses.insert(415);
    return statuses;
}

void append_answer_fields(std::string& out, const std::vector<std::string_view>& names) {
    if (names.empty()) return;
    append_name(out, "headers");
    out += '{';
    for (const std::string_view name : names) {
        const auto* field = std::find_if(std::begin(answer_fields), std::end(answer_fields),
                                         [name](const AnswerField& known) { return known.name == name; });
        OUTFLOW_ASSERT(field != std::end(answer_fields));
        append_name(out, name);
        append_format(out, R"({{"required":{})", field->is_required);
        append_text(out, "description", field->description);
        append_schema(out, field->schema);
        out += '}';
    }
    out += '}';
}

std::vector<std::string_view> fields_of_refusal(unsigned status) {
    if (status == 401) return {"WWW-Authenticate"};
    if (status == 429 || status == 503) return {"Retry-After"};
    return {};
}

void append_responses(std::string& out, const Route& route) {
    append_name(out, "responses");
    out += '{';
    for (const Answer& answer : route.answers) {
        append_name(out, std::to_string(answer.status));
        out += '{';
        append_text(out, "description", answer.summary);
        append_answer_fields(out, answer.fields);
        if (!answer.schema.empty()) append_content(out, answer.content_type, answer.schema);
        out += '}';
    }
    for (const unsigned status : refusals_of(route)) {
        append_name(out, std::to_string(status));
        out += '{';
        append_text(out, "description", title_of(status));
        append_answer_fields(out, fields_of_refusal(status));
        append_content(out, "application/problem+json", "Problem");
        out += '}';
    }
    out += '}';
}

std::string rights_of(const Route& route) {
    return "Needs the role " + std::string(to_string(*route.needs)) +
           (route.needs_all_tasks ? ", and a user who sees all tasks." : ".");
}

void append_operation(std::string& out, const Route& route) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    append_name(out, method);
    out += '{';
    append_text(out, "summary", route.summary);
    if (route.needs) append_text(out, "description", rights_of(route));
    else out += R"(,"security":[])";
    append_parameters(out, route);
    if (!route.request.empty()) {
        append_format(out, R"(,"requestBody":{{"required":{})", !route.is_body_optional);
        append_content(out, "application/json", route.request);
        out += '}';
    }
    append_responses(out, route);
    out += '}';
}

void append_components(std::string& out, const Routes& routes) {
    append_name(out, "components");
    out +=
        R"({"securitySchemes":{"key":{"type":"http","scheme":"bearer","description":"ID:SECRET of an access key."},)";
    out +=
        R"("session":{"type":"apiKey","in":"cookie","name":"outflow_session","description":"Changes also need the header )";
    out += R"(X-Outflow-Csrf of the answer to the login."}},"schemas":{"Problem":)";
    out += problem_schema;
    for (const auto& [name, text] : routes.schemas()) {
        append_name(out, name);
        out += text;
    }
    out += "}}";
}

}  // namespace

std::string openapi_document(const Routes& routes, std::string_view version) {
    std::map<std::string_view, std::vector<const Route*>> paths;
    for (const Route& route : routes.all()) paths[route.path].push_back(&route);
    std::string out = R"({"openapi":"3.1.0","info":{"title":"Outflow")";
    append_text(out, "version", version);
    out += R"(},"security":[{"key":[]},{"session":[]}],"paths":{)";
    for (const auto& [path, methods] : paths) {
        append_name(out, path);
        out += '{';
        for (const Route* route : methods) append_operation(out, *route);
        out += '}';
    }
    out += '}';
    append_components(out, routes);
    out += "}\n";
    return out;
}

}  // namespace outflow::api
