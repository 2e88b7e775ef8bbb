#include "run/guard.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "base/strings.h"
#include "run/descriptor.h"
#include "run/spawn.h"

namespace fogbank::run {
namespace {

// Its own shell ends at once, so that it is nobody's child.
constexpr const char* kScript = R"((
: fogbank: ends what a killed server leaves
cd /
trap '' HUP INT QUIT TERM
groups=
while read -r what group; do
  if [ "$what" = + ]; then groups="$groups $group"; continue; fi
  left=
  for g in $groups; do [ "$g" = "$group" ] || left="$left $g"; done
  groups=$left
done
for g in $groups; do kill -s KILL -- "-$g"; done
) <&3 3<&- >/dev/null 2>&1 &)";

Result<Fd> start() {
  FB_ASSIGN(pipe, make_pipe(false));
  if (fcntl(pipe.write.get(), F_SETFL, O_NONBLOCK) != 0) return fail(system_error("no pipe"));
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, pipe.read.get(), 3);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, 4);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  char name[] = "sh", option[] = "-c", directory[] = "PWD=/";
  std::string script = kScript;
  char* argv[] = {name, option, script.data(), nullptr};
  char* environment[] = {directory, nullptr};
  pid_t pid = -1;
  int error = posix_spawn(&pid, "/bin/sh", &files, &attributes, argv, environment);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error) return fail("ProcessFailure", cat("/bin/sh: ", std::strerror(error)), 500);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return fail("ProcessFailure", "/bin/sh could not start it", 500);
  return std::move(pipe.write);
}

}  // namespace

int guard_descriptor() {
  static const Fd descriptor = [] {
    auto started = start();
    if (!started) log(LogLevel::warning, cat("there is no guard of the server's processes: ", started.error().message));
    return started ? std::move(*started) : Fd();
  }();
  return descriptor.get();
}

void guard_forget(pid_t group) {
  int fd = guard_descriptor();
  if (fd < 0 || group <= 0) return;
  std::string line = cat("- ", int64_t(group), '\n');
  [[maybe_unused]] ssize_t n = write(fd, line.data(), line.size());   // a guard that was ended by hand is none
}

}  // namespace fogbank::run
