#include "run/inner_listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/strings.h"

namespace fogbank::run {
namespace {

constexpr int kMilliseconds = 5000;

struct Answer { int step = 0, error = 0; };   // step 0: the descriptor is with it
const char* const kSteps[] = {"", "the sandbox's user namespace cannot be entered", "the sandbox's network namespace cannot be entered", "no socket in the sandbox", "cannot listen in the sandbox"};

void send_answer(int to, Answer answer, int fd) {
  iovec data{&answer, sizeof answer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
  }
  sendmsg(to, &message, MSG_NOSIGNAL);
}

// The helper process. Only system calls: other threads' locks are as they were at the fork.
[[noreturn]] void help(int user, int network, int to, uint16_t port, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  auto answer = [&](int step) {
    send_answer(to, {step, errno}, -1);
    _exit(1);
  };
  if (setns(user, CLONE_NEWUSER) != 0) answer(1);
  if (setns(network, CLONE_NEWNET) != 0) answer(2);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) answer(3);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int tries = kMilliseconds;
  while (bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) {
    if (errno != EADDRNOTAVAIL || --tries == 0) answer(4);   // the loopback is not up yet
    timespec pause{0, 1000000};
    nanosleep(&pause, nullptr);
  }
  if (listen(fd, 1024) != 0) answer(4);
  send_answer(to, {}, fd);
  _exit(0);
}

Result<Fd> receive_answer(int from) {
  Answer answer{-1, 0};
  iovec data{&answer, sizeof answer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != ssize_t(sizeof answer)) return fail("ProcessFailure", "the helper that listens in the sandbox gave no answer", 500);
  cmsghdr* c = CMSG_FIRSTHDR(&message);
  Fd fd;
  if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
    int passed;
    std::memcpy(&passed, CMSG_DATA(c), sizeof passed);
    fd.reset(passed);
  }
  if (answer.step > 0 && answer.step <= 4) return fail("ProcessFailure", cat(kSteps[answer.step], ": ", std::strerror(answer.error)), 500);
  if (answer.step != 0 || !fd) return fail("ProcessFailure", "the helper that listens in the sandbox gave no answer", 500);
  return fd;
}

struct Helper {
  pid_t pid = -1;
  Fd from;
  uint64_t timer = 0;
  std::function<void(Result<Fd>)> done;
};

Result<std::shared_ptr<Helper>> start_helper(pid_t pid, uint16_t port) {
  Fd network(open(cat("/proc/", pid, "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
  // The user namespace that owns the network: the process itself may by now be in a further one, which has no say there.
  Fd user(network ? ioctl(network.get(), NS_GET_USERNS) : -1);
  struct stat theirs, ours;
  if (!user || !network || fstat(network.get(), &theirs) != 0 || stat("/proc/self/ns/net", &ours) != 0) return fail(system_error("the sandbox's namespaces cannot be opened"));
  if (theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev) return fail("ProcessFailure", "the sandbox has no network namespace of its own", 500);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail(system_error("no socket pair"));
  Fd near(ends[0]), far(ends[1]);
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) return fail(system_error("no process"));
  if (child == 0) {
    // Nothing of the server's may be held open by the helper, the lock of the data directory least of all.
    int keep[3] = {user.get(), network.get(), far.get()};
    for (int i = 0; i < 3; i++) keep[i] = fcntl(keep[i], F_DUPFD_CLOEXEC, 512);
    for (int i = 0; i < 3; i++) dup2(keep[i], 3 + i);
    syscall(SYS_close_range, 6u, ~0u, 0);
    help(3, 4, 5, port, parent);
  }
  auto h = std::make_shared<Helper>();
  h->pid = child;
  h->from = std::move(near);
  return h;
}

}  // namespace

void open_inner_listener(Reactor& reactor, pid_t pid, uint16_t port, std::function<void(Result<Fd>)> done) {
  auto started = start_helper(pid, port);
  if (!started) {
    auto error = std::make_shared<ApiError>(std::move(started.error()));
    reactor.after(0, [done, error] { done(fail(*error)); });
    return;
  }
  std::shared_ptr<Helper> h = *started;
  h->done = std::move(done);
  auto finish = [h, &reactor] {
    auto fd = receive_answer(h->from.get());
    reactor.unwatch(h->from.get());
    h->from.reset();
    if (h->timer) reactor.cancel(h->timer);
    kill(h->pid, SIGKILL);   // it has answered or is late; its number is ours until the next line
    waitpid(h->pid, nullptr, 0);
    h->done(std::move(fd));
  };
  h->timer = reactor.after(kMilliseconds + 1000, [h] {
    h->timer = 0;
    kill(h->pid, SIGKILL);   // its end closes the socket, which ends the wait
  });
  reactor.watch(h->from.get(), finish);
}

}  // namespace fogbank::run
