// CreateAccount, DescribeCreateAccountStatus, ListCreateAccountStatus. The account is made by a task (tasks.cc).
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
#include <algorithm>

#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"
#include "services/organizations/paging.h"
#include "services/organizations/tasks.h"

namespace fogbank::organizations {

Result<void> CreateAccount(Context& cx, const svc::CreateAccountRequest& in, svc::CreateAccountResponse& out) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    if (in.RoleName.view().starts_with("AWSServiceRoleFor"))
      return fail(invalid_input("INVALID_ROLE_NAME", "You provided a role name that isn't valid."));
    if (place.org.accounts + place.org.creating >= kMaxAccounts)
      return fail(constraint("ACCOUNT_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of AWS accounts."));
    Creation c;
    FB_TRY(merge_tags(c.tags, tags_of(in.Tags)));
    c.id = new_creation_id(cx.random());
    do c.account = new_account_id(cx.random()); while (tx.has(member_key(c.account)));
    c.account_name = in.AccountName.view();
    c.email = in.Email.view();
    c.role_name = in.RoleName.value_or("OrganizationAccountAccessRole");
    c.billing = in.IamUserAccessToBilling.value_or("ALLOW");
    c.state = kInProgress;
    c.requested = cx.now();
    tx.put_record(place.key(kCreations, std::string_view(c.id)), c);
    tx.put_record(place.key(kCreationOrder, tx.next(place.scope, "organizations")), Pointer{c.id, {}});
    place.org.creating++;
    schedule_creation(tx, place, c, cx.now());
    fill_creation(cx, c, cx.make(out.CreateAccountStatus));
    return {};
  });
}

Result<void> DescribeCreateAccountStatus(Context& cx, const svc::DescribeCreateAccountStatusRequest& in, svc::DescribeCreateAccountStatusResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    auto c = reader.get_as<Creation>(place.key(kCreations, in.CreateAccountRequestId.view()));
    if (!c) return fail("CreateAccountStatusNotFoundException", "You specified a create account request that doesn't exist.");
    fill_creation(cx, *c, cx.make(out.CreateAccountStatus));
    return {};
  });
}

Result<void> ListCreateAccountStatus(Context& cx, const svc::ListCreateAccountStatusRequest& in, svc::ListCreateAccountStatusResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    out.CreateAccountStatuses.reserve(cx.arena(), 1);
    return page_of_rows(cx, reader, place.key(kCreationOrder), in, out, [&](std::string_view bytes, bool full) {
      auto c = reader.get_as<Creation>(place.key(kCreations, std::string_view(decode<Pointer>(bytes)->id)));
      bool wanted = c && (in.States.empty() || std::any_of(in.States.begin(), in.States.end(), [&](const Str& s) { return s == c->state; }));
      if (wanted && !full) fill_creation(cx, *c, out.CreateAccountStatuses.add(cx.arena()));
      return wanted;
    });
  });
}

}  // namespace fogbank::organizations
