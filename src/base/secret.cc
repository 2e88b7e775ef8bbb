#include "base/secret.h"

#include <fcntl.h>
#include <openssl/crypto.h>
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

tl::unexpected<ApiError> io_error(std::string text) { return fail("IoError", std::move(text), 500); }

Result<Secret> read_key(FILE* f, const std::string& path, size_t bytes) {
  std::string key(bytes, 0);
  bool whole = std::fread(key.data(), 1, bytes, f) == bytes && std::fgetc(f) == EOF;
  Secret out(std::move(key));
  if (!whole) return io_error(cat(path, " is damaged: it must hold ", bytes, " bytes"));
  return out;
}

}  // namespace

void wipe(std::string& bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

Result<Secret> load_or_make_key_file(const std::string& path, size_t bytes, Random& random) {
  if (File f{std::fopen(path.c_str(), "rbe")}) return read_key(f.get(), path, bytes);
  if (errno != ENOENT) return io_error(cat("cannot read ", path, ": ", std::strerror(errno)));
  Secret key(random.bytes(bytes));
  // Written beside and renamed: a crash in between leaves no half of a key.
  std::string part = path + ".part";
  int fd = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, key.view().data(), bytes) == ssize_t(bytes) && fsync(fd) == 0;
  int error = errno;
  if (fd >= 0) close(fd);
  if (written && rename(part.c_str(), path.c_str()) != 0) { written = false; error = errno; }
  if (!written) return io_error(cat("cannot write ", path, ": ", std::strerror(error)));
  return key;
}

}  // namespace fogbank
