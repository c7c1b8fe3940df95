// TLS from files, read anew when they have changed: certificates are renewed while a process runs.
#pragma once

#include <memory>
#include <string>

#include "net/tls_context.h"
#include "platform/log.h"

namespace outflow::net {

struct TlsSettings {
    bool verifies = true;   // see TlsMaterial
    std::string ca_file;    // PEM; empty: whom the system trusts
    std::string cert_file;  // PEM, ours; empty: none
    std::string key_file;   // PEM; there with cert_file or not at all
    platform::Secret key_password;
    std::vector<std::string> pins;
    std::string server_name;  // whom certificates must be for, whatever the host is called; empty: the host

    bool operator==(const TlsSettings&) const = default;
};

class TlsFiles final : public TlsSource {
public:
    // `log`: is told of renewed files that cannot be used; null, or it outlives this.
    TlsFiles(TlsRole role, TlsSettings settings, platform::Logger* log = nullptr)
        : role_(role), settings_(std::move(settings)), log_(log) {}

    // Blocking: looks at the files, and reads those that have changed. When they cannot be used and others could before,
    // those stay in force: a renewal may be half done. Errors: file_error, invalid_argument, with the path.
    Result<std::shared_ptr<TlsContext>> context() override;
    std::string name_for(const std::string& host) const override {
        return settings_.server_name.empty() ? host : settings_.server_name;
    }

private:
    std::string stamp() const;
    Result<std::shared_ptr<TlsContext>> read() const;

    const TlsRole role_;
    const TlsSettings settings_;
    platform::Logger* const log_;
    std::string read_stamp_;
    std::string refused_stamp_;  // of files that cannot be used
    std::shared_ptr<TlsContext> context_;
};

}  // namespace outflow::net
