#include "services/iam/caches.h"

#include "auth/policy/stored.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/iam/managed.h"
#include "services/iam/rules.h"
#include "services/iam/trust.h"

namespace fogbank::iam {
namespace {

policy::PolicyPtr constant(std::string_view json, policy::PolicyKind kind = policy::PolicyKind::identity) {
  auto p = policy::parse(json, kind);
  if (!p) throw std::logic_error("a policy of the program does not compile");
  return *p;
}

std::shared_ptr<const Compiled> compiled(std::string_view key, std::string_view document, policy::PolicyKind kind) {
  Scope scope = store::key_head(key).scope;
  return std::make_shared<const Compiled>(Compiled{policy::compile_stored(document, kind, {policy::Dialect::iam, scope.partition.str()},
                                                                          cat("an IAM policy of account ", scope.account.str()))});
}

template <class T> T stored(const store::Item& item) {
  auto record = decode<T>(item.bytes);
  if (!record) throw std::runtime_error("a stored IAM record is damaged");
  return std::move(*record);
}

std::shared_ptr<const Compiled> make_trust(std::string_view key, const store::Item& item) {
  auto e = stored<Entity>(item);
  if (e.kind != EntityKind::role) return std::make_shared<const Compiled>();
  return compiled(key, decided_trust(e), policy::PolicyKind::trust);
}
std::shared_ptr<const Compiled> make_inline(std::string_view key, const store::Item& item) {
  return compiled(key, stored<InlinePolicy>(item).document, policy::PolicyKind::identity);
}
std::shared_ptr<const Compiled> make_version(std::string_view key, const store::Item& item) {
  return compiled(key, stored<PolicyVersion>(item).document, policy::PolicyKind::identity);
}

constexpr size_t kCapacity = 4000;
// What lists walk over: so that a full account stays in it.
constexpr size_t kListed = 24000;
constexpr size_t kUses = 16000;

}  // namespace

Caches::Caches(Core& core) : Caches(core.store()) {}
Caches::Caches(store::Store& store)
    : entities(store, kEntities, kListed), trust(store, kEntities, kCapacity, make_trust), inlines(store, kInline, kCapacity, make_inline),
      policies(store, kPolicies, kListed), versions(store, kVersions, kCapacity, make_version), keys(store, kAccessKeys, kCapacity), ids(store, kIds, kCapacity), uses(store, kPolicyUse, kUses),
      instance_profiles(store, kInstanceProfiles, kCapacity) {}

policy::PolicyPtr allow_nothing() {
  static const policy::PolicyPtr p = constant(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"none:None","Resource":"*"}]})");
  return p;
}
policy::PolicyPtr trust_nobody() {
  static const policy::PolicyPtr p = constant(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"nobody.invalid"},"Action":"sts:AssumeRole"}]})",
      policy::PolicyKind::trust);
  return p;
}
policy::PolicyPtr administrator_access() {
  static const policy::PolicyPtr p = constant(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})");
  return p;
}

policy::PolicyPtr default_version(Caches& caches, store::Reader& reader, const Scope& scope, std::string_view arn) {
  auto name = parse_policy_arn(arn);
  if (!name) return nullptr;
  if (name->aws_managed()) return compiled_managed(arn);
  auto policy = caches.policies.get(reader, policy_key(scope, name->name));
  if (!policy || policy->path != name->path) return nullptr;
  auto version = caches.versions.get(reader, version_key(scope, name->name, policy->default_version));
  return version ? version->policy : nullptr;
}

std::optional<RoleByArn> role_by_arn(Caches& caches, store::Reader& reader, std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn || arn->service != "iam" || !arn->region.empty() || !is_account_id(arn->account)) return std::nullopt;
  auto name = parse_entity_resource(arn->resource);
  if (!name || name->kind != EntityKind::role) return std::nullopt;
  RoleByArn out{account_scope(arn->partition, arn->account), nullptr, nullptr};
  store::Key key = entity_key(out.scope, EntityKind::role, name->name);
  out.role = caches.entities.get(reader, key);
  if (!out.role || out.role->name != name->name || out.role->path != name->path) return std::nullopt;
  auto trust = caches.trust.get(reader, key);
  out.trust = trust ? trust->policy : nullptr;
  return out;
}

}  // namespace fogbank::iam
