#include "admin/doctor.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/json_text.h"
#include "base/strings.h"
#include "gateway/tasks.h"
#include "run/processes.h"
#include "services/lambda/runtime/environments.h"
#include "services/lambda/runtimes.h"

namespace fogbank::admin {
namespace {

struct Helper { const char* program; const char* arguments; const char* used_for; };
constexpr Helper kHelpers[] = {
    {"bwrap", "--version", "sandboxes of functions and jobs"},
    {"python3", "--version", "Python functions"},
    {"node", "--version", "Node.js functions"},
    {"java", "-version", "Java functions"},
    {"git", "--version", "repositories"},
};

// First line of a program's output; the command is one of the fixed ones above.
std::string first_line(const std::string& command) {
  FILE* p = popen((command + " 2>&1").c_str(), "r");
  if (!p) return {};
  char buf[256] = {};
  if (!std::fgets(buf, sizeof buf, p)) buf[0] = 0;
  pclose(p);
  return std::string(trim(buf));
}

}  // namespace

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (auto dir : split(path ? path : "/usr/bin:/bin", ':')) {
    std::string file = cat(dir.empty() ? "." : dir, "/", name);
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

std::string doctor_json(Core& core) {
  JsonText j;
  j.open().key("helpers").open_list();
  for (const auto& h : kHelpers) {
    std::string path = find_program(h.program);
    j.open().member("name", h.program).member("used_for", h.used_for).member("found", !path.empty()).member("path", path);
    j.member("version", path.empty() ? std::string() : first_line(cat(path, " ", h.arguments))).close();
  }
  j.close_list();
  std::string bwrap = find_program("bwrap");
  std::string why = bwrap.empty() ? "bwrap is not installed" : first_line(cat(bwrap, " --unshare-all --ro-bind / / true && echo ok"));
  j.member("sandbox", why == "ok").member("sandbox_detail", why == "ok" ? std::string() : why);
  j.member("sandbox_bounds", core.processes().describe());
  j.key("functions").open_list();
  auto& environments = core.state<lambda::runtime::Environments>();
  for (const auto& line : environments.describe()) j.text(line);
  j.close_list();
  j.key("runtimes").open();
  for (const auto& name : lambda::creatable_runtime_names()) {
    auto found = environments.stand_in(name);
    j.member(name, !found ? found.error().message : found->interpreter.empty() ? "the function's own bootstrap" : cat(found->exact ? "" : "not installed; nearest: ", found->interpreter));
  }
  j.close();
  struct statvfs v;
  if (!core.settings().data_directory.empty() && statvfs(core.settings().data_directory.c_str(), &v) == 0)
    j.member("free_bytes", uint64_t(v.f_bavail) * v.f_frsize);
  j.key("given_up_tasks").open_list();
  core.store().read([&](store::Reader& r) {
    int n = 0;
    r.scan_prefix(store::key(Scope{}.whole_partition(), kGivenUpTasks), [&](std::string_view, std::string_view bytes, store::Version) {
      if (auto g = decode<GivenUp>(bytes)) {
        j.open().member("id", g->id).member("kind", g->task.kind).member("account", g->task.scope.account.str());
        j.member("attempts", g->task.attempts).member("error", g->error).member("at", iso8601(g->at)).close();
      }
      return ++n < 1000;
    });
  });
  j.close_list().close();
  return j.str();
}

}  // namespace fogbank::admin
