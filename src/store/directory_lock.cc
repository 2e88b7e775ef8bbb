#include "store/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/strings.h"

namespace fogbank::store {

namespace {

// A server that was killed while it forked leaves a child that has not closed its copy of the lock yet: it does so, or ends, within milliseconds.
constexpr int kTries = 500;
constexpr useconds_t kPause = 10'000;

bool gone(std::string_view pid) {
  auto n = parse_int(pid);
  return n && *n > 0 && ::kill(pid_t(*n), 0) != 0 && errno == ESRCH;
}

}  // namespace

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<DirectoryLock> DirectoryLock::acquire(const std::string& directory) {
  const std::string path = directory + "/lock";
  DirectoryLock lock;
  lock.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock.fd_ < 0) return fail("StoreUnavailable", cat("cannot use ", directory, ": ", std::strerror(errno)), 500);
  for (int tries = 0; ::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0; tries++) {
    if (errno != EWOULDBLOCK) return fail("StoreUnavailable", cat("cannot lock ", path, ": ", std::strerror(errno)), 500);
    char buffer[24];
    ssize_t n = ::pread(lock.fd_, buffer, sizeof buffer, 0);
    std::string_view pid = trim(std::string_view(buffer, n > 0 ? size_t(n) : 0));
    if (tries < kTries && gone(pid)) {
      ::usleep(kPause);
      continue;
    }
    return fail("StoreUnavailable", cat("another fogbank (pid ", pid.empty() ? "unknown" : pid, ") uses this directory: ", directory), 500);
  }
  const std::string pid = cat(int64_t(::getpid()), '\n');
  if (::ftruncate(lock.fd_, 0) != 0 || ::pwrite(lock.fd_, pid.data(), pid.size(), 0) != ssize_t(pid.size())) {
    return fail("StoreUnavailable", cat("cannot write ", path, ": ", std::strerror(errno)), 500);
  }
  return lock;
}

}  // namespace fogbank::store
