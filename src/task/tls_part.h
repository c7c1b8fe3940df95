// TLS in task files, the same for every kind of instance: `tls: { ca_file, cert_file, ... }`.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/secret.h"
#include "task/fields.h"

namespace outflow::task {

class Object;
class Report;

// The files are read when a task connects, and again when they have changed.
struct TlsDefinition {
    bool verifies = true;
    std::string ca_file;    // empty: whom the system trusts
    std::string cert_file;  // empty: none
    std::string key_file;   // there with cert_file or not at all
    std::optional<platform::SecretSource> key_password;
    std::string server_name;        // empty: the host of the address
    std::vector<std::string> pins;  // Base64 of 32 bytes each

    bool operator==(const TlsDefinition&) const = default;
};

// The rows of the table for the object `owner`, e.g. "instance.mqtt.tls".
constexpr std::array<FieldRule, 7> tls_fields(std::string_view owner) {
    constexpr FieldType text = FieldType::text;
    return {{
        {owner, "ca_file", text, false, "PEM: the certificates that are trusted; left out, those of the system"},
        {owner, "cert_file", text, false, "PEM: our certificate, with its chain; needs key_file"},
        {owner, "key_file", text, false, "PEM: the key of cert_file"},
        {owner, "key_password", FieldType::secret, false, "The password of key_file"},
        {owner, "server_name", text, false, "Whom the certificate must be for; left out, the host of the address"},
        {owner, "pin_sha256", FieldType::texts, false, "Base64 of the SHA-256 of the only public key that is believed"},
        {owner, "verify", FieldType::word, false, "none: whoever answers is believed", "full|none", 0, 0, "\"full\""},
    }};
}

// Whether a text can be a pin: the Base64 of a SHA-256.
bool is_pin(std::string_view text);

// Reads the field `tls` of an instance. None: it is not there.
std::optional<TlsDefinition> read_tls(Report& report, const Object& instance, std::string_view object);

}  // namespace outflow::task
