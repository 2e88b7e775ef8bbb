#include "run/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "base/strings.h"
#include "run/guard.h"

// clone() under the name that sanitizers do not take over: theirs treats the child like a forked one and spoils the parent's books.
extern "C" int __clone(int (*)(void*), void* stack, int flags, void* argument, ...);

namespace fogbank::run {

ApiError system_error(std::string_view what) {
  int error = errno;
  return ApiError("ProcessFailure", cat(what, ": ", std::strerror(error)), 500);
}

Result<Pipe> make_pipe(bool nonblocking_read) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(system_error("no pipe"));
  Pipe p{Fd(ends[0]), Fd(ends[1])};
  if (nonblocking_read && fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return fail(system_error("no pipe"));
  return p;
}

Result<Fd> memory_file(std::string_view bytes) {
  Fd fd(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return fail(system_error("no memory file"));
  for (size_t at = 0; at < bytes.size();) {
    ssize_t n = write(fd.get(), bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(system_error("no memory file"));
    at += size_t(n);
  }
  if (lseek(fd.get(), 0, SEEK_SET) != 0 || fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return fail(system_error("no memory file"));
  return fd;
}

namespace {

constexpr size_t kStack = 128 << 10;
constexpr size_t kMostDescriptors = 32;
constexpr int kHigh = 512;   // source descriptors are moved above this number while the low ones are filled

// What the child reads and, because it shares our memory, where it says what went wrong.
struct Job {
  char* const* argv;
  char* const* environment;
  const char* directory;
  const int* descriptors;
  int descriptor_count;
  const ResourceLimit* limits;
  size_t limit_count;
  int cgroup_procs;
  int guard;
  pid_t parent;
  const char* failed = nullptr;
  int error = 0;
};

// The child's functions use system calls as they are: the C library's wrappers, and what sanitizers put in front of them, keep state that here
// would be the parent's.
#define FB_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

FB_IN_CHILD int give_up(Job& job, const char* what) {
  job.failed = what;
  job.error = errno;
  return 127;
}

// "+ <pid>": our group is to end with the server.
FB_IN_CHILD void announce(int guard) {
  char line[16];
  size_t at = sizeof line;
  line[--at] = '\n';
  for (long pid = syscall(SYS_getpid); pid > 0; pid /= 10) line[--at] = char('0' + pid % 10);
  line[--at] = ' ';
  line[--at] = '+';
  syscall(SYS_write, guard, line + at, sizeof line - at);
}

struct KernelSigaction { void (*handler)(int); unsigned long flags; void (*restorer)(); unsigned long mask; };

// A handler of ours must never run in the child, and SIGPIPE, which the server ignores, must work again in the program.
FB_IN_CHILD void default_signals() {
  KernelSigaction standard{};
  for (int s = 1; s < NSIG; s++) syscall(SYS_rt_sigaction, s, &standard, nullptr, sizeof standard.mask);
  unsigned long none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
}

FB_IN_CHILD bool place_descriptors(const int* wanted, int count) {
  int high[kMostDescriptors];
  for (int i = 0; i < count; i++)
    if ((high[i] = int(syscall(SYS_fcntl, wanted[i], F_DUPFD_CLOEXEC, kHigh))) < 0) return false;
  for (int i = 0; i < count; i++)
    if (syscall(SYS_dup2, high[i], i) < 0) return false;
  return syscall(SYS_close_range, unsigned(count), ~0u, 0) == 0;
}

FB_IN_CHILD bool set_limit(const ResourceLimit& l) {
  rlimit64 now{}, wanted{l.value, l.value};
  if (syscall(SYS_prlimit64, 0, l.resource, nullptr, &now) == 0 && now.rlim_max < l.value) wanted = {now.rlim_max, now.rlim_max};
  return syscall(SYS_prlimit64, 0, l.resource, &wanted, nullptr) == 0;
}

// Runs in the child, on a stack of its own but in our memory, while this thread waits.
FB_IN_CHILD int child(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  if (syscall(SYS_getppid) != job.parent) return 127;   // killed in between: nobody waits for us
  syscall(SYS_setsid);
  if (job.guard >= 0) announce(job.guard);   // while SIGPIPE is still ignored
  default_signals();
  syscall(SYS_umask, 022);
  if (job.cgroup_procs >= 0 && syscall(SYS_write, job.cgroup_procs, "0", 1) != 1) return give_up(job, "cannot enter the control group");
  if (!place_descriptors(job.descriptors, job.descriptor_count)) return give_up(job, "cannot pass descriptors");
  for (size_t i = 0; i < job.limit_count; i++)
    if (!set_limit(job.limits[i])) return give_up(job, "cannot set a resource limit");
  if (syscall(SYS_chdir, job.directory) != 0) return give_up(job, "cannot enter the directory");
  syscall(SYS_execve, job.argv[0], job.argv, job.environment);
  return give_up(job, "cannot execute");
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const auto& t : texts) out.push_back(const_cast<char*>(t.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

Result<Spawned> spawn(const SpawnPlan& plan) {
  if (plan.argv.empty() || plan.descriptors.size() > kMostDescriptors) return fail("ProcessFailure", "a process needs a program and takes at most 32 descriptors", 500);
  auto argv = pointers(plan.argv), environment = pointers(plan.environment);
  void* stack = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return fail(system_error("no memory for a process"));
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Job job{argv.data(), environment.data(), plan.directory.c_str(), plan.descriptors.data(), int(plan.descriptors.size()), plan.limits.data(), plan.limits.size(), plan.cgroup_procs, plan.guard, getpid()};
  int pidfd = -1;
  pid_t pid = __clone(child, static_cast<char*>(stack) + kStack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &job, &pidfd);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  munmap(stack, kStack);
  errno = error;
  if (pid < 0) return fail(system_error("no process"));
  Spawned made{pid, Fd(pidfd)};
  if (!job.failed) return made;
  waitpid(pid, nullptr, 0);
  if (plan.guard >= 0) guard_forget(pid);
  errno = job.error;
  return fail(system_error(cat(job.failed, " ", job.failed == std::string_view("cannot enter the directory") ? plan.directory : plan.argv[0])));
}

}  // namespace fogbank::run
