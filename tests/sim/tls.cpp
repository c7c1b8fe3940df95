#include "tls.h"

// The only way to replace where OpenSSL's random numbers come from without a provider of one's own.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include <array>
#include <vector>

#include "net/tls_files.h"
#include "net/tls_rig.h"
#include "random.h"

namespace outflow::sim {

namespace {

constexpr std::string_view names =
    "DNS:mqtt,DNS:rocketmq-a,DNS:rocketmq-b,IP:10.0.0.1,IP:10.0.0.2,IP:10.0.0.3,IP:10.0.0.4";
constexpr std::uint64_t seed_of_certificates = 1;
constexpr int generations_max = 4;  // later ones are the first ones again

Random& chance() {
    static Random random(0);
    return random;
}

int give_chance(unsigned char* into, int size) {
    for (int i = 0; i < size; ++i) into[i] = static_cast<unsigned char>(chance().next());
    return 1;
}

struct Generation {
    net::TestCertificate authority;
    net::TestCertificate host;
};

Generation make_generation(int number) {
    net::TestCertificate::Wish wish;
    wish.begins = std::chrono::seconds(0);  // whatever the clocks of the world show
    wish.ends = std::chrono::seconds(100'000'000'000);
    // A signature over a handshake depends on the real time, which tickets hold: so may its length, where it has no fixed one.
    wish.is_ed25519 = true;
    wish.is_ca = true;
    wish.common_name = "authority " + std::to_string(number);
    net::TestCertificate authority(wish);
    wish.is_ca = false;
    wish.common_name = "host " + std::to_string(number);
    wish.names = names;
    net::TestCertificate host(wish, &authority);
    return {std::move(authority), std::move(host)};
}

const Generation& generation(int number) {
    static const std::vector<Generation> all = [] {
        const Random before = chance();
        chance() = Random(seed_of_certificates);
        std::vector<Generation> made;
        for (int i = 0; i < generations_max; ++i) made.push_back(make_generation(i));
        chance() = before;
        return made;
    }();
    return all[static_cast<std::size_t>(number % generations_max)];
}

void place(Disk& disk, std::string_view path, std::string bytes) { disk.place(std::string(path), std::move(bytes)); }

}  // namespace

void seed_openssl(std::uint64_t seed) {
    static constexpr RAND_METHOD method = {nullptr, &give_chance, nullptr, nullptr, &give_chance, [] { return 1; }};
    RAND_set_rand_method(&method);
    generation(0);
    chance() = Random(seed, "openssl");
}

void TlsAuthority::install(Disk& disk, int number) {
    const Generation& made = generation(number);
    place(disk, TlsFilesOfHost::ca, made.authority.certificate());
    place(disk, TlsFilesOfHost::certificate, made.host.certificate());
    place(disk, TlsFilesOfHost::key, made.host.key());
}

void TlsAuthority::begin_renewal(Disk& disk, int number) {
    const Generation& next = generation(number + 1);
    place(disk, TlsFilesOfHost::ca, generation(number).authority.certificate() + next.authority.certificate());
    place(disk, TlsFilesOfHost::certificate, next.host.certificate());
}

std::shared_ptr<net::TlsSource> server_tls() {
    net::TlsSettings settings;
    settings.ca_file = TlsFilesOfHost::ca;  // asks clients for a certificate, too
    settings.cert_file = TlsFilesOfHost::certificate;
    settings.key_file = TlsFilesOfHost::key;
    return std::make_shared<net::TlsFiles>(net::TlsRole::server, std::move(settings));
}

}  // namespace outflow::sim
