#include "http/stream.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace fogbank::http {

namespace {

Io received(ssize_t n) {
  if (n > 0) return {Io::ok, size_t(n)};
  if (n == 0) return {Io::eof, 0};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? Io::again_read : Io::failed, 0};
}

Io sent(ssize_t n) {
  if (n >= 0) return {Io::ok, size_t(n)};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? Io::again_write : Io::failed, 0};
}

// Repeats a system call that a signal interrupted.
template <class F> ssize_t retry(F&& call) {
  ssize_t n;
  do n = call(); while (n < 0 && errno == EINTR);
  return n;
}

}  // namespace

Io Stream::read(char* out, size_t size) {
  if (tls_) return tls_->read(out, size);
  return received(retry([&] { return ::recv(fd_, out, size, 0); }));
}

Io Stream::discard(char* scratch, size_t size) {
  return received(retry([&] { return ::recv(fd_, scratch, size, 0); }));
}

Io Stream::write(std::string_view bytes, bool more) {
  if (bytes.empty()) return {Io::ok, 0};
  if (tls_) return tls_->write(bytes);
  return sent(retry([&] { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0)); }));
}

Io Stream::write(std::string_view first, std::string_view second) {
  if (tls_ || first.empty() || second.empty()) return write(first.empty() ? second : first);
  iovec pieces[2] = {{const_cast<char*>(first.data()), first.size()}, {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  return sent(retry([&] { return ::sendmsg(fd_, &message, MSG_NOSIGNAL); }));
}

Io Stream::send_file(int file, int64_t offset, size_t size, char* scratch, size_t scratch_size) {
  if (!tls_) {
    off_t at = offset;
    ssize_t n = retry([&] { return ::sendfile(fd_, file, &at, size); });
    return n == 0 ? Io{Io::eof, 0} : sent(n);
  }
  ssize_t n = retry([&] { return ::pread(file, scratch, std::min(size, scratch_size), offset); });
  if (n <= 0) return {n == 0 ? Io::eof : Io::failed, 0};
  return tls_->write({scratch, size_t(n)});
}

void Stream::shutdown() {
  if (tls_) tls_->shutdown();
  ::shutdown(fd_, SHUT_WR);
}

}  // namespace fogbank::http
