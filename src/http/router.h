// Which route a request takes: by its method and the segments of its path.
//
//   GET  /tasks/{name}/status     matches /tasks/a%20b/status with name = "a b"
//   GET  /tasks/all/status        goes before it for /tasks/all/status: the first segment that differs is a literal here
//   POST /tasks/{name}:enable     matches /tasks/a:enable with name = "a"; goes before /tasks/{name}
//
// The path comes first, then the method: GET of /tasks/a:enable is a wrong method, and no task of the name "a:enable".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outflow::http {

class Router {
public:
    struct Match {
        enum class Kind {
            route,
            unknown_path,
            faulty_path,   // an encoding that is none, or one of NUL
            wrong_method,  // `allow` says which are right
            options,       // OPTIONS of a path that has a route, but none for OPTIONS
        };
        Kind kind = Kind::unknown_path;
        std::size_t number = 0;  // of the route
        std::vector<std::pair<std::string, std::string>> parameters;
        std::string allow;  // "GET, HEAD, OPTIONS"
    };

    // Returns the route's number: 0, 1, 2 ... A path begins with a slash; a segment is a literal, or one parameter in
    // braces, which a literal with a colon may follow: `{name}:verb`.
    // The same method and path again: the later one counts.
    std::size_t add(std::string method, std::string_view path);

    // `path` as sent: its segments are decoded once. `method` is GET for HEAD, as in a Request. Nothing matches no parameter. An
    // encoded colon begins no verb.
    Match find(std::string_view method, std::string_view path) const;

private:
    struct Segment {
        bool is_parameter;
        std::string text;  // or its name
        std::string verb;  // behind a parameter, with its colon; may be empty
    };
    struct PathSegment {
        std::string_view encoded;
        std::string text;
    };
    struct Route {
        std::string method;
        std::vector<Segment> segments;
    };

    static bool matches(const Segment& segment, const PathSegment& path);
    static bool goes_before(const Route& route, const Route& other);

    std::vector<Route> routes_;
};

}  // namespace outflow::http
