#include "run/watchdog.h"

#include <dirent.h>
#include <fcntl.h>

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

void add_children(const std::string& path, std::vector<pid_t>& out) {
  char buffer[32 << 10];
  std::string_view text(buffer, read_proc(path, buffer, sizeof buffer));
  for (auto word : split(text, ' '))
    if (auto pid = parse_int(trim(word))) out.push_back(pid_t(*pid));
}

}  // namespace

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
    if (threads <= 1) {
      add_children(cat(folder, "/task/", pid, "/children"), todo);
      continue;
    }
    DIR* d = opendir((folder + "/task").c_str());   // children belong to the thread that made them
    if (!d) continue;
    while (dirent* e = readdir(d)) if (e->d_name[0] != '.') add_children(cat(folder, "/task/", e->d_name, "/children"), todo);
    closedir(d);
  }
  return u;
}

}  // namespace fogbank::run
