#include "store/directory_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/strings.h"

namespace fogbank::store {
namespace {

// The lock of a killed owner is held on for a moment: while it still ends, and by a child that it had begun to make and that has not started its
// program yet.
constexpr std::chrono::milliseconds kEnding{300}, kChildrenEnding{5000}, kPause{5};

std::string owner_of(int fd) {
  char buffer[24];
  ssize_t n = ::pread(fd, buffer, sizeof buffer, 0);
  return std::string(trim(std::string_view(buffer, n > 0 ? size_t(n) : 0)));
}

bool is_gone(const std::string& owner) {
  auto pid = parse_int(owner);
  return pid && *pid > 0 && ::kill(pid_t(*pid), 0) != 0 && errno == ESRCH;
}

/// False (with errno) if somebody else keeps it.
bool take(int fd) {
  const auto begun = std::chrono::steady_clock::now();
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return false;
    if (std::chrono::steady_clock::now() - begun > (is_gone(owner_of(fd)) ? kChildrenEnding : kEnding)) {
      errno = EWOULDBLOCK;
      return false;
    }
    std::this_thread::sleep_for(kPause);
  }
  return true;
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
  if (!take(lock.fd_)) {
    if (errno != EWOULDBLOCK) return fail("StoreUnavailable", cat("cannot lock ", path, ": ", std::strerror(errno)), 500);
    std::string pid = owner_of(lock.fd_);
    return fail("StoreUnavailable", cat("another fogbank (pid ", pid.empty() ? "unknown" : pid, ") uses this directory: ", directory), 500);
  }
  const std::string pid = cat(int64_t(::getpid()), '\n');
  if (::ftruncate(lock.fd_, 0) != 0 || ::pwrite(lock.fd_, pid.data(), pid.size(), 0) != ssize_t(pid.size())) {
    return fail("StoreUnavailable", cat("cannot write ", path, ": ", std::strerror(errno)), 500);
  }
  return lock;
}

}  // namespace fogbank::store
