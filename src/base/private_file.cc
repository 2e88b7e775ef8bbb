#include "base/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/strings.h"

namespace fogbank {
namespace {

struct Close { void operator()(FILE* f) const { std::fclose(f); } };
using File = std::unique_ptr<FILE, Close>;

tl::unexpected<ApiError> io_error(std::string_view what, const std::string& path, std::string_view why) {
  return fail("IoError", cat(what, ' ', path, ": ", why), 500);
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    content.remove_prefix(size_t(n));
  }
  return true;
}

}  // namespace

Result<void> write_private_file(const std::string& path, std::string_view content) {
  const std::string part = path + ".part";
  int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = fd >= 0 && ::fchmod(fd, 0600) == 0 && write_all(fd, content) && ::fsync(fd) == 0;
  int error = errno;
  if (fd >= 0) ::close(fd);
  if (written && ::rename(part.c_str(), path.c_str()) != 0) { written = false; error = errno; }
  if (written) return {};
  ::unlink(part.c_str());
  return io_error("cannot write", path, std::strerror(error));
}

Result<std::optional<Secret>> read_private_file(const std::string& path, size_t limit) {
  File file{std::fopen(path.c_str(), "rbe")};
  if (!file && errno == ENOENT) return std::optional<Secret>();
  if (!file) return io_error("cannot read", path, std::strerror(errno));
  std::string bytes(limit + 1, 0);
  size_t have = std::fread(bytes.data(), 1, bytes.size(), file.get());
  bool bad = std::ferror(file.get());
  Secret out(bytes.substr(0, have));
  wipe(bytes);
  if (bad) return io_error("cannot read", path, "it is unreadable");
  if (have > limit) return io_error("cannot read", path, cat("it holds more than ", limit, " bytes"));
  return std::optional<Secret>(std::move(out));
}

}  // namespace fogbank
