// Decoded and compiled IAM records, shared by authentication, decisions and STS: `core.state<iam::Caches>()`. Coherent with commits
// (store/cache.h); thread-safe; nothing survives a restart.
#pragma once
#include <memory>

#include "auth/policy/document.h"
#include "services/iam/state.h"
#include "store/cache.h"

namespace fogbank {
class Core;
}

namespace fogbank::iam {

/// A document made ready for decisions. One that does not compile any more (a rule of the grammar became stricter) denies everything:
/// its Deny statements must not get lost.
struct Compiled { policy::PolicyPtr policy; };

class Caches {
 public:
  explicit Caches(Core& core);
  explicit Caches(store::Store& store);

  store::Cache<Entity> entities;
  store::Cache<Compiled> trust;       ///< by the role's entity key
  store::Cache<Compiled> inlines;
  store::Cache<Policy> policies;
  store::Cache<Compiled> versions;
  store::Cache<AccessKey> keys;
  store::Cache<IdOwner> ids;
  store::Cache<PolicyUse> uses;       ///< a null pointer: nothing uses the policy
  store::Cache<InstanceProfile> instance_profiles;
};

/// Allows nothing and denies nothing: where a policy should be and is not.
policy::PolicyPtr allow_nothing();
/// The trust policy of a role that is not there: it names nobody who could call.
policy::PolicyPtr trust_nobody();
/// AdministratorAccess, without unpacking the catalogue of managed policies.
policy::PolicyPtr administrator_access();

/// The compiled default version of a managed policy, AWS's or the account's; null if there is none.
policy::PolicyPtr default_version(Caches& caches, store::Reader& reader, const Scope& scope, std::string_view arn);

/// A role as its ARN names it, for STS and for whoever passes it on; nothing if there is none.
struct RoleByArn {
  Scope scope;
  std::shared_ptr<const Entity> role;
  policy::PolicyPtr trust;
};
std::optional<RoleByArn> role_by_arn(Caches& caches, store::Reader& reader, std::string_view arn);

}  // namespace fogbank::iam
