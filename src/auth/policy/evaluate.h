// The decision: every policy that applies to a call -> allowed or denied, by which policy and statement.
//
// evaluate() is a pure function: no I/O, no locks, no allocation on the usual path; any number of threads may call it. The caller collects
// the compiled policies (and keeps them alive), this file knows how AWS combines them.
// Source: IAM User Guide, "Policy evaluation logic" with its pages on single-account, cross-account and resource-based policies.
//
// Order: an explicit deny in any policy wins. Then each of these must hold:
//   RCP levels and SCP levels allow (where given); the resource's account allows; the principal's account allows.
// Same account: identity policies or the resource policy suffice. A resource policy that names the caller itself (a user ARN, a session
// ARN, a federated user ARN, or "*") is not limited by implicit denies of identity policies, boundary and session policies; one that names
// the role behind a session is still limited by boundary and session policies; one that names the account only delegates to identity
// policies. Cross-account: both sides must allow, and boundary and session policies always limit.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/policy/document.h"
#include "auth/policy/request.h"

namespace fogbank::policy {

/// A compiled policy and the name under which reasons speak of it: an ARN ("arn:aws:iam::aws:policy/ReadOnlyAccess"), an inline policy's
/// name, or what the service finds useful.
struct Attached {
  PolicyPtr policy;
  std::string name;
};

/// The policies attached to one level of the organisation: the root, one OU, or the account.
struct Level {
  std::span<const Attached> policies;
  std::string_view name;  ///< "r-abcd", "ou-…", account id; for reasons
};

enum class PolicyType : uint8_t {
  none,  ///< no policy decided: root of the account, or nothing to say
  identity,
  resource,
  trust,       ///< the resource policy of a role
  boundary,
  session,
  scp,
  rcp,
  additional,  ///< Input::additional_allow
};

/// How a resource's own policy and the identity policies of its account go together.
struct ResourceAuthority {
  /// The resource policy may grant by itself within the account. False: it never suffices, an identity policy is needed as well.
  bool union_with_identity = true;
  /// Nothing is allowed unless the resource policy (or additional_allow) grants it; identity policies count only where it delegates to
  /// the account. KMS keys and role trust policies.
  bool required = false;
};

/// A permission from outside the policy language: a KMS grant. It acts like a resource policy that names the caller itself.
struct AdditionalAllow {
  std::string_view reason;            ///< "grant 0c237476b39f8bc4…"; empty: none
  bool crosses_accounts = true;       ///< suffices without the caller's identity policies in another account (KMS grants do)
};

struct Input {
  Request request;
  std::span<const Attached> identity;    ///< of the user and its groups, the role, or (federated user) the issuing user
  std::span<const Attached> resource;    ///< the resource's policies (one; two for an S3 access point and its bucket share no Input)
  const Attached* boundary = nullptr;    ///< of the user or role; for a federated user, of the issuing user
  std::span<const Attached> session;     ///< session policies; together they form one ceiling
  std::span<const Level> scps;           ///< of the principal's account, root first; empty: not in an organisation
  std::span<const Level> rcps;           ///< of the resource's account, root first
  bool exempt_from_scps = false;         ///< management account, service-linked role
  bool exempt_from_rcps = false;         ///< management account's resource, service-linked role, AWS managed key
  ResourceAuthority authority;
  AdditionalAllow additional_allow;
};

enum class Outcome : uint8_t { allow, explicit_deny, implicit_deny };

/// Which statement said what. Views point into the Input's Attached and its policies.
struct Match {
  PolicyType type = PolicyType::none;
  std::string_view policy;   ///< Attached::name
  int statement = -1;        ///< index in the document
  std::string_view sid;
  Effect effect = Effect::allow;
  std::string_view level;    ///< SCP and RCP, with `explain`: name of the level that the policy is attached to
};

struct Decision {
  Outcome outcome = Outcome::implicit_deny;
  /// The policy type that decided. Allow: where the permission came from. Explicit deny: where it is. Implicit deny: the type that had to
  /// allow and did not.
  PolicyType type = PolicyType::none;
  Match match;               ///< the deciding statement; statement -1 for an implicit deny and for root
  std::string_view level;    ///< SCP and RCP: name of the level that denies
  std::string_view reason;   ///< additional_allow: its reason
  bool cross_account = false;
  bool allowed() const { return outcome == Outcome::allow; }
};

/// Decides. With `explain`, appends every matching statement of every policy (no short cut is taken) in the order SCP, RCP, resource,
/// identity, boundary, session.
Decision evaluate(const Input& in, std::vector<Match>* explain = nullptr);

/// Does any statement of these policies apply to the request, and how? For questions outside a decision (a policy simulator, lockout
/// checks). Principals are compared for resource policies only.
struct Verdict {
  const Attached* allow = nullptr;
  int allow_statement = -1;
  const Attached* deny = nullptr;
  int deny_statement = -1;
};
Verdict apply(std::span<const Attached> policies, PolicyType type, const Request& request);

/// "identity-based policy", "permissions boundary", "service control policy" …: as in AWS's texts.
std::string_view describe(PolicyType type);

}  // namespace fogbank::policy
