// A connection test on the test's own loop, and TLS of the test's own certificates.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "connectors/probe.h"
#include "net/acceptor.h"
#include "net/connection.h"
#include "net/run_until.h"
#include "net/tls_rig.h"
#include "platform/clock.h"

namespace outflow::connectors {

// A port of this machine at which nobody listens: somebody did until now.
inline std::uint16_t closed_port(net::EventLoop& loop) {
    net::Acceptor acceptor(loop, [](net::AcceptedSocket) {});
    EXPECT_TRUE(acceptor.listen({"127.0.0.1", 0}));
    return acceptor.port();
}

// TLS of one side, by what a test has made.
struct RigTls final : net::TlsSource {
    RigTls(net::TlsRole role, net::TlsMaterial the_material) : role_(role), material(std::move(the_material)) {}
    Result<std::shared_ptr<net::TlsContext>> context() override {
        return net::TlsContext::create(role_, material,
                                       [] { return std::chrono::seconds(platform::unix_ms() / 1'000); });
    }
    std::string name_for(const std::string& host) const override { return host; }

    net::TlsRole role_;
    net::TlsMaterial material;
};

inline std::chrono::seconds in_days(int days) {
    return std::chrono::seconds(platform::unix_ms() / 1'000) + std::chrono::hours(24 * days);
}

// A certificate for a server of this machine, signed by itself, that ends in so many days.
inline net::TestCertificate server_certificate(int days, const std::string& names = "IP:127.0.0.1") {
    net::TestCertificate::Wish wish;
    wish.common_name = "broker";
    wish.names = names;
    wish.begins = in_days(-100);
    wish.ends = in_days(days) + std::chrono::hours(1);
    return net::TestCertificate(wish);
}

// `asks`: for a certificate of the client's, which that one has signed.
inline std::shared_ptr<net::TlsSource> server_tls(const net::TestCertificate& certificate, bool asks = false) {
    net::TlsMaterial material;
    if (asks) material.ca = certificate.certificate();
    material.certificate = certificate.certificate();
    material.key = certificate.key();
    return std::make_shared<RigTls>(net::TlsRole::server, material);
}

// Of a client that trusts this authority (PEM); empty: whoever answers.
inline std::shared_ptr<net::TlsSource> client_tls(const std::string& authority) {
    net::TlsMaterial material;
    material.verifies = !authority.empty();
    material.ca = authority;
    return std::make_shared<RigTls>(net::TlsRole::client, material);
}

class ProbeRig : public ::testing::Test {
protected:
    Probe::OnDone note() {
        return [this](std::vector<ProbeStep> done) {
            ++calls;
            steps = std::move(done);
        };
    }
    // Until it is done.
    void wait_for_it() {
        ASSERT_TRUE(net::run_until(
            loop, [this] { return calls > 0; }, std::chrono::seconds(30)));
        EXPECT_EQ(calls, 1);
        for (const ProbeStep& step : steps) EXPECT_TRUE(step.ok || !step.remedy.empty()) << step.name;
    }
    // "resolve ok, connect FAIL"
    std::string outline() const {
        std::string text;
        for (const ProbeStep& step : steps)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", step.name, step.ok ? "ok" : "FAIL");
        return text;
    }
    const ProbeStep& last() const { return steps.back(); }

    net::EventLoop loop;
    ProbeLimits limits{std::chrono::milliseconds(5'000), std::chrono::milliseconds(20'000)};
    std::vector<ProbeStep> steps;
    int calls = 0;
};

inline void expect_part(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in: " << text;
}

}  // namespace outflow::connectors
