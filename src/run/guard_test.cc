#include "run/guard.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

using namespace fogbank::run;

namespace {

/// A server that starts two process groups, takes one back, and is killed. Their ids.
struct Groups { pid_t kept = 0, forgotten = 0; };

pid_t new_group(int guard) {
  pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    std::string line = "+ " + std::to_string(::getpid()) + "\n";
    if (::write(guard, line.data(), line.size()) != ssize_t(line.size())) ::_exit(1);
    ::close(guard);
    for (;;) ::pause();
  }
  while (::getpgid(pid) != pid) ::usleep(1000);
  return pid;
}

}  // namespace

TEST_CASE("what a killed server leaves is ended, and what it had done with is left alone") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);   // so that the groups can be waited for here
  int answer[2];
  REQUIRE(::pipe(answer) == 0);
  pid_t server = ::fork();
  if (server == 0) {
    int guard = guard_descriptor();
    if (guard < 0) ::_exit(1);
    Groups made;
    made.kept = new_group(guard);
    made.forgotten = new_group(guard);
    ::usleep(50'000);   // both have announced themselves
    guard_forget(made.forgotten);
    if (::write(answer[1], &made, sizeof made) != ssize_t(sizeof made)) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(answer[1]);
  Groups made;
  REQUIRE(::read(answer[0], &made, sizeof made) == ssize_t(sizeof made));
  ::kill(server, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(server, &status, 0) == server);
  REQUIRE(::waitpid(made.kept, &status, 0) == made.kept);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  CHECK(::waitpid(made.forgotten, &status, WNOHANG) == 0);
  ::kill(made.forgotten, SIGKILL);
  ::waitpid(made.forgotten, &status, 0);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  ::close(answer[0]);
}
