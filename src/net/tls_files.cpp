#include "net/tls_files.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "platform/clock.h"
#include "platform/file.h"
#include "platform/file_stamp.h"

namespace outflow::net {

namespace {

constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;  // a bundle of all public authorities has 0.3

Status read_into(std::string& text, const std::string& path) {
    if (path.empty()) return {};
    TRY(text, platform::read_file(path, file_bytes_max));
    return {};
}

std::chrono::seconds unix_seconds() { return std::chrono::seconds(platform::unix_ms() / 1'000); }

}  // namespace

std::string TlsFiles::stamp() const {
    std::string stamps;
    for (const std::string& path : {settings_.ca_file, settings_.cert_file, settings_.key_file})
        stamps += (path.empty() ? std::string() : platform::file_stamp(path)) + "\n";
    return stamps;
}

Result<std::shared_ptr<TlsContext>> TlsFiles::context() {
    std::string now = stamp();
    if (context_ && (now == read_stamp_ || now == refused_stamp_)) return context_;
    auto context = read();
    if (!context && !context_) return context;
    if (!context) {
        if (log_ != nullptr) {
            log_->warn("Files for TLS have changed and cannot be used; what was in force stays.",
                       {{"reason", context.error().context}});
        }
        refused_stamp_ = std::move(now);
        return context_;
    }
    read_stamp_ = std::move(now);
    context_ = std::move(*context);
    return context_;
}

Result<std::shared_ptr<TlsContext>> TlsFiles::read() const {
    TlsMaterial material;
    material.verifies = settings_.verifies;
    material.key_password = settings_.key_password;
    material.pins = settings_.pins;
    for (const auto& [text, path] :
         {std::pair(&material.ca, &settings_.ca_file), std::pair(&material.certificate, &settings_.cert_file),
          std::pair(&material.key, &settings_.key_file)}) {
        if (Status done = read_into(*text, *path); !done) return failed(std::move(done).error());
    }
    auto context = TlsContext::create(role_, material, unix_seconds);
    if (context) return context;
    std::string paths;
    for (const auto& [field, path] :
         {std::pair("ca_file", settings_.ca_file), std::pair("cert_file", settings_.cert_file),
          std::pair("key_file", settings_.key_file)}) {
        if (!path.empty()) paths += fmt::format("{}{} {}", paths.empty() ? "" : ", ", field, path);
    }
    return failed(context.error().code, fmt::format("{} ({})", context.error().context, paths));
}

}  // namespace outflow::net
