// The way out of a sandbox's network to the world outside: slirp4netns, attached to its network namespace.
//
// Never reachable through it: the host's loopback (slirp4netns is told so), every address of the host's own interfaces and link-local ones (a cloud
// machine's credentials service); for these, routes that say "unreachable" are set inside before the interface comes up, and the
// sandbox has no right to change them. Names are resolved at kEgressNameServer. Attaching runs beside the program's start and does not delay it.
// Supervisor's thread only. The helper ends with this object, with the sandbox, or with the server.
#pragma once
#include <sys/types.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "run/descriptor.h"
#include "run/reactor.h"

namespace fogbank::run {

inline constexpr const char* kEgressNameServer = "198.18.213.3";

class Egress {
 public:
  /// `program`: slirp4netns; `inside`: a process in the network namespace. Null: its loopback is not up yet (bwrap does that and would stumble
  /// over ours); try again a little later.
  static Result<std::unique_ptr<Egress>> attach(Reactor& reactor, const std::string& program, pid_t inside);
  ~Egress();
  Egress(const Egress&) = delete;

 private:
  struct Helper;
  explicit Egress(std::shared_ptr<Helper> helper) : helper_(std::move(helper)) {}
  std::shared_ptr<Helper> helper_;
};

/// Where slirp4netns is, or why functions have no way out here.
Result<std::string> find_egress_program();

}  // namespace fogbank::run
