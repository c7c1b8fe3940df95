// TLS in a simulated world: OpenSSL's chance comes from the seed, certificates lie on the disks of the hosts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "disk.h"
#include "net/tls_context.h"

namespace outflow::sim {

// Files under /tls/ of every host. `key.pem` is the key of `cert.pem`, which the authority in `ca.pem` has signed for all
// names and addresses of the world.
struct TlsFilesOfHost {
    static constexpr std::string_view ca = "/tls/ca.pem";
    static constexpr std::string_view certificate = "/tls/cert.pem";
    static constexpr std::string_view key = "/tls/key.pem";
};

// From now on all that OpenSSL leaves to chance in this process follows from the seed. Keys and numbers of handshakes decide
// how long packets are: without that no run could be repeated.
void seed_openssl(std::uint64_t seed);

// A person with an authority of every generation, who renews certificates.
class TlsAuthority {
public:
    // All files of the generation.
    static void install(Disk& disk, int generation);
    // A certificate of the next generation next to the key of this one: half of a renewal. Trusts both authorities.
    static void begin_renewal(Disk& disk, int generation);
};

// Of a broker, from the files of its host.
std::shared_ptr<net::TlsSource> server_tls();

}  // namespace outflow::sim
