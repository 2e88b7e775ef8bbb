// How many users, roles, policies … an account has, and its quotas on them. The numbers are one record (AccountCounts in state.h), written
// by whatever adds or removes one, so that neither a quota nor GetAccountSummary counts rows.
#pragma once
#include "base/error.h"
#include "services/iam/state.h"

namespace fogbank::iam {

// The record exists while any of its numbers is not zero. Where it is absent the rows of kPaths and kVersions are counted: in an empty
// account, or one whose records are older than the counts. Call these before the row that is added or removed is written.

/// A member of AccountCounts with its quota: AWS's default, or the most that it grants on request where that is what the account needs.
struct Counted {
  int64_t AccountCounts::* member;
  std::string_view name;                   ///< in "Cannot exceed quota for <name>: <quota>"
  int64_t quota;
};
inline constexpr Counted kCountUsers{&AccountCounts::users, "UsersPerAccount", 5000};
inline constexpr Counted kCountGroups{&AccountCounts::groups, "GroupsPerAccount", 300};
inline constexpr Counted kCountRoles{&AccountCounts::roles, "RolesPerAccount", 10000};
inline constexpr Counted kCountPolicies{&AccountCounts::policies, "PoliciesPerAccount", 5000};
inline constexpr Counted kCountInstanceProfiles{&AccountCounts::instance_profiles, "InstanceProfilesPerAccount", 5000};

AccountCounts counts_of(store::Reader& reader, const Scope& scope);
/// One more; refuses beyond the quota.
Result<void> count_in(store::Txn& tx, const Scope& scope, const Counted& what);
/// One fewer.
void count_out(store::Txn& tx, const Scope& scope, const Counted& what);
/// Any member, no quota.
void add_to_count(store::Txn& tx, const Scope& scope, int64_t AccountCounts::* member, int64_t by);

const Counted& counted(EntityKind kind);

}  // namespace fogbank::iam
