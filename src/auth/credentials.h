// Where secrets and policies come from. IAM implements IdentitySource (services/iam); the chain and the verifier use it.
// Everything handed out is immutable and shared by threads; a new object is made when an authority table changes.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/policy/evaluate.h"
#include "auth/principal.h"
#include "base/error.h"

namespace fogbank::store { class Reader; }

namespace fogbank::auth {

/// What an access key id opens. `secret` never leaves memory through logs or records.
struct Credential {
  std::string secret;
  std::shared_ptr<const Principal> principal;
};

/// Policies that bear on a principal, compiled, as they are at one moment.
struct PolicySet {
  struct Level {
    std::string name;
    std::vector<policy::Attached> policies;
  };
  policy::Principal who;                       ///< for the evaluator: names, ids, current tags (session tags merged over them)
  std::vector<policy::Attached> identity;
  std::optional<policy::Attached> boundary;
  std::vector<policy::Attached> session;
  std::vector<Level> scps;                     ///< of the principal's account, root first
  bool exempt_from_scps = false;
  std::string organization_id;                 ///< aws:PrincipalOrgID; empty: in none
  std::string organization_path;               ///< aws:PrincipalOrgPaths: "o-…/r-…/ou-…/"
  bool gone = false;                           ///< the user or role no longer exists
};

/// Policies of the account that owns a resource.
struct ResourceAccountPolicies {
  std::vector<PolicySet::Level> rcps;
  bool exempt = false;
  std::string organization_id, organization_path;
};

class IdentitySource {
 public:
  virtual ~IdentitySource() = default;
  /// The long-term credential of an active access key; nothing if there is none. Any thread; answers from a cache.
  virtual std::shared_ptr<const Credential> find_key(std::string_view access_key_id) = 0;
  /// Policies of a principal as they are now. Any thread; cached until an authority table changes.
  virtual std::shared_ptr<const PolicySet> policies_of(const Principal& principal) = 0;
  /// The same as a transaction sees it: for deciding anew inside a write.
  virtual std::shared_ptr<const PolicySet> policies_of(const Principal& principal, store::Reader&) { return policies_of(principal); }
  virtual std::shared_ptr<const ResourceAccountPolicies> policies_of_account(std::string_view account) = 0;
  /// The same as a snapshot or transaction sees it.
  virtual std::shared_ptr<const ResourceAccountPolicies> policies_of_account(std::string_view account, store::Reader&) { return policies_of_account(account); }
  /// The unique id of a user or role that a policy or a grant names by its ARN, by that id, or by the ARN of a session of the role; nothing
  /// if there is none. `partition`: of the document. For services that refuse principals that do not exist.
  virtual std::optional<std::string> find_entity(std::string_view /*named*/, std::string_view /*partition*/, store::Reader&) { return std::nullopt; }
};

}  // namespace fogbank::auth
