// A request line, then the body: "POST /faults\n{...}". The server never listens to anybody, and topics stay as they
// are, for the disk's sake.
#include <cstdint>
#include <cstdlib>

#include "devbroker/control.h"
#include "devbroker/test_folder.h"
#include "json/document.h"

namespace {

using namespace outflow;
using namespace outflow::devbroker;

struct Target {
    Target() : server(loop, logger, options()) {
        if (!server.start()) std::abort();
        server.unlisten();
        server.requests().enable();
        RequestLog::Entry entry;
        entry.frame = "f";
        server.requests().add(entry);
    }
    ServerOptions options() const {
        ServerOptions options;
        options.listen.port = 0;
        options.broker.folder = folder.path();
        return options;
    }

    TestFolder folder;
    net::EventLoop loop;
    platform::Logger logger{platform::LogOptions{.level = platform::LogLevel::error, .descriptor = -1, .clock = {}}};
    Server server;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Target target;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::string_view body = text.substr(std::min(line.size() + 1, text.size()));
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view url = line.substr(std::min(space + 1, line.size()));
    const std::string_view path = url.substr(0, url.find('?'));
    if (path.starts_with("/topics") || path == "/listen") return 0;
    Control control(target.server);
    const ControlResponse response = control.handle({.method = line.substr(0, space),
                                                     .path = path,
                                                     .query = url.substr(std::min(path.size() + 1, url.size())),
                                                     .host = "127.0.0.1",
                                                     .content_type = "application/json",
                                                     .body = body});
    if (!json::parse_document(response.body) || !json::parse_document(control
                                                                          .handle({.method = "GET",
                                                                                   .path = "/state",
                                                                                   .query = {},
                                                                                   .host = "localhost",
                                                                                   .content_type = {},
                                                                                   .body = {}})
                                                                          .body)) {
        std::abort();
    }
    if (target.server.faults().rules().size() > 100) target.server.faults().clear();
    return 0;
}
