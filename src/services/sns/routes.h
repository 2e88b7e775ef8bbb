// Where messages of a topic go: its confirmed subscriptions with their filters compiled. Kept in memory for topics with up to kCached of
// them, as long as the topic's revision stays; others are read step by step by tasks. Thread-safe.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lang/event_pattern/pattern.h"
#include "services/sns/message.h"
#include "services/sns/state.h"
#include "store/cache.h"

namespace fogbank { class Core; }

namespace fogbank::sns {

struct Route {
  Subscription subscription;
  event_pattern::PatternPtr filter;   ///< null: everything
};

struct RouteSet {
  static constexpr size_t kCached = 200;
  uint64_t revision = 0, epoch = 0;
  bool complete = true;               ///< false: there are more than kCached, and `routes` is empty
  std::vector<Route> routes;
};
using RouteSetPtr = std::shared_ptr<const RouteSet>;

class RouteCache {
 public:
  explicit RouteCache(Core& core);
  /// Not within read or write.
  RouteSetPtr get(const Scope& scope, const Topic& topic);

 private:
  Core& core_;
  store::Cache<Revision> revisions_;
  std::mutex mutex_;
  std::unordered_map<std::string, RouteSetPtr> sets_;
};

/// Visits the confirmed subscriptions of a topic behind `after` (an id), until `visit` returns false.
void each_subscription(store::Reader& reader, const Scope& scope, const Topic& topic, std::string_view after, const std::function<bool(Subscription&&)>& visit);

/// Which routes a message takes: what filter policies ask about is read at most once.
class Filter {
 public:
  explicit Filter(const Notification& n) : n_(n) {}
  bool passes(const Subscription& s, const event_pattern::Pattern* filter);

 private:
  const Notification& n_;
  std::optional<event_pattern::Json> attributes_;
  std::map<std::string, std::optional<event_pattern::Json>> bodies_;   ///< by text
};

}  // namespace fogbank::sns
