#include "services/organizations/tree.h"

#include "base/strings.h"
#include "services/organizations/errors.h"

namespace fogbank::organizations {
namespace {

Policy aws_policy(const PolicyType& type) {
  Policy p;
  p.id = type.full_access;
  p.type = type.name;
  p.name = type.full_access_name;
  p.description = type.full_access_description;
  p.content = type.full_access_content;
  return p;
}

}  // namespace

std::optional<Place> find_organization(store::Reader& reader, std::string_view account) {
  auto member = reader.get_as<Member>(member_key(account));
  if (!member) return std::nullopt;
  Place place{management_scope(member->partition, member->management), {}};
  place.org.id = member->organization;
  auto org = reader.get_as<Organization>(place.key(kOrganizations));
  if (!org) return std::nullopt;  // the management account was reset
  place.org = std::move(*org);
  return place;
}

Result<Place> organization_of_caller(store::Reader& reader, Context& cx) {
  auto place = find_organization(reader, cx.caller().account);
  if (!place) return fail(not_in_use());
  return std::move(*place);
}

Result<Place> managed_by_caller(store::Reader& reader, Context& cx) {
  FB_ASSIGN(place, organization_of_caller(reader, cx));
  if (place.org.management != cx.caller().account.str()) return fail(no_access());
  return place;
}

Result<void> look(Context& cx, const std::function<Result<void>(store::Reader&, Place&)>& f) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto place = managed_by_caller(reader, cx);
    result = place ? f(reader, *place) : Result<void>(fail(std::move(place.error())));
  });
  return result;
}

Result<void> change(Context& cx, const std::function<Result<void>(store::Txn&, Place&)>& f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(place, managed_by_caller(tx, cx));
    FB_TRY(f(tx, place));
    put_organization(tx, place);
    return {};
  });
}

void put_organization(store::Txn& tx, const Place& place) {
  tx.put_record(place.key(kOrganizations), place.org);
  stamp(tx);
}
void stamp(store::Txn& tx) {
  Stamp s;
  s.version = tx.version();
  tx.put_record(stamp_key(), s);
}

std::optional<Node> find_node(store::Reader& reader, const Place& place, std::string_view id) { return reader.get_as<Node>(place.key(kNodes, id)); }
std::optional<Account> find_account(store::Reader& reader, const Place& place, std::string_view id) {
  return reader.get_as<Account>(place.key(kAccounts, id));
}
std::optional<Policy> find_policy(store::Reader& reader, const Place& place, std::string_view id) {
  if (const PolicyType* type = type_of_aws_policy(id)) return aws_policy(*type);
  return reader.get_as<Policy>(place.key(kPolicies, id));
}
void put_node(store::Txn& tx, const Place& place, const Node& node) { tx.put_record(place.key(kNodes, std::string_view(node.id)), node); }
void put_account(store::Txn& tx, const Place& place, const Account& account) { tx.put_record(place.key(kAccounts, std::string_view(account.id)), account); }
void put_policy(store::Txn& tx, const Place& place, const Policy& policy) { tx.put_record(place.key(kPolicies, std::string_view(policy.id)), policy); }

store::Key children_key(const Place& place, std::string_view parent, std::string_view kind) { return place.key(kChildren, parent, kind); }
store::Key child_key(const Place& place, std::string_view parent, std::string_view kind, uint64_t order) {
  return place.key(kChildren, parent, kind, order);
}

void join(store::Txn& tx, Place& place, Account account) {
  account.order = tx.next(place.scope, "organizations");
  put_account(tx, place, account);
  tx.put_record(place.key(kAccountOrder, account.order), Pointer{account.id, {}});
  tx.put_record(child_key(place, account.parent, "a", account.order), Pointer{account.id, {}});
  tx.put_record(member_key(account.id), Member{place.scope.partition.str(), place.org.management, place.org.id, {}});
  place.org.accounts++;
}

void leave(store::Txn& tx, Place& place, const Account& account) {
  drop_attachments(tx, place, account.attachments);
  tx.erase(place.key(kAccounts, std::string_view(account.id)));
  tx.erase(place.key(kAccountOrder, account.order));
  tx.erase(child_key(place, account.parent, "a", account.order));
  tx.erase(member_key(account.id));
  place.org.accounts--;
}

void count_attachment(store::Txn& tx, const Place& place, std::string_view policy_id, int by) {
  if (type_of_aws_policy(policy_id)) return;
  auto policy = find_policy(tx, place, policy_id);
  const TypeState* state = policy ? enabled_type(place.org, policy->type) : nullptr;
  if (!state) return;
  if (policy->generation != state->generation) policy->attached = 0;
  policy->generation = state->generation;
  policy->attached += by;
  put_policy(tx, place, *policy);
}

void drop_attachments(store::Txn& tx, const Place& place, const std::vector<Attachments>& all) {
  for (const Attachments& a : all)
    for (const std::string& id : attached_policies(place.org, all, a.type)) count_attachment(tx, place, id, -1);
}

bool in_use(const Place& place, const Policy& policy) {
  const TypeState* state = enabled_type(place.org, policy.type);
  return state && state->generation == policy.generation && policy.attached > 0;
}

std::string path_of(store::Reader& reader, const Place& place, std::string_view node) {
  std::string below;
  std::string id(node);
  for (int64_t i = 0; i <= kMaxDepth && !id.empty(); i++) {
    below = cat(id, '/', below);
    auto n = find_node(reader, place, id);
    id = n ? n->parent : std::string();
  }
  return cat(place.org.id, '/', below);
}

std::optional<Target> find_target(store::Reader& reader, const Place& place, std::string_view id) {
  Target t;
  if (is_root_id(id) || is_unit_id(id)) t.node = find_node(reader, place, id);
  else t.account = find_account(reader, place, id);
  if (!t.node && !t.account) return std::nullopt;
  return t;
}

void put_target(store::Txn& tx, const Place& place, const Target& target) {
  if (target.node) put_node(tx, place, *target.node);
  else put_account(tx, place, *target.account);
}

}  // namespace fogbank::organizations
