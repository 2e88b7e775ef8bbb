#include "services/lambda/runtime/control.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/strings.h"

namespace fogbank::lambda::runtime {

using namespace init;

Control::Control(http::Server& server, run::Fd socket, OnEvent on_event, std::function<void()> on_end)
    : on_event_(std::move(on_event)), on_end_(std::move(on_end)), socket_(server.watch(socket.release(), [this] { read(); })) {}

Result<void> Control::send(Order order, uint8_t id, int32_t value, std::string_view texts) {
  OrderHead head{order, id, 0, value};
  std::string message(reinterpret_cast<const char*>(&head), sizeof head);
  message += texts;
  if (message.size() > kMaxMessage) return fail("InvalidParameterValueException", "The environment of the function is too large.", 500);
  ssize_t n;
  do n = ::send(socket_->fd(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0) return fail(run::system_error("process 1 of the sandbox cannot be told"));
  return {};
}

Result<void> Control::start(uint8_t id, const std::string& directory, const std::vector<std::string>& argv, const std::vector<std::string>& environment, bool telemetry) {
  std::string texts;
  auto add = [&](std::string_view text) { texts.append(text).push_back('\0'); };
  add(directory);
  for (const auto& a : argv) add(a);
  add("");
  for (const auto& e : environment) add(e);
  add("");
  return send(Order::start, id, telemetry ? 1 : 0, texts);
}

void Control::read() {
  for (;;) {
    EventMessage message{};
    iovec data{&message, sizeof message};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr m{};
    m.msg_iov = &data;
    m.msg_iovlen = 1;
    m.msg_control = control;
    m.msg_controllen = sizeof control;
    ssize_t n = recvmsg(socket_->fd(), &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return socket_->arm();
    if (n <= 0) {
      auto end = std::exchange(on_end_, nullptr);   // may destroy us
      if (end) end();
      return;
    }
    cmsghdr* c = CMSG_FIRSTHDR(&m);
    run::Fd fd;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
      int passed;
      std::memcpy(&passed, CMSG_DATA(c), sizeof passed);
      fd.reset(passed);
    }
    if (size_t(n) < sizeof message) continue;
    auto on_event = on_event_;
    auto weak = std::weak_ptr<bool>(alive_);
    on_event(message, std::move(fd));
    if (weak.expired()) return;
  }
}

}  // namespace fogbank::lambda::runtime
