#include "services/sns/routes.h"

#include <stdexcept>

#include "gateway/core.h"
#include "services/sns/subscription_attributes.h"

namespace fogbank::sns {
namespace {

constexpr size_t kSets = 2000;

}  // namespace

RouteCache::RouteCache(Core& core) : core_(core), revisions_(core.store(), kRevisions, 20000) {}

RouteSetPtr RouteCache::get(const Scope& scope, const Topic& topic) {
  store::Key key = revision_key(scope, topic.name);
  auto revision = revisions_.get(key);
  uint64_t number = revision ? revision->number : 0, epoch = core_.store().epoch();
  {
    std::lock_guard lock(mutex_);
    auto it = sets_.find(key.bytes());
    if (it != sets_.end() && it->second->revision == number && it->second->epoch == epoch) return it->second;
  }
  auto set = std::make_shared<RouteSet>();
  core_.store().read([&](store::Reader& reader) {
    *set = {};
    auto now = reader.get_as<Revision>(key);
    set->revision = now ? now->number : 0;
    each_subscription(reader, scope, topic, {}, [&](Subscription&& s) {
      if (set->routes.size() == RouteSet::kCached) {
        set->complete = false;
        set->routes.clear();
        return false;
      }
      set->routes.push_back({std::move(s), nullptr});
      return true;
    });
  });
  set->epoch = epoch;
  for (Route& r : set->routes) r.filter = filter_of(r.subscription);
  std::lock_guard lock(mutex_);
  if (sets_.size() >= kSets) sets_.clear();
  sets_[key.bytes()] = set;
  return set;
}

void each_subscription(store::Reader& reader, const Scope& scope, const Topic& topic, std::string_view after, const std::function<bool(Subscription&&)>& visit) {
  store::Key all = store::key(scope, kSubscriptions, std::string_view(topic.name));
  store::Key from = after.empty() ? all : subscription_key(scope, topic.name, after).after_prefix();
  reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
    auto s = decode<Subscription>(bytes);
    if (!s) throw std::runtime_error("a stored subscription is damaged");
    if (s->topic_id != topic.id || s->pending) return true;
    return visit(std::move(*s));
  });
}

bool Filter::passes(const Subscription& s, const event_pattern::Pattern* filter) {
  if (!filter || n_.type != "Notification") return true;
  if (!s.filter_body) {
    if (!attributes_) attributes_ = filterable(n_.attributes);
    return filter->matches(*attributes_);
  }
  const std::string& text = n_.text_for(s.protocol);
  auto [it, fresh] = bodies_.try_emplace(text);
  if (fresh) it->second = event_pattern::parse_json(text);
  return it->second && filter->matches(*it->second);
}

}  // namespace fogbank::sns
