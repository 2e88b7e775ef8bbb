// A file descriptor that closes itself, and the few ways in which src/run makes one. All are close-on-exec.
#pragma once
#include <unistd.h>

#include <string_view>
#include <utility>

#include "base/error.h"

namespace fogbank::run {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Fd& operator=(Fd&& o) noexcept {
    if (this != &o) reset(std::exchange(o.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

struct Pipe { Fd read, write; };
/// The reading end is non-blocking for us if asked; the writing end blocks, as programs expect.
Result<Pipe> make_pipe(bool nonblocking_read);
/// A sealed file in memory with these bytes, at its beginning: nobody who receives it can change it.
Result<Fd> memory_file(std::string_view bytes);
/// The error of a system call that just failed, as text in an ApiError of code "ProcessFailure".
ApiError system_error(std::string_view what);

}  // namespace fogbank::run
