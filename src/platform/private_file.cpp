#include "platform/private_file.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "platform/file.h"
#include "platform/file_calls.h"

namespace outflow::platform {
namespace {

constexpr mode_t rights_of_others = S_IRWXG | S_IRWXO;

tl::unexpected<Error> failed_at(std::string_view verb, const std::string& path, int error) {
    return failed(ErrorCode::file_error, fmt::format("{} {}: {}", verb, path, std::generic_category().message(error)));
}

Result<mode_t> mode_of(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return failed_at("read the rights of", path, errno);
    return facts.st_mode & 07777U;
}

}  // namespace

Result<bool> is_private(const std::string& path) {
    TRY(const mode_t mode, mode_of(path));
    return (mode & rights_of_others) == 0;
}

Status make_private(const std::string& path) {
    TRY(const mode_t mode, mode_of(path));
    if ((mode & rights_of_others) == 0) return {};
    if (::chmod(path.c_str(), mode & ~rights_of_others) != 0) return failed_at("change the rights of", path, errno);
    return {};
}

std::string real_path(const std::string& path) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    if (error) return path;
    const std::filesystem::path real = std::filesystem::weakly_canonical(absolute, error);
    std::string text = error ? absolute.string() : real.string();
    if (text.size() > 1 && text.ends_with('/')) text.pop_back();
    return text;
}

Status publish_file(const std::string& from, const std::string& to) {
    const FileDescriptor descriptor(calls::open(from, calls::Open::read_write));
    if (descriptor.get() < 0) return failed_at("open", from, -descriptor.get());
    if (const int error = calls::sync(descriptor.get())) return failed_at("sync", from, -error);
    if (const int error = calls::rename(from, to)) return failed_at("rename to", to, -error);
    const std::size_t slash = to.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : to.substr(0, slash + 1);
    if (const int error = calls::sync_folder(folder)) return failed_at("sync folder", folder, -error);
    return {};
}

}  // namespace outflow::platform
