#include <algorithm>

#include <boost/version.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <zlib.h>

#include "app/build_info.h"
#include "app/run.h"
#include "cli/command.h"
#include "cli/libraries.h"
#include "json/kernel.h"

namespace outflow::cli {

namespace {

void line(const Streams& streams, std::string_view name, std::string_view value) {
    if (!value.empty()) fmt::print(streams.out, "{:<12}{}\n", name, value);
}

int print_version(const Streams& streams) {
    const json::Kernel kernel = json::active_kernel();
    std::string boost = BOOST_LIB_VERSION;
    std::replace(boost.begin(), boost.end(), '_', '.');
    fmt::print(streams.out, "outflow {}\n", app::version);
    line(streams, "commit", app::commit());
    line(streams, "compiler", app::compiler());
    line(streams, "build", app::build_type());
    line(streams, "sanitizers", app::sanitizers());
    line(streams, "Boost", boost);
    line(streams, "OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING));
    line(streams, "fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
    line(streams, "simdjson", fmt::format("{}, kernel {}", kernel.version, kernel.name));
    line(streams, "tokens", fmt::format("kernel {}", kernel.tokens));
    line(streams, "RE2", loaded_library_version("libre2"));
    line(streams, "yaml-cpp", loaded_library_version("libyaml-cpp"));
    line(streams, "zlib", zlibVersion());
    return app::exit_code::ok;
}

}  // namespace

void add_version(Command& parent, Action& action) {
    Command command = parent.add_command("version", "Says what this program was built with");
    command.footer("A library that is not in use is not listed.\nExample: outflow version");
    command.on_parsed([&action] { action = print_version; });
}

}  // namespace outflow::cli
