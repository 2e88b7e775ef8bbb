#include "run/processes.h"

#include "base/strings.h"
#include "http/server.h"

namespace fogbank::run {

Processes::Processes(std::function<http::Server*()> server, const SupervisorLimits& limits) : limits_(limits), server_(std::move(server)), supervisor_(limits), standing_({4096, 0}) {}

Processes::~Processes() = default;

void Processes::set_host(SandboxHost host) {
  host.adopt = [this](Fd fd) -> Result<std::function<void()>> {
    http::Server* server = server_();
    if (!server) return fail("SandboxFailed", "no server runs that could listen in it", 500);
    int id = next_listener_++;
    server->adopt_listener(fd.release(), id);
    return std::function<void()>([this, id] {
      if (http::Server* s = server_()) s->close_listener(id);
    });
  };
  std::lock_guard<std::mutex> lock(host_mutex_);
  host_ = std::make_unique<SandboxHost>(std::move(host));
}

SandboxHost& Processes::host() {
  {
    std::lock_guard<std::mutex> lock(host_mutex_);
    if (host_) return *host_;
  }
  static std::mutex discovering;   // control groups are taken into use once
  std::lock_guard<std::mutex> once(discovering);
  bool missing;
  {
    std::lock_guard<std::mutex> lock(host_mutex_);
    missing = !host_;
  }
  if (missing) set_host(SandboxHost::discover());
  std::lock_guard<std::mutex> lock(host_mutex_);
  return *host_;
}

Result<std::unique_ptr<Attachment>> Processes::attach(Supervisor& supervisor, const SandboxSpec& spec) {
  if (spec.memory_bytes <= 0 || spec.tasks <= 0 || spec.tmp_bytes <= 0 || spec.open_files < 16) return fail("ProcessFailure", "a sandbox needs room to run in", 500);
  if (spec.files.size() > 16) return fail("ProcessFailure", "a sandbox takes at most 16 files by content", 500);
  return make_sandbox(host(), supervisor.reactor(), spec);
}

Result<uint64_t> Processes::start(SandboxSpec spec, Done done) {
  FB_ASSIGN(sandbox, attach(supervisor_, spec));
  return supervisor_.start(std::move(spec), std::move(done), std::move(sandbox));
}

Result<uint64_t> Processes::start_standing(SandboxSpec spec, Done done) {
  FB_ASSIGN(sandbox, attach(standing_, spec));
  return standing_.start(std::move(spec), std::move(done), std::move(sandbox));
}

std::string Processes::describe() {
  SandboxHost& h = host();
  return cat("bwrap: ", h.bwrap.empty() ? "not installed" : h.bwrap, "; memory: ", h.cgroups ? cat("control group ", h.cgroups->path()) : cat("watchdog (", h.no_cgroups, ")"));
}

}  // namespace fogbank::run
