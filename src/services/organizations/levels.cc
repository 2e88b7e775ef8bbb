#include "services/organizations/levels.h"

#include <algorithm>

#include "auth/policy/stored.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/organizations/tree.h"

namespace fogbank::organizations {
namespace {

constexpr size_t kKept = 8192;          // accounts; then all are forgotten and come back as they are asked for
constexpr size_t kKeptPolicies = 4000;

policy::PolicyKind kind_of_type(std::string_view type) { return type == kServiceControl ? policy::PolicyKind::scp : policy::PolicyKind::rcp; }

policy::PolicyPtr constant(std::string_view json, policy::PolicyKind kind) {
  auto p = policy::parse(json, kind);
  if (!p) throw std::logic_error("a policy of the program does not compile");
  return *p;
}

/// p-FullAWSAccess and p-RCPFullAWSAccess.
policy::PolicyPtr full_access(std::string_view type) {
  static const policy::PolicyPtr scp = constant(policy_type(kServiceControl)->full_access_content, policy::PolicyKind::scp);
  static const policy::PolicyPtr rcp = constant(policy_type(kResourceControl)->full_access_content, policy::PolicyKind::rcp);
  return type == kServiceControl ? scp : rcp;
}

}  // namespace

Levels::Levels(Core& core) : Levels(core.store()) {}

// The cache of policies is attached before this object: when a commit empties the levels, it has already dropped the policy.
Levels::Levels(store::Store& store) : store_(store), policies_(store, kPolicies, kKeptPolicies, compile) {
  store_.coherence().attach(kPolicies, *this);
  store_.coherence().attach(kStamps, *this);
}
Levels::~Levels() { store_.coherence().detach(*this); }

std::shared_ptr<const Levels::Compiled> Levels::compile(std::string_view key, const store::Item& item) {
  auto record = decode<Policy>(item.bytes);
  if (!record) throw std::runtime_error("a stored policy of an organization is damaged");
  store::KeyHead head = store::key_head(key);
  auto parts = store::key_parts(key);
  Organization org;
  org.id = parts.empty() ? std::string() : parts[0];
  org.management = head.scope.account.str();
  std::string arn = policy_arn(head.scope, org, record->type, record->id);
  auto p = policy::compile_stored(record->content, kind_of_type(record->type), {policy::Dialect::organizations, head.scope.partition.str()}, cat("policy ", arn));
  return std::make_shared<const Compiled>(Compiled{std::move(p), std::move(arn)});
}

void Levels::add_levels(store::Reader& reader, const Place& place, std::string_view type,
                        const std::vector<std::pair<std::string, std::vector<Attachments>>>& chain, std::vector<auth::PolicySet::Level>& out) {
  if (!enabled_type(place.org, type)) return;
  for (const auto& [name, attachments] : chain) {
    auth::PolicySet::Level level;
    level.name = name;
    for (const std::string& id : attached_policies(place.org, attachments, type)) {
      if (type_of_aws_policy(id)) {
        level.policies.push_back({full_access(type), policy_arn(place.scope, place.org, type, id)});
      } else if (auto p = policies_.get(reader, place.key(kPolicies, std::string_view(id)))) {
        level.policies.push_back({p->policy, p->arn});
      }
    }
    out.push_back(std::move(level));
  }
}

std::shared_ptr<const AccountLevels> Levels::build(std::string_view id, store::Reader& reader) {
  auto out = std::make_shared<AccountLevels>();
  auto resources = std::make_shared<auth::ResourceAccountPolicies>();
  auto place = find_organization(reader, id);
  auto account = place ? find_account(reader, *place, id) : std::nullopt;
  if (account) {
    out->organization_id = place->org.id;
    out->management = place->org.management == id;
    out->suspended = account->status == kSuspended;
    std::vector<std::pair<std::string, std::vector<Attachments>>> chain;   // account first
    chain.emplace_back(account->id, std::move(account->attachments));
    std::string path;
    std::string parent = account->parent;
    for (int64_t i = 0; i <= kMaxDepth && !parent.empty(); i++) {
      auto node = find_node(reader, *place, parent);
      if (!node) break;
      path = cat(node->id, '/', path);
      chain.emplace_back(node->id, std::move(node->attachments));
      parent = node->parent;
    }
    std::reverse(chain.begin(), chain.end());
    out->organization_path = cat(place->org.id, '/', path);
    if (!out->management) {
      add_levels(reader, *place, kServiceControl, chain, out->scps);
      add_levels(reader, *place, kResourceControl, chain, resources->rcps);
    }
  }
  resources->exempt = out->management;
  resources->organization_id = out->organization_id;
  resources->organization_path = out->organization_path;
  out->resources = std::move(resources);
  return out;
}

bool Levels::lookup(const std::string& account, std::shared_ptr<const AccountLevels>& out) {
  std::shared_lock lock(mutex_);
  auto found = kept_.find(account);
  if (found == kept_.end()) return false;
  out = found->second;
  return true;
}

// As store::Cache does it: what was read is kept only if no commit came between the snapshot and now.
std::shared_ptr<const AccountLevels> Levels::of(std::string_view account, store::Reader& reader) {
  thread_local std::string name;
  name = account;
  std::optional<uint64_t> phase = reader.cache_phase(stamp_key());
  std::shared_ptr<const AccountLevels> out;
  if (phase && lookup(name, out)) return out;
  out = build(account, reader);
  if (!phase || *phase % 2) return out;
  std::unique_lock lock(mutex_);
  if (store_.coherence().phase() != *phase) return out;
  if (kept_.size() >= kKept) kept_.clear();
  kept_[name] = out;
  return out;
}

std::shared_ptr<const AccountLevels> Levels::of(std::string_view account) {
  thread_local std::string name;
  name = account;
  std::shared_ptr<const AccountLevels> out;
  if (lookup(name, out)) return out;
  store_.read([&](store::Reader& reader) { out = of(account, reader); });
  return out;
}

void Levels::changed(const std::string&) { all_changed(); }
void Levels::all_changed() {
  std::unique_lock lock(mutex_);
  kept_.clear();
}

}  // namespace fogbank::organizations
