// The Principal or NotPrincipal element of a statement, made ready for comparing with a caller. Immutable; thread-safe.
#pragma once
#include <string>
#include <vector>

#include "auth/policy/raw_policy.h"
#include "auth/policy/request.h"

namespace fogbank::policy {

/// How closely an Allow of a resource policy names the caller; decides what else limits it. In rising order.
enum class Grant : uint8_t {
  none,
  account,  ///< the account: delegates to its identity policies
  entity,   ///< the role behind the session, the user behind the federated session: boundary and session policies still limit
  direct,   ///< the caller itself, or everyone
};

class PrincipalSet {
 public:
  PrincipalSet() = default;
  explicit PrincipalSet(const RawElement<RawPrincipal>& element);

  bool given() const { return given_; }
  bool negated() const { return negated_; }
  bool everyone() const { return everyone_; }
  const std::vector<PrincipalName>& names() const { return names_; }

  /// Principal: the closest entry. NotPrincipal: direct if the statement applies. `effect` and `has_boundary` matter for NotPrincipal:
  /// a Deny spares only callers of whom every name (account, role, session) is listed, and never one with a permissions boundary.
  Grant applies(const Principal& caller, Effect effect, bool has_boundary) const;

 private:
  Grant closest(const Principal& caller) const;
  bool lists_every_name(const Principal& caller) const;
  bool lists(const std::vector<std::string>& list, std::string_view value) const;
  bool names_federation(const Principal& caller) const;

  bool given_ = false, negated_ = false, everyone_ = false;
  std::vector<std::string> accounts_, arns_, ids_, services_, federated_, canonical_;
  std::vector<PrincipalName> names_;
};

}  // namespace fogbank::policy
