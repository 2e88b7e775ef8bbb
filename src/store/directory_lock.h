// One process per data directory: an flock on <directory>/lock, held until destruction or the process's end (also by kill -9).
// The file holds the owner's process id for the error text. Used at opening only.
#pragma once
#include <string>

#include "base/error.h"

namespace fogbank::store {

class DirectoryLock {
 public:
  DirectoryLock() = default;
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept { std::swap(fd_, other.fd_); return *this; }
  ~DirectoryLock();
  static Result<DirectoryLock> acquire(const std::string& directory);

 private:
  int fd_ = -1;
};

}  // namespace fogbank::store
