#include "run/sandbox.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/strings.h"
#include "http/server.h"
#include "run/test_support.h"
#include "run/watchdog.h"

using namespace fogbank;
using namespace fogbank::run;

namespace {

SandboxSpec script(std::string text) {
  SandboxSpec s;
  s.argv = {"/bin/sh", "-c", std::move(text)};
  return s;
}

Processes& processes() {
  static Processes p([]() -> http::Server* { return nullptr; });
  return p;
}

ProcessResult result_of(SandboxSpec spec, Processes& p = processes()) {
  Waiting w;
  REQUIRE(p.start(std::move(spec), w.done()));
  return w.get();
}

/// Why sandboxes cannot work here, if they cannot; tests then say so and pass.
bool cannot_run() {
  static const std::string reason = [] {
    auto r = result_of(script("true"));
    if (r.error) printf("skipped: sandbox tests: %s\n", r.error->message.c_str());
    return r.error ? r.error->message : std::string();
  }();
  return !reason.empty();
}

}  // namespace

TEST_CASE("a_sandbox_sees_nothing_of_the_host") {
  if (cannot_run()) return;
  setenv("FOGBANK_TEST_SECRET", "secret of the host", 1);
  auto spec = script("id -u; id -un; hostname; ls /; ls /home /root /opt /run /tmp 2>/dev/null; ls /proc | grep -c '^[0-9]'; env; ls /etc/shadow; cat /proc/1/environ; ls /sys; ls -A /var");
  spec.environment = {"GIVEN=yes"};
  auto r = result_of(spec);
  CHECK_FALSE(r.error);
  auto lines = split(r.output, '\n');
  REQUIRE(lines.size() > 4);
  CHECK(lines[0] == "1000");
  CHECK(lines[1] == "sandbox");
  CHECK(lines[2] == "sandbox");
  CHECK(r.output.find("secret of the host") == std::string::npos);
  CHECK(r.output.find("GIVEN=yes") != std::string::npos);
  CHECK(r.output.find("home\n") == std::string::npos);
  CHECK(r.output.find("root\n") == std::string::npos);
  CHECK(r.errors.find("/etc/shadow") != std::string::npos);
}

TEST_CASE("a_sandbox_cannot_write_outside_its_tmp") {
  if (cannot_run()) return;
  // Opened for writing, never written to: were it possible, nothing would be changed by the test.
  auto r = result_of(script(R"(for f in /a /usr/a /etc/a /dev/a /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/vm/overcommit_memory /proc/sysrq-trigger /proc/self/oom_score_adj; do
    if (: >> $f) 2>/dev/null; then echo "writable $f"; fi; done
  echo x > /tmp/a && echo x > /dev/shm/a && echo x > /var/tmp/b && cat /tmp/a /tmp/b; head -c 16 /proc/kcore /proc/kmsg 2>/dev/null | wc -c)"));
  CHECK(r.output.find("writable") == std::string::npos);
  CHECK(r.output.starts_with("x\nx\n"));
}

TEST_CASE("tmp_is_private_and_bounded") {
  if (cannot_run()) return;
  auto spec = script("head -c 4000000 /dev/zero > /tmp/a; echo $?; wc -c < /tmp/a; mount | grep -c noexec.*' /tmp '");
  spec.tmp_bytes = 1 << 20;
  auto r = result_of(spec);
  auto lines = split(r.output, '\n');
  REQUIRE(lines.size() >= 2);
  CHECK(lines[0] != "0");
  CHECK(parse_int(lines[1]).value_or(-1) <= 1 << 20);
  CHECK(result_of(script("ls -A /tmp")).output.empty());
}

TEST_CASE("binds_and_files_appear_where_asked") {
  if (cannot_run()) return;
  char name[] = "/tmp/fogbank-run-XXXXXX";
  std::string folder = mkdtemp(name);
  { Fd f(open((folder + "/in").c_str(), O_CREAT | O_WRONLY, 0644)); CHECK(write(f.get(), "text", 4) == 4); }
  auto spec = script("cat /code/in; echo -n x > /code/y 2>/dev/null && echo WRITABLE; echo -n made > /out/made; cat /etc/thing /deep/er/file; (: >> /etc/thing) 2>/dev/null && echo WRITABLE");
  spec.binds = {{folder, "/code", false}, {folder, "/out", true}};
  spec.files = {{"/etc/thing", "one"}, {"/deep/er/file", "two"}};
  auto r = result_of(spec);
  CHECK(r.output == "textonetwo");
  Fd made(open((folder + "/made").c_str(), O_RDONLY));
  char text[8];
  CHECK(read(made.get(), text, sizeof text) == 4);
  (void)!system(cat("rm -rf ", folder).c_str());
  spec.binds = {{"/no/such/thing", "/code", false}};
  r = result_of(spec);
  REQUIRE(r.error);
  CHECK(r.error->code == "SandboxFailed");
  CHECK(r.error->message.find("/no/such/thing") != std::string::npos);
}

TEST_CASE("dangerous_system_calls_are_refused") {
  if (cannot_run()) return;
  if (access("/usr/bin/python3", X_OK) != 0) { printf("skipped: the system-call filter is tested with python3, which is not in /usr/bin\n"); return; }
  SandboxSpec s;
  s.argv = {"/usr/bin/python3", "-I", "-c", R"(
import ctypes, errno, socket
c = ctypes.CDLL(None, use_errno=True)
def call(name, *a):
    ctypes.set_errno(0)
    r = c.syscall(*a)
    print(name, 'ok' if r >= 0 else errno.errorcode[ctypes.get_errno()])
call('mount', 165, b'none', b'/tmp', b'tmpfs', 0, 0)
call('unshare', 272, 0x10000000)
call('clone', 56, 0x10000000 | 17, 0, 0, 0, 0)
call('clone3', 435, 0, 0)
call('ptrace', 101, 0, 0, 0, 0)
call('bpf', 321, 0, 0, 0)
call('io_uring', 425, 1, 0)
call('memfd', 319, b'x', 0)
call('keyctl', 250, 0, -3, 1)
call('shmget_small', 29, 0, 4096, 0o1600)
call('shmget_large', 29, 0, 1 << 30, 0o1600)
call('shmget_huge', 29, 0, ctypes.c_size_t(1 << 33), 0o1600)
call('x32', 0x40000000 + 39)
call('setns', 308, 0, 0)
call('tiocsti', 16, 0, 0x5412, b'x')
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, 16, 40, 17, 38):
    try:
        socket.socket(family, socket.SOCK_DGRAM if family != 40 else socket.SOCK_STREAM).close()
        print('family', family, 'ok')
    except OSError as e:
        print('family', family, errno.errorcode[e.errno])
import subprocess, threading
print(subprocess.check_output(['echo', 'fork works']).decode().strip())
t = threading.Thread(target=print, args=('threads work',)); t.start(); t.join()
)"};
  auto r = result_of(s);
  CHECK(r.errors == "");
  CHECK(r.output ==
        "mount EPERM\nunshare EPERM\nclone EPERM\nclone3 ENOSYS\nptrace EPERM\nbpf EPERM\nio_uring ENOSYS\nmemfd ENOSYS\nkeyctl EPERM\nshmget_small ok\nshmget_large ENOSPC\n"
        "shmget_huge ENOSPC\nx32 ENOSYS\nsetns EPERM\ntiocsti EPERM\nfamily 1 ok\nfamily 2 ok\nfamily 10 ok\nfamily 16 ok\nfamily 40 EAFNOSUPPORT\nfamily 17 EAFNOSUPPORT\n"
        "family 38 EAFNOSUPPORT\nfork works\nthreads work\n");
}

TEST_CASE("a_sandbox_has_no_capabilities_and_gains_none") {
  if (cannot_run()) return;
  auto r = result_of(script("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t\\n'; ulimit -c"));
  CHECK(r.output == "CapInh:0000000000000000CapPrm:0000000000000000CapEff:0000000000000000CapBnd:0000000000000000CapAmb:0000000000000000NoNewPrivs:1Seccomp:20\n");
}

TEST_CASE("too_much_memory_ends_a_sandbox") {
  if (cannot_run()) return;
  auto spec = script("head -c 300000000 /dev/zero | tail -c 299999999 | sleep 30");   // tail keeps it all in memory
  spec.memory_bytes = 64 << 20;
  auto r = result_of(spec);
  CHECK(r.out_of_memory);
  CHECK_FALSE(r.error);
  CHECK(r.wall_us < 15000000);
  CHECK(r.max_rss_kb >= 64 << 10);
}

TEST_CASE("memory_that_forked_processes_share_counts_once") {
  if (cannot_run()) return;
  if (access("/usr/bin/python3", X_OK) != 0) { printf("skipped: shared memory of forks is tested with python3, which is not in /usr/bin\n"); return; }
  SandboxSpec s;
  s.argv = {"/usr/bin/python3", "-I", "-c", "import os, time\nkept = bytearray(60 << 20)\nfor i in range(6):\n  if os.fork() == 0: time.sleep(0.4); os._exit(0)\ntime.sleep(0.4)\nprint('done')"};
  s.memory_bytes = 128 << 20;
  auto r = result_of(s);
  CHECK(r.output == "done\n");
  CHECK_FALSE(r.out_of_memory);
}

TEST_CASE("too_many_processes_end_a_sandbox") {
  if (cannot_run()) return;
  auto spec = script("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 30 & done; wait");
  spec.tasks = 10;
  auto r = result_of(spec);
  CHECK_FALSE(r.succeeded());
  CHECK(r.wall_us < 15000000);
  CHECK((r.too_many_processes || r.errors.find("fork") != std::string::npos));   // the kernel refuses where it counts itself
}

TEST_CASE("a_fork_bomb_is_held") {
  if (cannot_run()) return;
  SandboxHost host = SandboxHost::discover();
  if (geteuid() == 0 && !host.cgroups && !host.tasks) { printf("skipped: nothing counts the processes of root here\n"); return; }
  auto spec = script("bomb() { bomb | bomb & bomb; }; bomb 2> /dev/null");
  spec.tasks = 100;
  spec.time_limit_ms = 3000;
  auto r = result_of(spec);
  CHECK_FALSE(r.succeeded());
  CHECK(r.wall_us < 15000000);
}

TEST_CASE("a_stopped_sandbox_leaves_nothing_behind") {
  if (cannot_run()) return;
  Processes p([]() -> http::Server* { return nullptr; });
  Waiting w;
  std::atomic<bool> up{false};
  auto spec = script("setsid sleep 4711 & setsid sh -c 'sleep 4711 & wait' & echo up; wait");
  spec.on_output = [&](Stream, std::string_view) { up = true; };
  spec.epoch = 1;
  REQUIRE(p.start(spec, w.done()));
  for (int i = 0; i < 10000 && !up; i++) usleep(1000);
  REQUIRE(up);
  p.end_older_than(2);
  CHECK(w.get().stopped);
  CHECK(p.running() == 0);
  int found = 0;
  DIR* d = opendir("/proc");
  while (dirent* e = readdir(d)) {
    char text[64] = {};
    Fd f(open(cat("/proc/", e->d_name, "/cmdline").c_str(), O_RDONLY | O_CLOEXEC));
    if (f && read(f.get(), text, sizeof text) > 0 && std::string_view(text, 11) == std::string_view("sleep\0" "4711", 11)) found++;
  }
  closedir(d);
  CHECK(found == 0);
}

TEST_CASE("a_time_limit_reaches_the_program_inside") {
  if (cannot_run()) return;
  auto spec = script("trap 'echo asked; exit 3' TERM; echo ready; while true; do sleep 0.01; done");
  spec.time_limit_ms = 500;
  auto r = result_of(spec);
  CHECK(r.timed_out);
  CHECK(r.output == "ready\nasked\n");
  CHECK(r.exit_code == 3);
  spec = script("trap '' TERM; while true; do sleep 0.01; done");
  spec.time_limit_ms = 100;
  spec.grace_ms = 100;
  r = result_of(spec);
  CHECK(r.timed_out);
  CHECK(r.signal == SIGKILL);
}

TEST_CASE("the_exit_status_is_the_programs_own") {
  if (cannot_run()) return;
  CHECK(result_of(script("exit 42")).exit_code == 42);
  CHECK(result_of(script("kill -9 $$")).exit_code == 128 + 9);
  auto spec = script("true");
  spec.argv = {"/no/such/program"};
  auto r = result_of(spec);
  REQUIRE(r.error);
  CHECK(r.error->message == "The sandbox cannot be set up: bwrap: execvp /no/such/program: No such file or directory");
}

TEST_CASE("without_namespaces_nothing_runs") {
  Processes p([]() -> http::Server* { return nullptr; });
  SandboxHost host = SandboxHost::discover();
  char name[] = "/tmp/fogbank-run-XXXXXX";
  std::string folder = mkdtemp(name), proof = folder + "/proof";
  auto spec = script(cat("echo ran > ", proof));
  SUBCASE("bwrap is refused by the kernel") {
    host.bwrap = folder + "/bwrap";
    Fd f(open(host.bwrap.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
    std::string text = "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n";
    CHECK(write(f.get(), text.data(), text.size()) == ssize_t(text.size()));
    f.reset();
    p.set_host(host);
    auto r = result_of(spec, p);
    REQUIRE(r.error);
    CHECK(r.error->code == "SandboxFailed");
    CHECK(r.error->message == "The sandbox cannot be set up: bwrap: No permissions to create a new namespace");
    CHECK(r.exit_code == -1);
  }
  SUBCASE("bwrap is not installed") {
    host.bwrap = "";
    p.set_host(host);
    auto r = result_of(spec, p);
    REQUIRE(r.error);
    CHECK(r.error->message.find("not installed") != std::string::npos);
  }
  SUBCASE("no server can listen in it") {
    if (cannot_run()) return;
    spec.listener = true;
    auto r = result_of(spec, p);
    REQUIRE(r.error);
    CHECK(r.error->message.find("no server runs") != std::string::npos);
  }
  CHECK(access(proof.c_str(), F_OK) != 0);
  (void)!system(cat("rm -rf ", folder).c_str());
}

namespace {
/// Answers every request with the number of the listener that accepted it.
class Echo : public http::Handler {
 public:
  void on_request(std::shared_ptr<http::Exchange> x) override {
    http::Reply r;
    r.body = cat("listener ", x->request().listener, '\n');
    x->reply(std::move(r));
  }
  void turn_end() override {}
};
}  // namespace

TEST_CASE("a_sandbox_reaches_the_server_and_only_the_server") {
  if (cannot_run()) return;
  if (access("/usr/bin/python3", X_OK) != 0) { printf("skipped: the sandbox's listener is tested with python3, which is not in /usr/bin\n"); return; }
  Echo echo;
  auto server = http::make_server(echo, http::Limits{});
  auto port = server->listen("127.0.0.1", 0, 0);
  REQUIRE(port);
  std::thread loop([&] { server->run(); });
  {
    Processes p([&] { return server.get(); });
    SandboxSpec s;
    s.argv = {"/usr/bin/python3", "-I", "-c", R"(
import sys, socket, urllib.request
print(urllib.request.urlopen('http://127.0.0.1:4566/').read().decode(), end='')
for where in (('127.0.0.1', int(sys.argv[1])), ('10.0.0.1', 80), ('127.0.0.1', 22)):
    try:
        socket.create_connection(where, 2); print('reached', where)
    except OSError as e:
        print('refused')
)", cat(*port)};
    s.listener = true;
    std::vector<Waiting> all(5);
    for (auto& w : all) REQUIRE(p.start(s, w.done()));
    std::set<std::string> listeners;
    for (auto& w : all) {
      auto r = w.get();
      CHECK_FALSE(r.error);
      auto lines = split(r.output, '\n');
      REQUIRE(lines.size() >= 4);
      CHECK(lines[0].starts_with("listener "));
      CHECK(lines[0] != "listener 0");
      listeners.emplace(lines[0]);
      for (int i = 1; i < 4; i++) CHECK(lines[size_t(i)] == "refused");
    }
    CHECK(listeners.size() == 5);
  }
  server->stop();
  loop.join();
}

TEST_CASE("the_watchdog_counts_a_tree") {
  if (cannot_run()) return;
  Usage u = usage_below(getpid());
  CHECK(u.tasks >= 1);
  CHECK(u.memory_kb > 0);
  CHECK(usage_below(getpid(), Sum::quick, 0).tasks > 1 << 20);
  Usage exact = usage_below(getpid(), Sum::exact);
  CHECK(exact.memory_kb > 0);
  CHECK(exact.memory_kb <= usage_below(getpid()).memory_kb + 1024);
  Meter meter(getpid());
  for (int i = 0; i < 2; i++) {
    Usage all = meter.look();
    CHECK(all.tasks == usage_below(getpid()).tasks);
    CHECK(all.memory_kb >= usage_below(getpid()).memory_kb);
  }
  CHECK(meter.look(0).tasks > 1 << 20);
}

TEST_CASE("the_watchdog_counts_more_children_than_one_read_gives") {
  std::vector<pid_t> children;
  for (int i = 0; i < 900; i++) {
    pid_t child = fork();
    if (child == 0) {
      pause();
      _exit(0);
    }
    if (child < 0) break;
    children.push_back(child);
  }
  Meter meter(getpid());
  for (int i = 0; i < 2; i++) CHECK(meter.look().tasks >= int64_t(children.size()));
  for (pid_t child : children) kill(child, SIGKILL);
  for (pid_t child : children) waitpid(child, nullptr, 0);
}

TEST_CASE("a_control_group_is_used_only_where_it_bounds") {
  char name[] = "/tmp/fogbank-run-XXXXXX";
  std::string root = mkdtemp(name), own = "/user.scope";
  auto put = [](const std::string& path, std::string_view text) {
    Fd f(open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644));
    CHECK(write(f.get(), text.data(), text.size()) == ssize_t(text.size()));
  };
  mkdir((root + own).c_str(), 0755);
  CHECK_FALSE(CgroupRoot::find_in(root, own, false));
  put(root + "/cgroup.controllers", "cpu io\n");
  put(root + own + "/cgroup.procs", cat(getppid(), "\n", getpid(), "\n"));
  put(root + own + "/cgroup.subtree_control", "");
  auto none = CgroupRoot::find_in(root, own, false);
  REQUIRE_FALSE(none);
  CHECK(none.error().message.find("memory controller") != std::string::npos);
  put(root + "/cgroup.controllers", "cpu memory pids\n");
  none = CgroupRoot::find_in(root, own, false);
  REQUIRE_FALSE(none);
  CHECK(none.error().message.find("other processes") != std::string::npos);
  (void)!system(cat("rm -rf ", root).c_str());
}
