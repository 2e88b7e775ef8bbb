// What Organizations keeps. Everything of an organization lives in its management account under the organization's id, so that deleting
// it is forgetting the id; a task erases the rest. Which organization an account is in, and whose e-mail address is taken, is known in
// the whole partition.
//
// Attachments of a policy type count only while they carry the type's generation: enabling a type raises it, and whatever has no list of
// that generation has AWS's own policy that allows everything. So enabling and disabling touch one record, however large the tree.
// Every change that may bear on a decision writes the stamp (Table kStamps) in the same transaction; caches depend on it (levels.h).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "store/store.h"

namespace fogbank::organizations {

inline constexpr store::Table kOrganizations{"organizations", "organization"};
inline constexpr store::Table kNodes{"organizations", "node"};              ///< the root and the units, by id
inline constexpr store::Table kAccounts{"organizations", "account"};        ///< by id
inline constexpr store::Table kChildren{"organizations", "child"};          ///< (parent, kind, order) → id
inline constexpr store::Table kUnitNames{"organizations", "unit_name"};     ///< (parent, name) → id
inline constexpr store::Table kAccountOrder{"organizations", "account_order"};   ///< order → id
inline constexpr store::Table kPolicies{"organizations", "policy", true};
inline constexpr store::Table kPolicyOrder{"organizations", "policy_order"};     ///< (type, order) → id
inline constexpr store::Table kPolicyNames{"organizations", "policy_name"};      ///< (type, name) → id
inline constexpr store::Table kCreations{"organizations", "creation"};      ///< requests to create accounts, by id
inline constexpr store::Table kCreationOrder{"organizations", "creation_order"};
inline constexpr store::Table kServices{"organizations", "service"};        ///< trusted services, by principal
inline constexpr store::Table kMembers{"organizations", "member"};          ///< whole partition: account → Member
inline constexpr store::Table kEmails{"organizations", "email"};            ///< whole partition: address in lower case → account
inline constexpr store::Table kIdentities{"organizations", "identity"};     ///< whole partition: account made here → its name and address
inline constexpr store::Table kStamps{"organizations", "stamp", true};      ///< whole partition: one record

struct TypeState {
  std::string type;
  bool enabled = false;
  uint64_t generation = 0;     ///< raised whenever the type is enabled
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, type); a(2, enabled); a(3, generation); a(unknown); }
};

struct Organization {
  std::string id, management, feature_set, root;
  Millis created = 0;
  std::vector<TypeState> types;            ///< enabled now or once
  int64_t accounts = 0;                    ///< with the management account
  int64_t creating = 0;                    ///< requests in progress
  int64_t units = 0;
  std::map<std::string, int64_t> policies; ///< number of each type, without AWS's own
  std::vector<int64_t> closed_at;          ///< accounts closed within the last 30 days
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, management); a(3, feature_set); a(4, root); a(5, created); a(6, types); a(7, accounts); a(8, creating); a(9, units);
    a(10, policies); a(11, closed_at); a(unknown);
  }
};

struct Tag {
  std::string key, value;
  template <class A> void fields(A& a) { a(1, key); a(2, value); }
};

/// The policies of one type attached to a root, unit or account.
struct Attachments {
  std::string type;
  uint64_t generation = 0;
  std::vector<std::string> policies;       ///< in the order in which they were attached
  template <class A> void fields(A& a) { a(1, type); a(2, generation); a(3, policies); }
};

/// The root (no parent, depth 0) or an organizational unit.
struct Node {
  std::string id, parent, name;
  int64_t depth = 0;
  uint64_t order = 0;                      ///< of creation
  std::vector<Attachments> attachments;
  std::vector<Tag> tags;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(2, parent); a(3, name); a(4, depth); a(5, order); a(6, attachments); a(7, tags); a(unknown); }
};

struct Account {
  std::string id, parent, name, email;
  bool invited = false;
  std::string status;                      ///< ACTIVE, SUSPENDED
  Millis joined = 0;
  uint64_t order = 0;
  std::vector<Attachments> attachments;
  std::vector<Tag> tags;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, parent); a(3, name); a(4, email); a(5, invited); a(6, status); a(7, joined); a(8, order); a(9, attachments); a(10, tags); a(unknown);
  }
};

struct Policy {
  std::string id, type, name, description, content;
  uint64_t order = 0;
  int64_t attached = 0;                    ///< to how many targets, in this generation of its type
  uint64_t generation = 0;
  std::vector<Tag> tags;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, type); a(3, name); a(4, description); a(5, content); a(6, order); a(7, attached); a(8, generation); a(9, tags); a(unknown);
  }
};

/// A request to create an account. Its account id is chosen at once and shown when the account exists.
struct Creation {
  std::string id, account_name, email, role_name, account, billing, state, failure;
  std::vector<Tag> tags;
  Millis requested = 0, completed = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, account_name); a(3, email); a(4, role_name); a(5, account); a(6, billing); a(7, state); a(8, failure); a(9, tags);
    a(10, requested); a(11, completed); a(unknown);
  }
};

struct TrustedService {
  std::string principal;
  Millis enabled = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, principal); a(2, enabled); a(unknown); }
};

struct Member {
  std::string partition, management, organization;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, partition); a(2, management); a(3, organization); a(unknown); }
};

/// Name and e-mail address of an account that was made here, in whatever organization it is now.
struct AccountIdentity {
  std::string name, email;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, email); a(unknown); }
};

struct Stamp {
  uint64_t version = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, version); a(unknown); }
};

/// A row that only points to an id.
struct Pointer {
  std::string id;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(unknown); }
};

Scope management_scope(std::string_view partition, std::string_view account);
store::Key member_key(std::string_view account);
store::Key email_key(std::string_view email);
store::Key identity_key(std::string_view account);
store::Key stamp_key();

}  // namespace fogbank::organizations
