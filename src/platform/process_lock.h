// A name that at most one process of this machine holds. It is a name of Linux's abstract socket namespace: it ends
// with the process, however that ends, and needs no folder, no file and no rights.
#pragma once

#include <string_view>
#include <utility>

#include "base/result.h"
#include "platform/file.h"

namespace outflow::platform {

// Holds its name as long as it lives.
class ProcessLock {
public:
    // `name` has at most 90 bytes. Errors: closed with "held by process 123"; network_error: this system has no such
    // names.
    static Result<ProcessLock> take(std::string_view name);

private:
    explicit ProcessLock(FileDescriptor socket) : socket_(std::move(socket)) {}
    FileDescriptor socket_;
};

}  // namespace outflow::platform
