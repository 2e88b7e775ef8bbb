// The organization of a caller, and its roots, units, accounts and policies as a transaction or snapshot sees them.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/context.h"
#include "services/organizations/rules.h"
#include "services/organizations/state.h"

namespace fogbank::organizations {

/// An organization and where its records are.
struct Place {
  Scope scope;              ///< the management account
  Organization org;

  template <class... Part> store::Key key(const store::Table& table, const Part&... parts) const {
    return store::key(scope, table, std::string_view(org.id), parts...);
  }
};

/// The organization that an account is in; nothing if in none.
std::optional<Place> find_organization(store::Reader& reader, std::string_view account);
/// The caller's organization, whether it is the management account or a member.
Result<Place> organization_of_caller(store::Reader& reader, Context& cx);
/// The caller's organization, which it manages.
Result<Place> managed_by_caller(store::Reader& reader, Context& cx);

/// A read of the management account: `f(reader, place)`.
Result<void> look(Context& cx, const std::function<Result<void>(store::Reader&, Place&)>& f);
/// A change by the management account: `f(txn, place)`, then the organization's record and the stamp are written.
Result<void> change(Context& cx, const std::function<Result<void>(store::Txn&, Place&)>& f);
/// Writes the organization's record, and the stamp that tells caches of the change.
void put_organization(store::Txn& tx, const Place& place);
void stamp(store::Txn& tx);

std::optional<Node> find_node(store::Reader& reader, const Place& place, std::string_view id);
std::optional<Account> find_account(store::Reader& reader, const Place& place, std::string_view id);
/// AWS's own policies are found too.
std::optional<Policy> find_policy(store::Reader& reader, const Place& place, std::string_view id);
void put_node(store::Txn& tx, const Place& place, const Node& node);
void put_account(store::Txn& tx, const Place& place, const Account& account);
void put_policy(store::Txn& tx, const Place& place, const Policy& policy);

/// Adds the account to the organization (its record, the indexes, the membership, the count) below its parent.
void join(store::Txn& tx, Place& place, Account account);
/// Takes it out again; its policies are detached.
void leave(store::Txn& tx, Place& place, const Account& account);
/// Everything that points from a parent to a child; `kind` is 'a' or 'u'.
store::Key child_key(const Place& place, std::string_view parent, std::string_view kind, uint64_t order);
store::Key children_key(const Place& place, std::string_view parent, std::string_view kind);

/// One more or one less target of a policy.
void count_attachment(store::Txn& tx, const Place& place, std::string_view policy_id, int by);
/// All attachments of a target that goes away.
void drop_attachments(store::Txn& tx, const Place& place, const std::vector<Attachments>& all);
bool in_use(const Place& place, const Policy& policy);

/// "o-…/r-…/ou-…/" of a root or unit.
std::string path_of(store::Reader& reader, const Place& place, std::string_view node);

/// A root, unit or account that policies are attached to and tags are on.
struct Target {
  std::optional<Node> node;
  std::optional<Account> account;
  std::vector<Attachments>& attachments() { return node ? node->attachments : account->attachments; }
  std::vector<Tag>& tags() { return node ? node->tags : account->tags; }
};
std::optional<Target> find_target(store::Reader& reader, const Place& place, std::string_view id);
void put_target(store::Txn& tx, const Place& place, const Target& target);

}  // namespace fogbank::organizations
