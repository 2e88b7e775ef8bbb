// The identity policies of a user, role or group with their texts: what the simulator, the context keys and the reports of last use look
// at. Decisions do not come this way; they read compiled sets (identity.h). Works on its caller's Reader and keeps nothing.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "services/iam/caches.h"
#include "services/iam/entities.h"

namespace fogbank::iam {

struct PolicySource {
  std::string id;                    ///< as the simulator names it: the managed policy's name, "user_alice_inline", "PolicyInputList.1"
  std::string document;
  policy::PolicyPtr policy;
  std::string name, arn;             ///< of the policy; an inline policy has no ARN
  EntityKind owner_kind = EntityKind::user;   ///< inline policies: whose it is
  std::string owner;
};

/// An entity and every policy that speaks for it. A managed policy that comes more than once (user and group) is there once.
struct PolicyHolder {
  Entity entity;
  std::vector<PolicySource> sources;           ///< its own inline and managed policies, then its groups'
  std::optional<PolicySource> boundary;
  std::string arn(const Scope& scope) const { return entity_arn(scope, entity); }
};
PolicyHolder policy_holder(Caches& caches, store::Reader& reader, const Scope& scope, Entity entity);

/// The default version of a managed policy, AWS's or the account's; nothing if it does not exist.
std::optional<PolicySource> managed_source(Caches& caches, store::Reader& reader, const Scope& scope, std::string_view arn);

/// The entity that a PolicySourceArn names: by kind and name, whatever the path. Refused as the simulator does: what names no entity, entities
/// of other accounts, unknown ones.
struct SourceName { std::string partition, account; EntityKind kind; std::string name; };
Result<SourceName> parse_source_arn(std::string_view arn);
ApiError other_accounts_source(std::string_view caller_account, std::string_view account);
Result<Entity> source_entity(store::Reader& reader, const Scope& scope, std::string_view arn);

}  // namespace fogbank::iam
