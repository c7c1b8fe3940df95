#include "cli/tls_options.h"

#include "task/tls_part.h"

namespace outflow::cli {

namespace {
std::string check_pin(const std::string& text) {
    return task::is_pin(text) ? std::string() : "a pin is the Base64 of 32 bytes (docs/tls.md), and not " + text;
}
}  // namespace

void add_tls_options(Command& command, TlsOptions& options) {
    Option authority =
        command.add_option("--ca-file", options.ca_file, "TLS: trusted certificates, PEM; else those of the system")
            .type_name("FILE");
    Option certificate =
        command.add_option("--cert-file", options.cert_file, "TLS: our certificate, PEM").type_name("FILE");
    Option key = command.add_option("--key-file", options.key_file, "TLS: its key, PEM").type_name("FILE");
    certificate.needs(key);
    key.needs(certificate);
    command.add_option("--server-name", options.server_name, "TLS: whom the certificate must be for; else the host")
        .type_name("NAME");
    Option pin = command.add_option("--pin-sha256", options.pin_sha256, "TLS: the only public key that is believed")
                     .type_name("PIN")
                     .check(check_pin);
    command.add_flag("--insecure", options.insecure, "TLS: believe whoever answers").excludes(authority).excludes(pin);
}

std::shared_ptr<net::TlsSource> make_tls(const TlsOptions& options) {
    net::TlsSettings settings;
    settings.verifies = !options.insecure;
    settings.ca_file = options.ca_file;
    settings.cert_file = options.cert_file;
    settings.key_file = options.key_file;
    settings.server_name = options.server_name;
    if (!options.pin_sha256.empty()) settings.pins = {options.pin_sha256};
    return std::make_shared<net::TlsFiles>(net::TlsRole::client, std::move(settings));
}

}  // namespace outflow::cli
