#include "run/watchdog.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sysinfo.h>

#include <string>
#include <vector>

#include "base/strings.h"
#include "run/descriptor.h"

namespace fogbank::run {
namespace {

size_t read_proc(const std::string& path, char* out, size_t size) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return 0;   // it has ended meanwhile
  size_t at = 0;
  for (ssize_t n; at < size && (n = read(fd.get(), out + at, size - at)) > 0;) at += size_t(n);
  return at;
}

int64_t number_after(std::string_view text, std::string_view name) {
  size_t at = text.find(name);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + name.size());
  size_t digit = text.find_first_of("0123456789");
  if (digit == std::string_view::npos) return 0;
  int64_t n = 0;
  std::from_chars(text.data() + digit, text.data() + text.size(), n);
  return n;
}

void add_words(std::string_view text, std::vector<pid_t>& out) {
  for (auto word : split(text, ' '))
    if (auto pid = parse_int(trim(word))) out.push_back(pid_t(*pid));
}

void add_children(const std::string& path, std::vector<pid_t>& out) {
  char buffer[32 << 10];
  add_words(std::string_view(buffer, read_proc(path, buffer, sizeof buffer)), out);
}

// From a descriptor kept open. One read gives less than there is (it ends at a line or number that does not fit), so: until nothing comes.
void add_children(int fd, std::vector<pid_t>& out) {
  char buffer[32 << 10];
  size_t at = 0;
  if (lseek(fd, 0, SEEK_SET) != 0) return;
  for (ssize_t n; at < sizeof buffer && (n = read(fd, buffer + at, sizeof buffer - at)) > 0;) at += size_t(n);
  add_words(std::string_view(buffer, at), out);
}

constexpr size_t kKeptFiles = 8;   // processes of a tree whose files stay open

/// Field `number` (from 1) of a line of /proc/PID/stat, whose second may contain anything.
int64_t stat_field(std::string_view line, int number) {
  size_t at = line.rfind(')');
  if (at == std::string_view::npos) return 0;
  line.remove_prefix(at + 1);
  for (int field = 3; field < number; field++) {
    size_t space = line.find(' ', 1);
    if (space == std::string_view::npos) return 0;
    line.remove_prefix(space);
  }
  int64_t n = 0;
  std::from_chars(line.data() + 1, line.data() + line.size(), n);
  return n;
}

void add_all_children(const std::string& folder, pid_t pid, int64_t threads, std::vector<pid_t>& out) {
  if (threads <= 1) return add_children(cat(folder, "/task/", pid, "/children"), out);
  DIR* d = opendir((folder + "/task").c_str());   // children belong to the thread that made them
  if (!d) return;
  while (dirent* e = readdir(d)) if (e->d_name[0] != '.') add_children(cat(folder, "/task/", e->d_name, "/children"), out);
  closedir(d);
}

}  // namespace

bool Meter::bounds_memory() {
  struct sysinfo machine;
  return sysinfo(&machine) == 0 && machine.totalswap == 0;
}

Usage Meter::look(int64_t bound) {
  static const int64_t page_kb = sysconf(_SC_PAGESIZE) / 1024;
  Usage u;
  looks_++;
  std::vector<pid_t> todo{init_};
  for (int64_t seen = 0; !todo.empty(); seen++) {
    if (seen == bound) {
      u.tasks += int64_t(1) << 30;
      break;
    }
    pid_t pid = todo.back();
    todo.pop_back();
    std::string folder;
    auto kept = files_.find(pid);
    if (kept == files_.end() && files_.size() < kKeptFiles) {
      folder = cat("/proc/", pid);
      Files f{Fd(open((folder + "/stat").c_str(), O_RDONLY | O_CLOEXEC)), Fd(open(cat(folder, "/task/", pid, "/children").c_str(), O_RDONLY | O_CLOEXEC)), looks_};
      if (!f.stat || !f.children) continue;
      kept = files_.emplace(pid, std::move(f)).first;
    }
    char buffer[4096];
    std::string_view line;
    if (kept != files_.end()) {
      kept->second.look = looks_;
      ssize_t n = pread(kept->second.stat.get(), buffer, sizeof buffer, 0);
      line = std::string_view(buffer, size_t(std::max<ssize_t>(0, n)));
    } else {
      folder = cat("/proc/", pid);
      line = std::string_view(buffer, read_proc(folder + "/stat", buffer, sizeof buffer));
    }
    if (line.empty()) {   // it has ended; a descriptor kept open never speaks of another process
      files_.erase(pid);
      continue;
    }
    int64_t threads = stat_field(line, 20);
    u.tasks += threads;
    u.memory_kb += stat_field(line, 24) * page_kb;
    if (kept != files_.end() && threads <= 1) {
      add_children(kept->second.children.get(), todo);
      continue;
    }
    add_all_children(folder.empty() ? cat("/proc/", pid) : folder, pid, threads, todo);
  }
  std::erase_if(files_, [this](const auto& f) { return f.second.look != looks_; });
  return u;
}

Usage usage_below(pid_t init, Sum how, int64_t bound) {
  Usage u;
  std::vector<pid_t> todo{init};
  for (int64_t seen = 0; !todo.empty(); seen++) {
    if (seen == bound) {
      u.tasks += int64_t(1) << 30;
      return u;
    }
    pid_t pid = todo.back();
    todo.pop_back();
    char buffer[4096];
    std::string folder = cat("/proc/", pid);
    std::string_view status(buffer, read_proc(folder + "/status", buffer, sizeof buffer));
    if (status.empty()) continue;
    int64_t threads = number_after(status, "\nThreads:");
    int64_t memory = number_after(status, "\nRssAnon:") + number_after(status, "\nRssShmem:") + number_after(status, "\nVmSwap:");
    if (how == Sum::exact) {
      char shares[4096];
      std::string_view rollup(shares, read_proc(folder + "/smaps_rollup", shares, sizeof shares));
      if (!rollup.empty()) memory = std::min(memory, number_after(rollup, "\nPss_Anon:") + number_after(rollup, "\nPss_Shmem:") + number_after(rollup, "\nSwapPss:"));
    }
    u.memory_kb += memory;
    u.tasks += threads;
    add_all_children(folder, pid, threads, todo);
  }
  return u;
}

}  // namespace fogbank::run
