// How a command speaks TLS with a broker or a cluster.
#pragma once

#include <memory>
#include <string>

#include "cli/command.h"
#include "net/tls_files.h"

namespace outflow::cli {

struct TlsOptions {
    std::string ca_file;
    std::string cert_file;
    std::string key_file;
    std::string server_name;
    std::string pin_sha256;
    bool insecure = false;

    bool is_given() const { return *this != TlsOptions(); }
    bool operator==(const TlsOptions&) const = default;
};

// Adds --ca-file, --cert-file, --key-file, --server-name, --pin-sha256 and --insecure.
void add_tls_options(Command& command, TlsOptions& options);

std::shared_ptr<net::TlsSource> make_tls(const TlsOptions& options);

}  // namespace outflow::cli
