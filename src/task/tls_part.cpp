#include "task/tls_part.h"

#include <optional>

#include "base/base64.h"
#include "base/endpoint.h"
#include "task/draft.h"

namespace outflow::task {

namespace {

constexpr std::size_t sha256_bytes = 32;

void read_pins(Report& report, const Object& tls, std::vector<std::string>& pins) {
    const YamlNodePtr node = tls.find("pin_sha256");
    if (node == nullptr) return;
    const auto take = [&](const YamlNode& pin) {
        if (is_pin(pin.text)) return pins.push_back(pin.text);
        report.error(
            pin.place, tls.path("pin_sha256"), "a pin is the Base64 of 32 bytes, as in \"47DEQpj8HBSa...SU=\"",
            "openssl x509 -in CERT -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary "
            "| base64");
    };
    for (const YamlNodePtr& item : node->items) take(*item);
    if (node->items.empty()) take(*node);
}

void check_tls(Report& report, const Object& tls, const TlsDefinition& read) {
    if (read.cert_file.empty() != read.key_file.empty()) {
        const std::string_view there = read.cert_file.empty() ? "key_file" : "cert_file";
        report.error(tls.place(there), tls.path(there), "cert_file and key_file come together", "add the other one");
    }
    const std::string& name = read.server_name;
    const auto as_host = parse_endpoint(name + ":1", {});
    const auto as_address = parse_endpoint("[" + name + "]:1", {});
    if (!name.empty() && !(as_host && as_host->host == name) && !(as_address && as_address->host == name)) {
        report.error(tls.place("server_name"), tls.path("server_name"),
                     "whom a certificate is for is a host name or an IP address, without a port",
                     "write it as in \"broker.example\"");
    }
    if (!read.pins.empty() && (!read.ca_file.empty() || !name.empty())) {
        report.warning(tls.place("pin_sha256"), tls.path("pin_sha256"),
                       "with pin_sha256 only the key counts: ca_file and server_name say nothing",
                       "leave them out, or leave the pin out");
    }
    if (read.key_password && read.key_file.empty()) {
        report.error(tls.place("key_password"), tls.path("key_password"), "a password without a key_file");
    }
    if (read.verifies) return;
    if (!read.pins.empty() || !read.ca_file.empty()) {
        report.error(tls.place("verify"), tls.path("verify"), "verify: none makes ca_file and pin_sha256 useless",
                     "leave it out");
    } else {
        report.warning(tls.place("verify"), tls.path("verify"),
                       "whoever answers is believed: anybody on the way can read and change everything",
                       "name its CA in ca_file, or its key in pin_sha256");
    }
}

}  // namespace

bool is_pin(std::string_view text) {
    const std::optional<std::string> bytes = decode_base64(text);
    return bytes && bytes->size() == sha256_bytes;
}

std::optional<TlsDefinition> read_tls(Report& report, const Object& instance, std::string_view object) {
    if (!instance.has("tls")) return std::nullopt;
    const Object tls = Object::read(report, instance.find("tls"), instance.path("tls"), object);
    TlsDefinition read;
    read.ca_file = tls.text("ca_file");
    read.cert_file = tls.text("cert_file");
    read.key_file = tls.text("key_file");
    read.key_password = read_secret(report, tls, "key_password");
    read.server_name = tls.text("server_name");
    read.verifies = tls.text("verify") != "none";
    read_pins(report, tls, read.pins);
    check_tls(report, tls, read);
    return read;
}

}  // namespace outflow::task
