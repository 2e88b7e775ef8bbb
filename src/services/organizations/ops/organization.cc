// CreateOrganization, DescribeOrganization, DeleteOrganization, LeaveOrganization, ListRoots.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html and the like
#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"
#include "services/organizations/tasks.h"

namespace fogbank::organizations {
namespace {

// What is not known of an account that was not created here.
constexpr std::string_view kManagementName = "master", kManagementEmail = "master@example.com";

Organization new_organization(Context& cx, std::string_view feature_set) {
  Organization org;
  org.id = new_organization_id(cx.random());
  org.root = new_root_id(cx.random());
  org.management = cx.caller().account.str();
  org.feature_set = feature_set;
  org.created = cx.now();
  return org;
}

void fill(Context& cx, store::Reader& reader, const Place& place, Ptr<svc::Organization>& out) {
  auto& answer = cx.make(out);
  fill_organization(cx, place, answer);
  auto management = find_account(reader, place, place.org.management);
  answer.MasterAccountEmail = cx.str(management ? std::string_view(management->email) : kManagementEmail);
}

}  // namespace

// No policy type is enabled in a new root, as AWS leaves it, whatever the feature set.
Result<void> CreateOrganization(Context& cx, const svc::CreateOrganizationRequest& in, svc::CreateOrganizationResponse& out) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    if (find_organization(tx, cx.caller().account)) return fail(already_in_organization());
    Place place{management_scope(cx.caller().partition, cx.caller().account), new_organization(cx, in.FeatureSet.value_or("ALL"))};
    Node root;
    root.id = place.org.root;
    root.name = "Root";
    put_node(tx, place, root);
    Account management;
    management.id = place.org.management;
    management.parent = root.id;
    auto known = tx.get_as<AccountIdentity>(identity_key(management.id));
    management.name = known ? std::string_view(known->name) : kManagementName;
    management.email = known ? std::string_view(known->email) : kManagementEmail;
    management.invited = true;
    management.status = kActive;
    management.joined = cx.now();
    join(tx, place, management);
    put_organization(tx, place);
    fill(cx, tx, place, out.Organization);
    return {};
  });
}

Result<void> DescribeOrganization(Context& cx, const svc::DescribeOrganizationInput&, svc::DescribeOrganizationResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto place = organization_of_caller(reader, cx);
    if (!place) { result = fail(std::move(place.error())); return; }
    fill(cx, reader, *place, out.Organization);
  });
  return result;
}

Result<void> DeleteOrganization(Context& cx, const svc::DeleteOrganizationInput&, svc::DeleteOrganizationOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(place, managed_by_caller(tx, cx));
    if (place.org.accounts > 1 || place.org.creating > 0)
      return fail("OrganizationNotEmptyException", "To delete an organization you must first remove all member accounts (except the master).");
    tx.erase(member_key(place.org.management));
    tx.erase(place.key(kOrganizations));
    schedule_erase(tx, place, cx.now());
    stamp(tx);
    return {};
  });
}

Result<void> LeaveOrganization(Context& cx, const svc::LeaveOrganizationInput&, svc::LeaveOrganizationOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(place, organization_of_caller(tx, cx));
    if (place.org.management == cx.caller().account.str()) return fail(master_cannot_leave());
    auto account = find_account(tx, place, cx.caller().account);
    if (!account) return fail(account_not_found());
    leave(tx, place, *account);
    put_organization(tx, place);
    return {};
  });
}

Result<void> ListRoots(Context& cx, const svc::ListRootsRequest& in, svc::ListRootsResponse& out) {
  if (in.NextToken) return fail(invalid_token());  // there is one root, and so no second page
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    auto root = find_node(reader, place, place.org.root);
    if (root) fill_root(cx, place, *root, out.Roots.add(cx.arena()));
    return {};
  });
}

}  // namespace fogbank::organizations
