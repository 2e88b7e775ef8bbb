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
constexpr int kHigh = 512;   // source descriptors are moved above this number while the low ones are filled

// What the child reads and, because it shares our memory, where it says what went wrong.
struct Job {
  const SpawnPlan* plan;
  char* const* argv;
  char* const* environment;
  pid_t parent;
  const char* failed = nullptr;
  int error = 0;
};

int give_up(Job& job, const char* what) {
  job.failed = what;
  job.error = errno;
  return 127;
}

// A handler of ours must never run in the child, and SIGPIPE, which the server ignores, must work again in the program.
void default_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int s = 1; s < NSIG; s++) sigaction(s, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool place_descriptors(const std::vector<int>& wanted) {
  int high[32];
  if (wanted.size() > 32) { errno = EMFILE; return false; }
  for (size_t i = 0; i < wanted.size(); i++)
    if ((high[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, kHigh)) < 0) return false;
  for (size_t i = 0; i < wanted.size(); i++)
    if (dup2(high[i], int(i)) < 0) return false;
  return syscall(SYS_close_range, unsigned(wanted.size()), ~0u, 0) == 0;
}

// Runs in the child, on a stack of its own but in our memory, while this thread waits: only system calls.
int child(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  const SpawnPlan& plan = *job.plan;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != job.parent) return 127;   // killed in between: nobody waits for us
  default_signals();
  setsid();
  umask(022);
  if (plan.cgroup_procs >= 0 && write(plan.cgroup_procs, "0", 1) != 1) return give_up(job, "cannot enter the control group");
  if (!place_descriptors(plan.descriptors)) return give_up(job, "cannot pass descriptors");
  for (const ResourceLimit& l : plan.limits) {
    rlimit r{l.value, l.value}, now{};
    if (getrlimit(__rlimit_resource_t(l.resource), &now) == 0 && now.rlim_max < l.value) r.rlim_cur = r.rlim_max = now.rlim_max;
    if (setrlimit(__rlimit_resource_t(l.resource), &r) != 0) return give_up(job, "cannot set a resource limit");
  }
  if (chdir(plan.directory.c_str()) != 0) return give_up(job, "cannot enter the directory");
  execve(job.argv[0], job.argv, job.environment);
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
  auto argv = pointers(plan.argv), environment = pointers(plan.environment);
  void* stack = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return fail(system_error("no memory for a process"));
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Job job{&plan, argv.data(), environment.data(), getpid()};
  int pidfd = -1;
  pid_t pid = clone(child, static_cast<char*>(stack) + kStack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &job, &pidfd);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  munmap(stack, kStack);
  errno = error;
  if (pid < 0) return fail(system_error("no process"));
  Spawned made{pid, Fd(pidfd)};
  if (!job.failed) return made;
  waitpid(pid, nullptr, 0);
  errno = job.error;
  return fail(system_error(cat(job.failed, " ", job.failed == std::string_view("cannot enter the directory") ? plan.directory : plan.argv[0])));
}

}  // namespace fogbank::run
