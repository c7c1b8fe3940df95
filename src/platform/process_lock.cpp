#include "platform/process_lock.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/format.h>

#include "base/assert.h"

namespace outflow::platform {
namespace {

constexpr std::string_view prefix = "outflow/";

FileDescriptor make_socket() {
    return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// "process 123", as the system knows who listens; "another process" when it does not tell.
std::string find_holder(const sockaddr_un& address, socklen_t size) {
    const FileDescriptor socket = make_socket();
    ucred holder{};
    socklen_t holder_size = sizeof holder;
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &holder, &holder_size) != 0 || holder.pid <= 0) {
        return "another process";
    }
    return fmt::format("process {}", holder.pid);
}

}  // namespace

Result<ProcessLock> ProcessLock::take(std::string_view name) {
    sockaddr_un address{};  // its path begins with a zero byte: no file
    OUTFLOW_ASSERT(name.size() <= 90);
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, prefix.data(), prefix.size());
    std::memcpy(address.sun_path + 1 + prefix.size(), name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + prefix.size() + name.size());
    FileDescriptor socket = make_socket();
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
        if (errno == EADDRINUSE) return failed(ErrorCode::closed, "held by " + find_holder(address, size));
        return failed(ErrorCode::network_error, std::generic_category().message(errno));
    }
    static_cast<void>(::listen(socket.get(), 1));  // so that others can ask who it is
    return ProcessLock(std::move(socket));
}

}  // namespace outflow::platform
