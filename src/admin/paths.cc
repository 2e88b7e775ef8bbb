#include "admin/paths.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/private_file.h"
#include "base/strings.h"

namespace fogbank::admin {
namespace {

std::string env(const char* name) {
  const char* v = std::getenv(name);
  return v ? v : "";
}

Result<void> make_private_directory(const std::string& path) {
  for (size_t at = 1; at != std::string::npos;) {
    at = path.find('/', at + 1);
    std::string part = path.substr(0, at);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return fail("IoError", cat("cannot make ", part, ": ", std::strerror(errno)), 500);
  }
  struct stat s;
  if (stat(path.c_str(), &s) != 0 || !S_ISDIR(s.st_mode)) return fail("IoError", cat(path, " is no directory"), 500);
  if (s.st_uid != geteuid()) return fail("IoError", cat(path, " belongs to another user"), 500);
  return {};
}

}  // namespace

std::string default_data_directory() {
  if (auto d = env("FOGBANK_DATA"); !d.empty()) return d;
  if (auto d = env("XDG_DATA_HOME"); !d.empty()) return d + "/fogbank";
  auto home = env("HOME");
  return (home.empty() ? "/tmp" : home) + "/.local/share/fogbank";
}

Result<std::string> run_directory() {
  std::string dir = env("XDG_RUNTIME_DIR");
  dir = dir.empty() ? cat("/tmp/fogbank-", geteuid()) : dir + "/fogbank";
  FB_TRY(make_private_directory(dir));
  return dir;
}

std::optional<std::string> read_file(const std::string& path, size_t limit) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string out;
  char buf[16384];
  ssize_t n;
  while ((n = ::read(fd, buf, sizeof buf)) > 0 && out.size() <= limit) out.append(buf, size_t(n));
  close(fd);
  if (n < 0 || out.size() > limit) return std::nullopt;
  return out;
}

Result<std::string> load_or_make_token(const std::string& data, Random& random) {
  std::string path = data + "/admin-token";
  if (auto t = read_file(path)) {
    std::string token(trim(*t));
    if (token.size() == 64) return token;
  }
  FB_TRY(make_private_directory(data));
  std::string token = random.hex(64);
  FB_TRY(write_private_file(path, token + "\n"));
  return token;
}

Result<void> announce(const RunningServer& s) {
  FB_ASSIGN(dir, run_directory());
  return write_private_file(cat(dir, "/", s.port, ".server"), cat(s.pid, " ", s.port, " ", s.data, "\n"));
}

void withdraw(int port) {
  if (auto dir = run_directory()) unlink(cat(*dir, "/", port, ".server").c_str());
}

std::optional<RunningServer> find_server(int port) {
  auto dir = run_directory();
  if (!dir) return std::nullopt;
  auto text = read_file(cat(*dir, "/", port, ".server"));
  if (!text) return std::nullopt;
  auto parts = split(trim(*text), ' ');
  if (parts.size() < 3) return std::nullopt;
  RunningServer s;
  s.pid = int(parse_int(parts[0]).value_or(0));
  s.port = int(parse_int(parts[1]).value_or(0));
  s.data = std::string(trim(*text).substr(parts[0].size() + parts[1].size() + 2));
  if (s.pid <= 0 || kill(s.pid, 0) != 0) return std::nullopt;
  return s;
}

}  // namespace fogbank::admin
