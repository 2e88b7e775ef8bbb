#include "run/egress.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/nsfs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include "base/log.h"
#include "base/strings.h"
#include "run/spawn.h"

extern "C" int __clone(int (*)(void*), void* stack, int flags, void* argument, ...);   // see spawn.cc

namespace fogbank::run {
namespace {

constexpr size_t kStack = 64 << 10;
constexpr const char* kNetwork = "198.18.213.0/24";   // reserved for measurements: nobody's own network

struct RouteRequest {
  nlmsghdr head;
  rtmsg route;
  rtattr attribute;
  uint32_t address;
};

RouteRequest unreachable(uint32_t address, uint8_t bits) {
  RouteRequest r{};
  r.head.nlmsg_len = sizeof r;
  r.head.nlmsg_type = RTM_NEWROUTE;
  r.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK;
  r.route.rtm_family = AF_INET;
  r.route.rtm_dst_len = bits;
  r.route.rtm_table = RT_TABLE_MAIN;
  r.route.rtm_protocol = RTPROT_STATIC;
  r.route.rtm_scope = RT_SCOPE_UNIVERSE;
  r.route.rtm_type = RTN_UNREACHABLE;
  r.attribute.rta_len = RTA_LENGTH(sizeof r.address);
  r.attribute.rta_type = RTA_DST;
  r.address = address;
  return r;
}

/// What must not be reached: our own addresses, wherever we listen, and link-local ones.
std::vector<RouteRequest> forbidden() {
  std::vector<RouteRequest> out{unreachable(htonl(0xa9fe0000), 16)};
  std::set<uint32_t> own;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return {};
  for (ifaddrs* i = all; i; i = i->ifa_next)
    if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET) own.insert(reinterpret_cast<sockaddr_in*>(i->ifa_addr)->sin_addr.s_addr);
  freeifaddrs(all);
  for (uint32_t address : own)
    if ((ntohl(address) >> 24) != 127) out.push_back(unreachable(address, 32));
  return out;
}

struct Job {
  int user, network;
  const RouteRequest* routes;
  size_t count;
  int error = 0;
  const char* failed = nullptr;
  bool early = false;
};

#define FB_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

// Runs in a child that shares our memory while this thread waits: system calls only.
FB_IN_CHILD int set_routes(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  auto give_up = [&job](const char* what) {
    job.failed = what;
    job.error = errno;
    return 1;
  };
  if (syscall(SYS_setns, job.user, CLONE_NEWUSER) != 0) return give_up("its user namespace cannot be entered");
  if (syscall(SYS_setns, job.network, CLONE_NEWNET) != 0) return give_up("its network namespace cannot be entered");
  int inet = int(syscall(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  if (inet < 0 || syscall(SYS_ioctl, inet, SIOCGIFFLAGS, &loopback) != 0) return give_up("its loopback cannot be seen");
  syscall(SYS_close, inet);
  if (!(loopback.ifr_flags & IFF_UP)) {
    job.early = true;
    return 0;
  }
  int fd = int(syscall(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (fd < 0) return give_up("no routing socket");
  for (size_t i = 0; i < job.count; i++) {
    struct { nlmsghdr head; nlmsgerr error; char rest[512]; } answer;
    if (syscall(SYS_sendto, fd, &job.routes[i], sizeof job.routes[i], 0, nullptr, 0) < 0) return give_up("a route cannot be set");
    long n = syscall(SYS_recvfrom, fd, &answer, sizeof answer, 0, nullptr, nullptr);
    if (n < long(sizeof answer.head + sizeof answer.error.error)) return give_up("a route cannot be set");
    if (answer.error.error != 0 && answer.error.error != -EEXIST) {
      errno = -answer.error.error;
      return give_up("a route cannot be set");
    }
  }
  syscall(SYS_close, fd);
  return 0;
}

/// False: too early.
Result<bool> forbid_own_addresses(int user, int network) {
  auto routes = forbidden();
  if (routes.empty()) return fail(system_error("the machine's addresses cannot be read"));
  void* stack = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return fail(system_error("no memory for a process"));
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Job job{user, network, routes.data(), routes.size()};
  pid_t pid = __clone(set_routes, static_cast<char*>(stack) + kStack, CLONE_VM | CLONE_VFORK | SIGCHLD, &job);
  int error = errno;
  if (pid > 0) waitpid(pid, nullptr, 0);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  munmap(stack, kStack);
  errno = job.failed ? job.error : error;
  if (pid < 0) return fail(system_error("no process"));
  if (job.failed) return fail(system_error(job.failed));
  return !job.early;
}

}  // namespace

// Kept by the wait for its end, so that it is reaped whoever ends first.
struct Egress::Helper {
  Reactor& reactor;
  Spawned process;
  Fd keep;   ///< its end tells slirp4netns to end
};

Result<std::string> find_egress_program() {
  const char* path = getenv("PATH");
  for (auto folder : split(path && *path ? path : "/usr/local/bin:/usr/bin:/bin", ':')) {
    std::string file = cat(folder, "/slirp4netns");
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) {
      if (access("/dev/net/tun", R_OK | W_OK) != 0) return fail("NoEgress", "/dev/net/tun cannot be used", 500);
      return file;
    }
  }
  return fail("NoEgress", "slirp4netns is not installed", 500);
}

Result<std::unique_ptr<Egress>> Egress::attach(Reactor& reactor, const std::string& program, pid_t inside) {
  Fd network(open(cat("/proc/", inside, "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
  Fd user(network ? ioctl(network.get(), NS_GET_USERNS) : -1);
  if (!user || !network) return fail(system_error("the sandbox's namespaces cannot be opened"));
  FB_ASSIGN(ready, forbid_own_addresses(user.get(), network.get()));
  if (!ready) return nullptr;
  FB_ASSIGN(end, make_pipe(false));
  Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return fail(system_error("/dev/null"));
  SpawnPlan plan;
  plan.argv = {program, "--configure", "--mtu=65520", cat("--cidr=", kNetwork), "--disable-host-loopback", "--enable-sandbox", "--exit-fd=5", "--userns-path=/proc/self/fd/3",
               "--netns-type=path", "/proc/self/fd/4", "tap0"};
  plan.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  plan.directory = "/";
  plan.descriptors = {null.get(), null.get(), null.get(), user.get(), network.get(), end.read.get()};
  FB_ASSIGN(spawned, spawn(plan));
  auto helper = std::make_shared<Helper>(Helper{reactor, std::move(spawned), std::move(end.write)});
  reactor.watch(helper->process.pidfd.get(), [helper] {
    siginfo_t info{};
    if (syscall(SYS_waitid, P_PIDFD, helper->process.pidfd.get(), &info, WEXITED, nullptr) != 0 && errno == EINTR) return;
    if (helper->keep && (info.si_code != CLD_EXITED || info.si_status != 0)) log(LogLevel::warning, "slirp4netns ended early: a sandbox has no way to the outside any more");
    auto last = helper;   // unwatch() lets go of this function
    last->reactor.unwatch(last->process.pidfd.get());
    last->process.pidfd.reset();
  });
  return std::unique_ptr<Egress>(new Egress(std::move(helper)));
}

Egress::~Egress() {
  helper_->keep.reset();
  if (helper_->process.pidfd) syscall(SYS_pidfd_send_signal, helper_->process.pidfd.get(), SIGKILL, nullptr, 0);
}

}  // namespace fogbank::run
