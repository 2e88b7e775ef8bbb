#include "run/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "base/strings.h"

namespace fogbank::run {
namespace {

constexpr size_t kFileBound = 256 << 10;

std::optional<std::string> read_text(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string out;
  char buffer[4096];
  for (ssize_t n; out.size() < kFileBound && (n = read(fd.get(), buffer, sizeof buffer)) > 0;) out.append(buffer, size_t(n));
  return out;
}

Result<void> write_text(const std::string& path, std::string_view text) {
  Fd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || write(fd.get(), text.data(), text.size()) != ssize_t(text.size())) return fail(system_error(path));
  return {};
}

bool has_word(std::string_view text, std::string_view word) {
  for (auto line : split(text, '\n')) for (auto w : split(line, ' ')) if (trim(w) == word) return true;
  return false;
}

/// A number behind a name in lines of "name number".
int64_t value_of(std::string_view text, std::string_view name) {
  for (auto line : split(text, '\n')) {
    auto words = split(line, ' ');
    if (words.size() == 2 && words[0] == name) return parse_int(words[1]).value_or(0);
  }
  return 0;
}

bool enabled(const std::string& group) {
  auto text = read_text(group + "/cgroup.subtree_control");
  return text && has_word(*text, "memory") && has_word(*text, "pids");
}

// Groups of servers that ended without removing theirs: "fogbank-<pid>", empty.
void sweep(const std::string& parent) {
  DIR* d = opendir(parent.c_str());
  if (!d) return;
  while (dirent* e = readdir(d)) {
    std::string_view name = e->d_name;
    if (!name.starts_with("fogbank-")) continue;
    auto pid = parse_int(name.substr(8));
    if (!pid || *pid <= 0 || kill(pid_t(*pid), 0) == 0 || errno != ESRCH) continue;
    std::string group = cat(parent, "/", name);
    if (DIR* inner = opendir(group.c_str())) {
      while (dirent* s = readdir(inner)) if (s->d_name[0] != '.') rmdir(cat(group, "/", s->d_name).c_str());
      closedir(inner);
    }
    rmdir(group.c_str());   // fails if anything lives in it, which is right
  }
  closedir(d);
}

// Controllers reach the groups below only from a group without processes of its own: alone in a delegated group, we move down first.
Result<void> make_room(const std::string& own) {
  auto members = read_text(own + "/cgroup.procs");
  if (!members || trim(*members) != std::string_view(cat(getpid()))) return fail("NoControlGroup", cat(own, " holds other processes"), 500);
  std::string leaf = own + "/fogbank-server";
  if (mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) return fail(system_error(leaf));
  FB_TRY(write_text(leaf + "/cgroup.procs", "0"));
  if (auto done = write_text(own + "/cgroup.subtree_control", "+memory +pids"); !done) {
    (void)write_text(own + "/cgroup.procs", "0");
    rmdir(leaf.c_str());
    return done;
  }
  return {};
}

}  // namespace

Result<CgroupRoot> CgroupRoot::find() {
  std::string hierarchy, own;
  const std::string mounts = read_text("/proc/self/mountinfo").value_or(""), groups = read_text("/proc/self/cgroup").value_or("");
  for (auto line : split(mounts, '\n')) {
    size_t dash = line.find(" - ");
    if (dash == std::string_view::npos || !line.substr(dash + 3).starts_with("cgroup2 ")) continue;
    auto words = split(line, ' ');
    if (words.size() > 4) hierarchy = words[4];
    break;
  }
  for (auto line : split(groups, '\n')) if (line.starts_with("0::")) own = line.substr(3);
  if (hierarchy.empty() || own.empty()) return fail("NoControlGroup", "control groups of version 2 are not mounted", 500);
  return find_in(hierarchy, own, geteuid() == 0);
}

Result<CgroupRoot> CgroupRoot::find_in(const std::string& hierarchy, const std::string& own, bool superuser) {
  auto controllers = read_text(hierarchy + "/cgroup.controllers");
  if (!controllers || !has_word(*controllers, "memory") || !has_word(*controllers, "pids")) return fail("NoControlGroup", "the memory controller is not one of version 2", 500);
  std::string mine = own == "/" ? hierarchy : hierarchy + own;
  Result<void> usable;
  if (access((mine + "/cgroup.procs").c_str(), W_OK) != 0) usable = fail(system_error(mine));
  else if (!enabled(mine)) usable = make_room(mine);
  std::string parent = mine;
  if (!usable && superuser && enabled(hierarchy)) {
    parent = hierarchy;
    usable = {};
  }
  if (!usable) return fail(std::move(usable.error()));
  sweep(parent);
  std::string group = cat(parent, "/fogbank-", getpid());
  if (mkdir(group.c_str(), 0755) != 0 && errno != EEXIST) return fail(system_error(group));
  if (auto done = write_text(group + "/cgroup.subtree_control", "+memory +pids"); !done) {
    rmdir(group.c_str());
    return fail(std::move(done.error()));
  }
  return CgroupRoot(group);
}

Result<CgroupRoot> CgroupRoot::find_tasks() {
  const std::string mounts = read_text("/proc/self/mountinfo").value_or("");
  for (auto line : split(mounts, '\n')) {
    size_t dash = line.find(" - ");
    if (dash == std::string_view::npos || !line.substr(dash + 3).starts_with("cgroup ")) continue;
    auto kind = split(line.substr(dash + 3), ' '), words = split(line, ' ');
    if (kind.size() < 3 || words.size() < 5) continue;
    auto options = split(kind[2], ',');
    if (std::find(options.begin(), options.end(), "pids") == options.end()) continue;
    std::string hierarchy(words[4]);
    sweep(hierarchy);
    std::string group = cat(hierarchy, "/fogbank-", getpid());
    if (mkdir(group.c_str(), 0755) != 0 && errno != EEXIST) return fail(system_error(group));
    return CgroupRoot(group, false);
  }
  return fail("NoControlGroup", "the pids controller is not one of version 1", 500);
}

Result<std::unique_ptr<Cgroup>> CgroupRoot::make(int64_t memory_bytes, int64_t tasks) const {
  static std::atomic<uint64_t> number{0};
  std::string path = cat(path_, "/sandbox-", ++number);
  if (mkdir(path.c_str(), 0755) != 0) return fail(system_error(path));
  auto prepare = [&]() -> Result<std::unique_ptr<Cgroup>> {
    if (memory_) FB_TRY(write_text(path + "/memory.max", cat(memory_bytes)));
    if (memory_ && access((path + "/memory.swap.max").c_str(), W_OK) == 0) FB_TRY(write_text(path + "/memory.swap.max", "0"));
    if (memory_) FB_TRY(write_text(path + "/memory.oom.group", "1"));
    FB_TRY(write_text(path + "/pids.max", cat(tasks)));
    Fd procs(open((path + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!procs) return fail(system_error(path));
    return std::unique_ptr<Cgroup>(new Cgroup(path, std::move(procs)));
  };
  auto made = prepare();
  if (!made) rmdir(path.c_str());
  return made;
}

Cgroup::~Cgroup() {
  kill_all();
  procs_.reset();
  rmdir(path_.c_str());   // what is still dying keeps it; the next start sweeps
}

int64_t Cgroup::peak_bytes() const {
  auto text = read_text(path_ + "/memory.peak");
  if (!text) text = read_text(path_ + "/memory.current");   // kernels before 5.19
  return text ? parse_int(trim(*text)).value_or(-1) : -1;
}
bool Cgroup::out_of_memory() const { return value_of(read_text(path_ + "/memory.events").value_or(""), "oom_kill") > 0; }
bool Cgroup::too_many_tasks() const { return value_of(read_text(path_ + "/pids.events").value_or(""), "max") > 0; }
void Cgroup::kill_all() const { (void)write_text(path_ + "/cgroup.kill", "1"); }

}  // namespace fogbank::run
