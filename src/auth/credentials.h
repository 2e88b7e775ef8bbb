// Where secrets and policies come from. IAM implements IdentitySource (services/iam); the chain and the verifier use it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/policy/evaluate.h"
#include "auth/principal.h"
#include "base/error.h"

namespace fogbank::auth {

/// What an access key id opens. `secret` never leaves memory through logs or records.
struct Credential {
  std::string secret;
  std::shared_ptr<const Principal> principal;
};

/// Policies that bear on a principal, compiled, in the shape that the evaluator takes. Immutable.
using PolicySet = policy::PrincipalPolicies;

class IdentitySource {
 public:
  virtual ~IdentitySource() = default;
  /// The long-term credential of an active access key; nothing if there is none. Any thread; answers from a cache.
  virtual std::shared_ptr<const Credential> find_key(std::string_view access_key_id) = 0;
  /// Policies of a principal as they are now. Any thread; cached until an authority table changes.
  virtual std::shared_ptr<const PolicySet> policies_of(const Principal& principal) = 0;
  /// Current tags of a user or role principal (aws:PrincipalTag), session tags included.
  virtual void principal_tags(const Principal& principal, std::map<std::string, std::string>& out) = 0;
};

}  // namespace fogbank::auth
