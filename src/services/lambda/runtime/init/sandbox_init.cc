// Process 1 of an environment's sandbox: starts extensions and the runtime as the server orders, reaps, stops and continues all of them at once.
// A small static program of its own, embedded in the server and passed to the sandbox as a descriptor. It holds no secrets; its memory cannot
// be read from inside. When the server closes the socket it ends, and with it everything in its pid namespace.
#include "services/lambda/runtime/init/protocol.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

using namespace fogbank::lambda::runtime::init;

namespace {

pid_t programs[kMaxPrograms];
char message[kMaxMessage + 1];

void tell(Event event, uint8_t id, int32_t value, int fd = -1) {
  EventMessage body{event, id, 0, value};
  iovec data{&body, sizeof body};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr m{};
  m.msg_iov = &data;
  m.msg_iovlen = 1;
  if (fd >= 0) {
    m.msg_control = control;
    m.msg_controllen = sizeof control;
    cmsghdr* c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
  }
  while (sendmsg(kControl, &m, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

void open_listener(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(uint16_t(port));
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 || listen(fd, 1024) != 0) tell(Event::listening, 0, errno ? errno : EINVAL);
  else tell(Event::listening, 0, 0, fd);
  if (fd >= 0) close(fd);   // only the server's is left
}

/// The next text of the message; null at its end.
char* next_text(char*& at, char* end) {
  if (at >= end) return nullptr;
  char* text = at;
  at += strlen(text) + 1;   // the buffer ends with a zero
  return text;
}

[[noreturn]] void become(const char* directory, char** argv, char** environment, bool telemetry, int report) {
  setsid();
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int s = 1; s < NSIG; s++) sigaction(s, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(kLog, 1);
  dup2(kLog, 2);
  if (telemetry) dup2(kTelemetry, kProgramTelemetry);   // over the control socket's number
  else close(kControl);
  close(kLog);
  close(kTelemetry);
  int error = 0;
  if (chdir(directory) != 0) error = errno;
  if (!error) execve(argv[0], argv, environment);
  if (!error) error = errno;
  while (write(report, &error, sizeof error) < 0 && errno == EINTR) {}
  _exit(127);
}

void start(const OrderHead& head, char* at, char* end) {
  static char* argv[1024];
  static char* environment[4096];
  char* directory = next_text(at, end);
  size_t n = 0, e = 0;
  for (char* text; n < 1023 && (text = next_text(at, end)) && *text;) argv[n++] = text;
  for (char* text; e < 4095 && (text = next_text(at, end)) && *text;) environment[e++] = text;
  argv[n] = environment[e] = nullptr;
  if (!directory || n == 0 || head.id >= kMaxPrograms) return tell(Event::failed, head.id, EINVAL);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return tell(Event::failed, head.id, errno);
  pid_t child = fork();
  if (child == 0) become(directory, argv, environment, head.value == 1, report[1]);
  int failed = errno;
  close(report[1]);
  if (child < 0) {
    close(report[0]);
    return tell(Event::failed, head.id, failed);
  }
  ssize_t got;
  while ((got = read(report[0], &failed, sizeof failed)) < 0 && errno == EINTR) {}
  close(report[0]);
  if (got == ssize_t(sizeof failed)) {
    waitpid(child, nullptr, 0);
    return tell(Event::failed, head.id, failed);
  }
  programs[head.id] = child;
}

void obey(const OrderHead& head, char* rest, char* end) {
  switch (head.order) {
    case Order::listen: return open_listener(head.value);
    case Order::start: return start(head, rest, end);
    case Order::signal:
      if (head.id < kMaxPrograms && programs[head.id] > 0) kill(-programs[head.id], head.value);
      return;
    case Order::stop_all:
      kill(-1, SIGSTOP);
      return tell(Event::stopped, 0, 0);
    case Order::go_on: kill(-1, SIGCONT); return;
    case Order::kill_all: kill(-1, SIGKILL); return;
  }
}

void reap() {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    for (int id = 0; id < kMaxPrograms; id++) {
      if (programs[id] != pid) continue;
      programs[id] = 0;
      tell(Event::exited, uint8_t(id), status);
    }
}

}  // namespace

int main() {
  prctl(PR_SET_DUMPABLE, 0);   // /proc/1 shows nothing and cannot be written
  for (int fd : {kControl, kLog, kTelemetry}) fcntl(fd, F_SETFD, FD_CLOEXEC);
  close(6);                    // this program's own image
  struct sigaction child{};
  child.sa_handler = SIG_DFL;
  child.sa_flags = SA_NOCLDSTOP;
  sigaction(SIGCHLD, &child, nullptr);
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  int signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (int folder = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC); folder >= 0) {
    tell(Event::folder, 0, 0, folder);
    close(folder);
  }
  for (;;) {
    pollfd wait[2] = {{kControl, POLLIN, 0}, {signals, POLLIN, 0}};
    if (poll(wait, 2, -1) < 0) continue;
    if (wait[1].revents) {
      signalfd_siginfo info;
      while (read(signals, &info, sizeof info) > 0) {}
      reap();
    }
    if (!wait[0].revents) continue;
    ssize_t n = recv(kControl, message, kMaxMessage, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 0;
    if (size_t(n) < sizeof(OrderHead)) continue;
    message[n] = 0;
    OrderHead head;
    memcpy(&head, message, sizeof head);
    obey(head, message + sizeof head, message + n);
  }
}
