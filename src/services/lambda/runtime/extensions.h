// The extensions of one environment: which registered, for what, and who waits for an event. Loop's thread only; part of Environment.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "http/server.h"

namespace fogbank::lambda::runtime {

struct Extension {
  std::string name, id;
  bool external = false, registered = false, ready = false;   ///< ready: it has asked for its next event
  bool invoke = false, shutdown = false;
  bool ended = false;                                          ///< its process (external)
  std::shared_ptr<http::Exchange> next;
  std::string events() const { return invoke ? (shutdown ? "INVOKE,SHUTDOWN" : "INVOKE") : shutdown ? "SHUTDOWN" : ""; }
};

class Extensions {
 public:
  explicit Extensions(const std::vector<std::string>& external);
  /// `body`: {"events": […]}. Errors have the code and text of the Extensions API.
  Result<Extension*> register_one(std::string_view name, std::string_view body, bool runtime_started, bool closed, Random& random);
  Result<Extension*> find(std::string_view id);
  bool all_registered() const;   ///< of the external ones
  bool all_ready() const;
  bool any_external() const;
  bool any() const { return !all_.empty(); }
  bool any_for_invoke() const;
  std::vector<std::unique_ptr<Extension>>& all() { return all_; }

 private:
  std::vector<std::unique_ptr<Extension>> all_;   ///< external ones first, in the order of their programs
};

/// Names in "events" of a registration; nothing if it is not such a document.
std::optional<std::vector<std::string>> read_events(std::string_view body);

}  // namespace fogbank::lambda::runtime
