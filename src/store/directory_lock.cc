#include "store/directory_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.h"

namespace fogbank::store {

namespace {

// A child that a killed server was about to turn into another program has its descriptors until then: for so long its lock outlives it.
constexpr int kTries = 1000;
constexpr unsigned kPause_us = 3000;

/// What the holder wrote: its process id.
std::string holder(int fd) {
  char buffer[24];
  ssize_t n = ::pread(fd, buffer, sizeof buffer, 0);
  return std::string(trim(std::string_view(buffer, n > 0 ? size_t(n) : 0)));
}

bool ended(std::string_view pid) {
  auto number = parse_int(pid);
  return number && *number > 0 && ::kill(pid_t(*number), 0) != 0 && errno == ESRCH;
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
    const std::string pid = holder(lock.fd_);
    if (ended(pid) && tries < kTries) {
      ::usleep(kPause_us);
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
