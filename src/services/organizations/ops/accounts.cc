// DescribeAccount, ListAccounts, ListAccountsForParent, MoveAccount, RemoveAccountFromOrganization, CloseAccount.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html and the like
#include <algorithm>

#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"
#include "services/organizations/paging.h"

namespace fogbank::organizations {
namespace {

constexpr Millis kDay = 86'400'000;

Result<Account> existing_account(store::Reader& reader, const Place& place, std::string_view id) {
  auto account = find_account(reader, place, id);
  if (!account) return fail(account_not_found());
  return std::move(*account);
}

/// Within 30 days a tenth of the member accounts may be closed, ten at least and a thousand at most.
Result<void> count_closing(Organization& org, Millis now) {
  std::erase_if(org.closed_at, [&](int64_t at) { return at + 30 * kDay <= now; });
  int64_t quota = std::clamp<int64_t>((org.accounts - 1) / 10, 10, 1000);
  if (int64_t(org.closed_at.size()) >= quota)
    return fail(constraint("CLOSE_ACCOUNT_QUOTA_EXCEEDED", "You have exceeded the number of accounts that you can close within 30 days."));
  org.closed_at.push_back(now);
  return {};
}

}  // namespace

Result<void> DescribeAccount(Context& cx, const svc::DescribeAccountRequest& in, svc::DescribeAccountResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    FB_ASSIGN(account, existing_account(reader, place, in.AccountId));
    fill_account(cx, reader, place, account, cx.make(out.Account));
    return {};
  });
}

Result<void> ListAccounts(Context& cx, const svc::ListAccountsRequest& in, svc::ListAccountsResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    return page_of_rows(cx, reader, place.key(kAccountOrder), in, out, [&](std::string_view bytes, bool full) {
      auto account = find_account(reader, place, decode<Pointer>(bytes)->id);
      if (account && !full) fill_account(cx, reader, place, *account, out.Accounts.add(cx.arena()));
      return account.has_value();
    });
  });
}

Result<void> ListAccountsForParent(Context& cx, const svc::ListAccountsForParentRequest& in, svc::ListAccountsForParentResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    if (!find_node(reader, place, in.ParentId)) return fail(parent_not_found());
    out.Accounts.reserve(cx.arena(), 1);
    return page_of_rows(cx, reader, children_key(place, in.ParentId, "a"), in, out, [&](std::string_view bytes, bool full) {
      auto account = find_account(reader, place, decode<Pointer>(bytes)->id);
      if (account && !full) fill_account(cx, reader, place, *account, out.Accounts.add(cx.arena()));
      return account.has_value();
    });
  });
}

Result<void> MoveAccount(Context& cx, const svc::MoveAccountRequest& in, svc::MoveAccountOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(account, existing_account(tx, place, in.AccountId));
    if (account.parent != in.SourceParentId.view()) return fail("SourceParentNotFoundException", "You specified a source parent that doesn't exist.");
    if (!find_node(tx, place, in.DestinationParentId))
      return fail("DestinationParentNotFoundException", "You specified a destination parent that doesn't exist.");
    if (account.parent == in.DestinationParentId.view())
      return fail("DuplicateAccountException", "The account is already present in the specified destination.");
    tx.erase(child_key(place, account.parent, "a", account.order));
    account.parent = in.DestinationParentId.view();
    tx.put_record(child_key(place, account.parent, "a", account.order), Pointer{account.id, {}});
    put_account(tx, place, account);
    return {};
  });
}

Result<void> RemoveAccountFromOrganization(Context& cx, const svc::RemoveAccountFromOrganizationRequest& in, svc::RemoveAccountFromOrganizationOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    if (place.org.management == in.AccountId.view()) return fail(master_cannot_leave());
    FB_ASSIGN(account, existing_account(tx, place, in.AccountId));
    leave(tx, place, account);
    return {};
  });
}

Result<void> CloseAccount(Context& cx, const svc::CloseAccountRequest& in, svc::CloseAccountOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(account, existing_account(tx, place, in.AccountId));
    if (place.org.management == account.id) return fail(constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You cannot close the management account."));
    if (account.status == kSuspended) return fail("AccountAlreadyClosedException", "The provided account is already closed.");
    FB_TRY(count_closing(place.org, cx.now()));
    account.status = kSuspended;
    put_account(tx, place, account);
    return {};
  });
}

}  // namespace fogbank::organizations
