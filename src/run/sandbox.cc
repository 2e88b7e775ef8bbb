#include "run/sandbox.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <cerrno>

#include "base/clock.h"
#include "base/log.h"
#include "base/strings.h"
#include "run/guard.h"
#include "run/inner_listener.h"
#include "run/seccomp.h"
#include "run/watchdog.h"

namespace fogbank::run {
namespace {

constexpr int64_t kSetupMilliseconds = 15000;
constexpr int64_t kLastBreathMilliseconds = 5000;   // for the kernel to end a pid namespace
constexpr int64_t kManyTasks = 100;                 // who has so many may soon have many more
constexpr int64_t kEgressPause = 5;
constexpr int kEgressTries = 400;
constexpr int64_t kSharedMemoryBytes = 64 << 20;
constexpr const char* kUser = "1000";

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::string find_on_path(std::string_view name) {
  const char* path = getenv("PATH");
  for (auto folder : split(path && *path ? path : "/usr/local/bin:/usr/bin:/bin", ':')) {
    std::string file = cat(folder, "/", name);
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

// Programs, libraries and what these read of /etc; never /home, /root, /var, /opt or /run.
std::vector<std::string> system_arguments() {
  std::vector<std::string> a = {"--ro-bind", "/usr", "/usr"};
  for (std::string dir : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    char target[256];
    ssize_t n = readlink(dir.c_str(), target, sizeof target - 1);
    if (n > 0) a.insert(a.end(), {"--symlink", std::string(target, size_t(n)), dir});
    else if (exists(dir)) a.insert(a.end(), {"--ro-bind", dir, dir});
  }
  for (std::string path : {"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ca-certificates",
                           "/etc/java-17-openjdk", "/etc/localtime", "/etc/mime.types", "/etc/protocols", "/etc/services"})
    if (exists(path)) a.insert(a.end(), {"--ro-bind", path, path});
  a.insert(a.end(), {"--proc", "/proc"});
  // Files of the kernel that belong to root show themselves to a server that runs as root, also without its capabilities.
  for (const char* name : {"kcore", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "latency_stats", "mtrr", "pagetypeinfo", "sched_debug", "slabinfo",
                           "sysrq-trigger", "timer_list", "timer_stats", "vmallocinfo"})
    if (geteuid() == 0 && exists(cat("/proc/", name))) a.insert(a.end(), {"--ro-bind", "/dev/null", cat("/proc/", name)});
  // The same for /proc/sys, where root's files could be written.
  a.insert(a.end(), {"--remount-ro", "/proc", "--dev", "/dev", "--size", cat(kSharedMemoryBytes), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"});
  return a;
}

const std::pair<const char*, const char*> kFiles[] = {
    {"/etc/passwd", "root:x:0:0:root:/root:/usr/sbin/nologin\nsandbox:x:1000:1000:sandbox:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"},
    {"/etc/group", "root:x:0:\nsandbox:x:1000:\nnogroup:x:65534:\n"},
    {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files myhostname dns\n"},
};

std::optional<pid_t> parent_of(pid_t pid) {
  FILE* f = fopen(cat("/proc/", pid, "/stat").c_str(), "re");
  if (!f) return std::nullopt;
  char line[512];
  size_t n = fread(line, 1, sizeof line - 1, f);
  fclose(f);
  std::string_view text(line, n);
  size_t close = text.rfind(')');
  if (close == std::string_view::npos) return std::nullopt;
  auto words = split(text.substr(close + 1), ' ');   // " S 123 …"
  auto parent = words.size() > 2 ? parse_int(words[2]) : std::nullopt;
  return parent ? std::optional<pid_t>(pid_t(*parent)) : std::nullopt;
}

/// A descriptor of a process that is surely a child of `parent`.
Fd open_child(pid_t pid, pid_t parent) {
  Fd fd(int(syscall(SYS_pidfd_open, pid, 0)));
  if (fd && parent_of(pid) != parent) fd.reset();
  return fd;
}

class Sandbox final : public Attachment {
 public:
  Sandbox(const SandboxHost& host, Reactor& reactor, const SandboxSpec& spec)
      : host_(host), reactor_(reactor), binds_(spec.binds), files_(spec.files), memory_bytes_(spec.memory_bytes), tasks_(spec.tasks), tmp_bytes_(spec.tmp_bytes),
        open_files_(spec.open_files), wants_listener_(spec.listener), own_init_(spec.own_init), egress_wanted_(spec.egress && !host.egress.empty()), port_(spec.port), given_(spec.descriptors), hosts_(spec.hosts),
        gauge_(spec.gauge ? spec.gauge : std::make_shared<SandboxGauge>()) {}

  ~Sandbox() override { let_go_of_listener(); }

  Result<void> prepare(SpawnPlan& plan) override {
    if (host_.bwrap.empty()) return fail("SandboxFailed", "bubblewrap (the program bwrap) is not installed, and nothing is run without it.", 500);
    plan.guard = guard_descriptor();
    for (auto& fd : given_) plan.descriptors.push_back(fd->get());
    FB_ASSIGN(status, make_pipe(true));
    FB_ASSIGN(gate, make_pipe(false));
    status_ = std::move(status.read);
    gate_ = std::move(gate.write);
    passed_.push_back(std::move(status.write));
    passed_.push_back(std::move(gate.read));
    int next = int(plan.descriptors.size());
    for (auto& fd : passed_) plan.descriptors.push_back(fd.get());
    std::vector<std::string> a = {host_.bwrap, "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--uid", kUser, "--gid", kUser,
                                  "--hostname", "sandbox", "--cap-drop", "ALL", "--die-with-parent", "--json-status-fd", cat(next), "--block-fd", cat(next + 1)};
    if (own_init_) a.push_back("--as-pid-1");
    auto pass = [&](std::string_view bytes) -> Result<std::string> {
      FB_ASSIGN(fd, memory_file(bytes));
      plan.descriptors.push_back(fd.get());
      passed_.push_back(std::move(fd));
      return cat(plan.descriptors.size() - 1);
    };
    FB_ASSIGN(filter, pass(seccomp_filter()));
    a.insert(a.end(), {"--seccomp", filter});
    a.insert(a.end(), host_.system.begin(), host_.system.end());
    a.insert(a.end(), {"--size", cat(tmp_bytes_), "--perms", "1777", "--tmpfs", "/tmp", "--dir", "/run", "--symlink", "../tmp", "/var/tmp"});
    for (const auto& [path, text] : kFiles) {
      FB_ASSIGN(fd, pass(text));
      a.insert(a.end(), {"--perms", "0444", "--file", fd, path});
    }
    FB_ASSIGN(hosts, pass(hosts_));
    a.insert(a.end(), {"--perms", "0444", "--file", hosts, "/etc/hosts"});
    if (egress_wanted_) {
      FB_ASSIGN(names, pass(cat("nameserver ", kEgressNameServer, "\n")));
      a.insert(a.end(), {"--perms", "0444", "--file", names, "/etc/resolv.conf"});
    }
    for (const auto& b : binds_) a.insert(a.end(), {b.writable ? "--bind" : "--ro-bind", b.from, b.to});
    for (const auto& [path, text] : files_) {
      FB_ASSIGN(fd, pass(text));
      a.insert(a.end(), {"--perms", "0444", "--file", fd, path});
    }
    a.insert(a.end(), {"--remount-ro", "/", "--chdir", plan.directory, "--"});
    a.insert(a.end(), plan.argv.begin(), plan.argv.end());
    plan.argv = std::move(a);
    plan.directory = "/";
    // Secrets of the environment go through bwrap's own, where only this user can read them, never through its arguments.
    add_defaults(plan.environment);
    for (ResourceLimit l : {ResourceLimit{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, uint64_t(open_files_)}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_MEMLOCK, 8 << 20}})
      plan.limits.insert(plan.limits.begin(), l);
    // What is written to memory is bounded where it is mounted and then says that no space is left.
    if (std::any_of(binds_.begin(), binds_.end(), [](const Bind& b) { return b.writable; })) plan.limits.insert(plan.limits.begin(), {RLIMIT_FSIZE, uint64_t(tmp_bytes_)});
    if (const auto& root = host_.cgroups ? host_.cgroups : host_.tasks) {
      FB_ASSIGN(group, root->make(memory_bytes_, tasks_ + 2));   // bwrap itself and its init
      cgroup_ = std::move(group);
      plan.cgroup_procs = cgroup_->procs();
    }
    return {};
  }

  void started(pid_t pid, End end) override {
    bwrap_ = pid;
    end_ = std::move(end);
    passed_.clear();
    given_.clear();
    late_ = reactor_.after(kSetupMilliseconds, [this] {
      late_ = 0;
      give_up("setting it up took too long");
    });
    reactor_.watch(status_.get(), [this] { read_status(); });
  }

  // The program's own processes are the children of the sandbox's init, which itself ignores the signal.
  bool ask_to_end() override {
    if (!open_) return false;
    char line[4096];
    FILE* f = fopen(cat("/proc/", init_, "/task/", init_, "/children").c_str(), "re");
    if (!f) return false;
    size_t n = fread(line, 1, sizeof line, f);
    fclose(f);
    bool any = false;
    for (auto word : split(std::string_view(line, n), ' ')) {
      auto pid = parse_int(trim(word));
      if (!pid) continue;
      Fd child = open_child(pid_t(*pid), init_);
      any = (child && syscall(SYS_pidfd_send_signal, child.get(), SIGTERM, nullptr, 0) == 0) || any;
    }
    return any;
  }

  void ended(std::function<void()> then) override {
    gone_ = true;
    gauge_->init = 0;
    egress_.reset();
    stop_watching();
    let_go_of_listener();   // what is still dying in there is heard no more
    if (!init_fd_) return then();
    then_ = std::move(then);
    reactor_.watch(init_fd_.get(), [this] { init_ended(); });
    last_breath_ = reactor_.after(kLastBreathMilliseconds, [this] {
      last_breath_ = 0;
      log(LogLevel::error, "a sandbox did not end within five seconds after it was killed");
      init_ended();
    });
  }

  void finish(ProcessResult& r) override {
    stop_watching();
    guard_forget(bwrap_);
    if (cgroup_) {
      peak_kb_ = std::max(peak_kb_, cgroup_->peak_bytes() / 1024);
      if (!r.error && cgroup_->out_of_memory()) r.out_of_memory = true;
      if (!r.error && r.exit_code != 0 && cgroup_->too_many_tasks()) r.too_many_processes = true;
      cgroup_.reset();
    }
    r.max_rss_kb = peak_kb_ ? peak_kb_ : r.max_rss_kb;
    gauge_->peak_kb = peak_kb_;
    if (r.stopped || r.timed_out || r.out_of_memory || r.too_many_processes || r.too_many_files) return;
    if (open_ && (executed_ || r.exit_code < 0)) return;   // it ran
    if (!r.error) {
      std::string said(trim(r.errors));
      r.error = ApiError("SandboxFailed", cat("The sandbox cannot be set up: ", failure_.empty() ? (said.empty() ? std::string("bwrap ended without a word") : said) : failure_), 500);
    }
    r.exit_code = -1;
    r.signal = 0;
    r.output.clear();
    r.errors.clear();
  }

 private:
  static void add_defaults(std::vector<std::string>& environment) {
    for (std::string_view d : {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8"}) {
      std::string_view name = d.substr(0, d.find('=') + 1);
      if (std::none_of(environment.begin(), environment.end(), [&](const std::string& e) { return e.starts_with(name); })) environment.emplace_back(d);
    }
  }

  void give_up(std::string_view why) {
    if (failure_.empty()) failure_ = why;
    end_([](ProcessResult&) {});
  }

  // bwrap says who the sandbox's init is and waits at the gate; when the program has ended, it says its exit status, but only if the program
  // could be executed at all.
  void read_status() {
    char buffer[1024];
    ssize_t n;
    while ((n = read(status_.get(), buffer, sizeof buffer)) > 0)
      if (status_text_.size() < 8192) status_text_.append(buffer, size_t(n));
    if (n == 0) {
      reactor_.unwatch(status_.get());
      status_.reset();
    }
    if (status_text_.find("\"exit-code\":") != std::string::npos) executed_ = true;
    if (init_ < 0 && !gone_) find_init();
  }

  void find_init() {
    size_t at = status_text_.find("\"child-pid\":");
    if (at == std::string::npos) return;
    std::string_view number = trim(std::string_view(status_text_).substr(at + 12));
    size_t end = number.find_first_not_of("0123456789");
    if (end == std::string_view::npos) return;   // there is more to come
    auto pid = parse_int(number.substr(0, end));
    if (!pid) return;
    init_ = pid_t(*pid);
    init_fd_ = open_child(init_, bwrap_);
    if (!init_fd_) return give_up("its first process has ended");
    if (!wants_listener_) return open_gate();
    open_inner_listener(reactor_, init_, port_, [this, alive = std::weak_ptr<bool>(alive_)](Result<Fd> fd) {
      if (alive.expired() || gone_) return;
      if (!fd) return give_up(fd.error().message);
      auto adopted = host_.adopt ? host_.adopt(std::move(*fd)) : fail("SandboxFailed", "no server runs that could listen in it", 500);
      if (!adopted) return give_up(adopted.error().message);
      close_listener_ = std::move(*adopted);
      open_gate();
    });
  }

  void open_gate() {
    if (geteuid() != 0) {   // root's processes are not counted by the kernel
      rlimit r{rlim_t(tasks_ + 1), rlim_t(tasks_ + 1)};
      prlimit(init_, RLIMIT_NPROC, &r, nullptr);
    }
    if (write(gate_.get(), "1", 1) != 1) return give_up("its gate cannot be opened");
    gate_.reset();
    open_ = true;
    gauge_->init = init_;
    if (late_) reactor_.cancel(late_);
    late_ = 0;
    if (egress_wanted_) attach_egress(kEgressTries);
    meter_.emplace(init_);
    watch_ = reactor_.after(kWatchMilliseconds / 5, [this] { look(); });
  }

  void attach_egress(int tries) {
    auto out = Egress::attach(reactor_, host_.egress, init_);
    if (out && !*out && tries > 0) {
      egress_timer_ = reactor_.after(kEgressPause, [this, tries] {
        egress_timer_ = 0;
        attach_egress(tries - 1);
      });
      return;
    }
    if (out) egress_ = std::move(*out);
    if (!egress_) log(LogLevel::warning, cat("a sandbox has no way to the outside: ", out ? "its loopback does not come up" : out.error().message));
  }

  void look() {
    watch_ = 0;
    if (gone_) return;
    if (gauge_->still) {
      watch_ = reactor_.after(kWatchMilliseconds, [this] { look(); });
      return;
    }
    if (host_.cgroups) {   // the kernel does the bounding; this is for whoever asks how much it takes
      peak_kb_ = std::max(peak_kb_, cgroup_->peak_bytes() / 1024);
      gauge_->peak_kb = peak_kb_;
      watch_ = reactor_.after(kWatchMilliseconds, [this] { look(); });
      return;
    }
    Usage u = meter_ && Meter::bounds_memory() ? meter_->look() : usage_below(init_);
    if (meter_ && u.memory_kb > memory_bytes_ / 1024) u = usage_below(init_);
    if (u.memory_kb > memory_bytes_ / 1024) u = usage_below(init_, Sum::exact);   // forked processes share most of theirs
    peak_kb_ = std::max(peak_kb_, u.memory_kb);
    gauge_->peak_kb = peak_kb_;
    if (u.memory_kb > memory_bytes_ / 1024) return end_([](ProcessResult& r) { r.out_of_memory = true; });
    if (u.tasks > tasks_ + 1) return end_([](ProcessResult& r) { r.too_many_processes = true; });
    if (struct statfs tmp; gauge_->folder() >= 0 && fstatfs(gauge_->folder(), &tmp) == 0 && uint64_t(tmp.f_files - tmp.f_ffree) > kMaxFiles)
      return end_([](ProcessResult& r) { r.too_many_files = true; });
    watch_ = reactor_.after(u.tasks > kManyTasks ? kWatchMilliseconds / 5 : kWatchMilliseconds, [this] { look(); });
  }

  void init_ended() {
    if (!then_) return;
    reactor_.unwatch(init_fd_.get());
    init_fd_.reset();
    if (last_breath_) reactor_.cancel(last_breath_);
    last_breath_ = 0;
    auto then = std::move(then_);
    then_ = nullptr;
    then();
  }

  void stop_watching() {
    for (uint64_t* timer : {&late_, &watch_, &egress_timer_}) {
      if (*timer) reactor_.cancel(*timer);
      *timer = 0;
    }
    if (!status_) return;
    read_status();
    if (status_) reactor_.unwatch(status_.get());
    status_.reset();
  }

  void let_go_of_listener() {
    if (close_listener_) close_listener_();
    close_listener_ = nullptr;
  }

  const SandboxHost& host_;
  Reactor& reactor_;
  std::vector<Bind> binds_;
  std::vector<std::pair<std::string, std::string>> files_;
  const int64_t memory_bytes_, tasks_, tmp_bytes_, open_files_;
  const bool wants_listener_, own_init_, egress_wanted_;
  const uint16_t port_;
  std::vector<std::shared_ptr<Fd>> given_;
  const std::string hosts_;
  const std::shared_ptr<SandboxGauge> gauge_;
  std::vector<Fd> passed_;
  Fd status_, gate_, init_fd_;
  std::string status_text_, failure_;
  pid_t bwrap_ = -1, init_ = -1;
  End end_;
  std::unique_ptr<Cgroup> cgroup_;
  std::optional<Meter> meter_;
  std::unique_ptr<Egress> egress_;
  std::function<void()> close_listener_, then_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);   // for the one callback that may come after our end
  int64_t peak_kb_ = 0;
  uint64_t late_ = 0, watch_ = 0, last_breath_ = 0, egress_timer_ = 0;
  bool open_ = false, executed_ = false, gone_ = false;
};

}  // namespace

SandboxHost SandboxHost::discover() {
  SandboxHost h;
  h.bwrap = find_on_path("bwrap");
  h.system = system_arguments();
  auto groups = CgroupRoot::find();
  if (groups) h.cgroups = std::move(*groups);
  else h.no_cgroups = groups.error().message;
  if (auto tasks = CgroupRoot::find_tasks(); !groups && tasks) h.tasks = std::move(*tasks);
  auto egress = find_egress_program();
  if (egress) h.egress = *egress;
  else h.no_egress = egress.error().message;
  return h;
}

std::unique_ptr<Attachment> make_sandbox(const SandboxHost& host, Reactor& reactor, const SandboxSpec& spec) { return std::make_unique<Sandbox>(host, reactor, spec); }

}  // namespace fogbank::run
