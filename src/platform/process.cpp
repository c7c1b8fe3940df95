#include "platform/process.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/assert.h"

namespace outflow::platform {

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

int process_id() { return ::getpid(); }

std::uint64_t random_u64() {
    std::uint64_t value = 0;
    ssize_t got = -1;
    do {
        got = ::getrandom(&value, sizeof value, 0);
    } while (got < 0 && errno == EINTR);
    // Linux gives requests of up to 256 bytes whole, once its generator has been seeded.
    OUTFLOW_ASSERT(got == static_cast<ssize_t>(sizeof value));
    return value;
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int open_terminal() { return ::open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC); }

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

}  // namespace outflow::platform
