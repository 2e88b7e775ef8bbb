#include "run/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/strings.h"
#include "run/test_support.h"

using namespace fogbank;
using namespace fogbank::run;

namespace {

ProcessResult result_of(Supervisor& s, ProcessSpec spec) {
  Waiting w;
  REQUIRE(s.start(std::move(spec), w.done()));
  return w.get();
}

/// Waits until a file has text, and gives the number in it.
pid_t pid_in(const std::string& file) {
  for (int i = 0; i < 5000; i++) {
    if (FILE* f = fopen(file.c_str(), "re")) {
      int pid = 0;
      int n = fscanf(f, "%d\n", &pid);
      fclose(f);
      if (n == 1) return pid;
    }
    usleep(1000);
  }
  return -1;
}

bool gone(pid_t pid) {
  for (int i = 0; i < 5000; i++) {
    if (kill(pid, 0) != 0) return true;
    if (FILE* f = fopen(cat("/proc/", pid, "/stat").c_str(), "re")) {   // a zombie that its new parent has not fetched is gone as well
      char state = 0;
      int n = fscanf(f, "%*d %*s %c", &state);
      fclose(f);
      if (n == 1 && state == 'Z') return true;
    }
    usleep(1000);
  }
  return false;
}

struct Folder {
  std::string path = [] { char n[] = "/tmp/fogbank-run-XXXXXX"; return std::string(mkdtemp(n)); }();
  ~Folder() { (void)!system(cat("rm -rf ", path).c_str()); }
};

}  // namespace

TEST_CASE("a_process_gets_its_input_and_gives_its_output_and_status") {
  Supervisor s;
  auto spec = shell("cat; echo bad >&2; pwd; env; exit 7");
  spec.input = "hello\n";
  spec.environment = {"NAME=value with spaces"};
  spec.directory = "/usr";
  auto r = result_of(s, spec);
  CHECK_FALSE(r.error);
  CHECK(r.exit_code == 7);
  CHECK(r.signal == 0);
  CHECK(r.output == "hello\n/usr\nNAME=value with spaces\nPWD=/usr\n");
  CHECK(r.errors == "bad\n");
  CHECK(r.wall_us > 0);
  CHECK(r.max_rss_kb > 0);
  CHECK_FALSE(r.succeeded());
  CHECK(result_of(s, shell("exit 0")).succeeded());
}

TEST_CASE("an_input_larger_than_a_pipe_arrives_whole") {
  Supervisor s;
  auto spec = shell("wc -c");
  spec.input.assign(3 << 20, 'x');
  CHECK(trim(result_of(s, spec).output) == cat(3 << 20));
}

TEST_CASE("captured_output_is_bounded_and_every_piece_is_reported") {
  Supervisor s;
  auto spec = shell("head -c 1000000 /dev/zero; head -c 10 /dev/zero >&2");
  spec.capture_bytes = 1000;
  std::atomic<size_t> out{0}, err{0};
  spec.on_output = [&](Stream which, std::string_view piece) { (which == Stream::output ? out : err) += piece.size(); };
  auto r = result_of(s, spec);
  CHECK(r.output.size() == 1000);
  CHECK(r.output_cut);
  CHECK(r.errors.size() == 10);
  CHECK_FALSE(r.errors_cut);
  CHECK(out == 1000000);
  CHECK(err == 10);
}

TEST_CASE("what_cannot_be_started_says_why") {
  Supervisor s;
  auto spec = shell("true");
  spec.argv[0] = "/no/such/program";
  auto r = result_of(s, spec);
  REQUIRE(r.error);
  CHECK(r.error->message == "cannot execute /no/such/program: No such file or directory");
  spec = shell("true");
  spec.directory = "/no/such/folder";
  r = result_of(s, spec);
  REQUIRE(r.error);
  CHECK(r.error->message == "cannot enter the directory /no/such/folder: No such file or directory");
  spec.argv.clear();
  CHECK_FALSE(s.start(spec, [](ProcessResult&&) {}));
}

TEST_CASE("a_time_limit_asks_first_and_kills_after_the_grace") {
  Supervisor s;
  auto spec = shell("trap 'echo asked; exit 3' TERM; echo ready; while true; do sleep 0.01; done");
  spec.time_limit_ms = 300;
  auto r = result_of(s, spec);
  CHECK(r.timed_out);
  CHECK(r.exit_code == 3);
  CHECK(r.output == "ready\nasked\n");
  spec = shell("trap '' TERM; echo $$; while true; do sleep 0.01; done");
  spec.time_limit_ms = 50;
  spec.grace_ms = 50;
  r = result_of(s, spec);
  CHECK(r.timed_out);
  CHECK(r.signal == SIGKILL);
  CHECK(r.wall_us < 5000000);
}

TEST_CASE("children_of_a_process_end_with_it") {
  Supervisor s;
  Folder f;
  auto r = result_of(s, shell(cat("sleep 100 & echo $! > ", f.path, "/pid; exit 0")));
  CHECK(r.exit_code == 0);
  CHECK(r.wall_us < 5000000);
  pid_t child = pid_in(f.path + "/pid");
  REQUIRE(child > 0);
  CHECK(gone(child));
}

TEST_CASE("stop_ends_a_process_and_a_queued_one_never_starts") {
  SupervisorLimits limits;
  limits.running = 1;
  limits.queued = 1;
  Supervisor s(limits);
  Waiting first, second;
  auto spec = shell("exec sleep 100");
  spec.grace_ms = 5000;
  auto id = s.start(spec, first.done());
  REQUIRE(id);
  auto id2 = s.start(shell("echo ran"), second.done());
  REQUIRE(id2);
  auto third = s.start(shell("true"), [](ProcessResult&&) {});
  REQUIRE_FALSE(third);
  CHECK(third.error().code == "TooManyProcesses");
  s.stop(*id2);
  s.stop(*id);
  auto r = first.get();
  CHECK(r.stopped);
  CHECK_FALSE(r.abandoned);
  CHECK(r.signal == SIGTERM);
  r = second.get();
  CHECK(r.stopped);
  CHECK(r.output.empty());
  while (s.running()) usleep(1000);
}

TEST_CASE("an_epoch_change_ends_the_processes_of_earlier_epochs_only") {
  Supervisor s;
  Waiting old_one, new_one;
  auto spec = shell("exec sleep 100");
  spec.epoch = 4;
  REQUIRE(s.start(spec, old_one.done()));
  spec.epoch = 5;
  auto newer = s.start(spec, new_one.done());
  REQUIRE(newer);
  s.end_older_than(5);
  CHECK(s.running() == 1);
  auto r = old_one.get();
  CHECK(r.abandoned);
  CHECK_FALSE(new_one.within(0));
  spec.epoch = 4;
  auto late = s.start(spec, [](ProcessResult&&) {});
  REQUIRE_FALSE(late);
  CHECK(late.error().status == 503);
  s.shut_down();
  CHECK(new_one.get().stopped);
  CHECK_FALSE(s.start(spec, [](ProcessResult&&) {}));
}

TEST_CASE("descriptors_of_the_server_are_not_inherited") {
  int leaky = open("/dev/null", O_RDONLY);   // without close-on-exec
  Supervisor s;
  auto r = result_of(s, shell("ls /proc/self/fd | sort -n | tr '\\n' ' '"));
  CHECK(r.output == "0 1 2 3 ");   // 3: ls reading the folder
  close(leaky);
}

TEST_CASE("signals_that_the_server_ignores_work_in_its_processes") {
  auto before = signal(SIGPIPE, SIG_IGN);
  Supervisor s;
  auto r = result_of(s, shell("(yes; echo $? >&2) | head -n 1"));
  signal(SIGPIPE, before);
  CHECK(r.output == "y\n");
  CHECK(trim(r.errors) == "141");
}

TEST_CASE("resource_limits_are_set") {
  Supervisor s;
  auto spec = shell("ulimit -n; ulimit -c");
  spec.limits = {{RLIMIT_NOFILE, 77}, {RLIMIT_CORE, 0}};
  CHECK(result_of(s, spec).output == "77\n0\n");
}

TEST_CASE("processes_end_with_the_server_that_is_killed") {
#ifdef __SANITIZE_THREAD__
  printf("skipped: a thread in a forked process is not what the thread sanitizer takes\n");
  return;
#endif
  Folder f;
  pid_t server = fork();
  if (server == 0) {
    Supervisor s;
    (void)s.start(shell(cat("echo $$ > ", f.path, "/pid; exec sleep 100")), [](ProcessResult&&) {});
    pause();
    _exit(0);
  }
  pid_t child = pid_in(f.path + "/pid");
  REQUIRE(child > 0);
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  CHECK(gone(child));
}

TEST_CASE("many_processes_run_on_one_thread") {
  Supervisor s;
  std::vector<Waiting> all(100);
  for (size_t i = 0; i < all.size(); i++) REQUIRE(s.start(shell(cat("echo ", i)), all[i].done()));
  for (size_t i = 0; i < all.size(); i++) CHECK(all[i].get().output == cat(i, "\n"));
}
