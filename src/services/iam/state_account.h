// Records of the account itself and of its users' passwords: alias, password policy, login profiles. All of the account's global scope but
// the owner of an alias, which is the partition's. They survive a crash once committed.
//   alias    ()         -> AccountAlias     authority
//   aliasof  (alias)    -> AliasOwner       who has it in the partition; the account's own record decides (it may have been reset)
//   pwpolicy ()         -> PasswordPolicy   decides whether users may change their passwords
//   login    (user id)  -> LoginProfile     authority
#pragma once
#include <string>
#include <vector>

#include "services/iam/state.h"

namespace fogbank::iam {

inline constexpr store::Table kAliases{"iam", "alias"};
inline constexpr store::Table kAliasOwners{"iam", "aliasof"};
inline constexpr store::Table kPasswordPolicies{"iam", "pwpolicy", true};
inline constexpr store::Table kLoginProfiles{"iam", "login"};

struct AccountAlias {
  std::string alias;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, alias); a(unknown); }
};

struct AliasOwner {
  std::string account;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, account); a(unknown); }
};

struct PasswordPolicy {
  int64_t minimum_length = 6;
  bool symbols = false, numbers = false, uppercase = false, lowercase = false;   ///< required
  bool users_may_change = false;
  int64_t max_age_days = 0;                ///< 0: passwords do not expire
  int64_t reuse_prevention = 0;            ///< how many of a user's latest passwords cannot be taken again; 0: any can
  bool hard_expiry = false;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, minimum_length); a(2, symbols); a(3, numbers); a(4, uppercase); a(5, lowercase); a(6, users_may_change); a(7, max_age_days);
    a(8, reuse_prevention); a(9, hard_expiry); a(unknown);
  }
};

struct LoginProfile {
  std::string password;                    ///< hash (base/password_hash.h)
  std::vector<std::string> earlier;        ///< hashes of passwords before, newest first
  Millis created = 0, changed = 0;
  bool reset_required = false;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, password); a(2, earlier); a(3, created); a(4, changed); a(5, reset_required); a(unknown); }
};

store::Key alias_key(const Scope& scope);
store::Key alias_owner_key(const Scope& scope, std::string_view alias);
store::Key password_policy_key(const Scope& scope);
store::Key login_profile_key(const Scope& scope, std::string_view user_id);

}  // namespace fogbank::iam
