// A new account is made in three steps, each of which happens once whatever crashes in between: its e-mail address is taken, its role is
// made through IAM by the account's own root (before it is a member, so that no policy of the organization is in the way), and then the
// account joins in the transaction that ends the task.
#include "services/organizations/tasks.h"

#include "base/strings.h"
#include "gateway/tasks.h"
#include "gen/iam/operations.h"
#include "gen/organizations/operations.h"
#include "services/organizations/errors.h"

namespace fogbank::organizations {
namespace {

constexpr size_t kErasedPerRun = 400;
constexpr int kLastAttempt = 7;

struct CreateWork {
  std::string management, creation;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, management); a(2, creation); a(unknown); }
};
struct EraseWork {
  std::string organization;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, organization); a(unknown); }
};

/// What a transaction of the task works on, copied into it.
struct Step {
  CreateWork work;
  Millis now = 0;
  std::string failure;
};

struct Found {
  Place place;
  Creation creation;
};
/// The request while it is in progress.
std::optional<Found> find(store::Reader& reader, const CreateWork& work) {
  auto place = find_organization(reader, work.management);
  if (!place) return std::nullopt;
  auto creation = reader.get_as<Creation>(place->key(kCreations, std::string_view(work.creation)));
  if (!creation || creation->state != kInProgress) return std::nullopt;
  return Found{std::move(*place), std::move(*creation)};
}

void end_creation(store::Txn& tx, Found& found, std::string_view state, std::string_view failure, Millis now) {
  found.creation.state = state;
  found.creation.failure = failure;
  found.creation.completed = now;
  found.place.org.creating--;
  tx.put_record(found.place.key(kCreations, std::string_view(found.creation.id)), found.creation);
  put_organization(tx, found.place);
}

Result<void> take_email(store::Txn& tx, const Step& step) {
  auto found = find(tx, step.work);
  if (!found) return {};
  auto owner = tx.get_as<Pointer>(email_key(found->creation.email));
  auto management = find_account(tx, found->place, found->place.org.management);
  bool taken = owner ? owner->id != found->creation.account : management && iequals(management->email, found->creation.email);
  if (taken) end_creation(tx, *found, kFailed, "EMAIL_ALREADY_EXISTS", step.now);
  else tx.put_record(email_key(found->creation.email), Pointer{found->creation.account, {}});
  return {};
}

Result<void> give_up(store::Txn& tx, const Step& step) {
  auto found = find(tx, step.work);
  if (!found) return {};
  tx.erase(email_key(found->creation.email));
  end_creation(tx, *found, kFailed, step.failure, step.now);
  return {};
}

Result<void> join_organization(store::Txn& tx, const Step& step) {
  auto found = find(tx, step.work);
  if (!found) return {};
  const Creation& c = found->creation;
  Account account;
  account.id = c.account;
  account.parent = found->place.org.root;
  account.name = c.account_name;
  account.email = c.email;
  account.status = kActive;
  account.joined = step.now;
  account.tags = c.tags;
  tx.put_record(identity_key(c.account), AccountIdentity{c.account_name, c.email, {}});
  join(tx, found->place, std::move(account));
  end_creation(tx, *found, kSucceeded, {}, step.now);
  return {};
}

auth::Principal root_of(const Scope& scope) {
  auth::Principal p;
  p.kind = auth::PrincipalKind::root;
  p.partition = scope.partition.str();
  p.account = scope.account.str();
  p.arn = cat("arn:", p.partition, ":iam::", p.account, ":root");
  p.user_id = p.account;
  return p;
}

/// The role with which the management account administers the new one.
Result<void> make_role(TaskContext& cx, const Found& found) {
  Scope scope{found.place.scope.partition, AccountId(found.creation.account), Region("us-east-1")};
  auth::Principal root = root_of(scope);
  std::string trust = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:)", scope.partition, ":iam::",
                          found.place.org.management, R"(:root"},"Action":"sts:AssumeRole"}]})");
  iam::svc::CreateRoleRequest role{};
  role.RoleName = cx.str(found.creation.role_name);
  role.AssumeRolePolicyDocument = cx.str(trust);
  FB_TRY(cx.call<iam::op::CreateRole>(1, root, scope, role));
  iam::svc::AttachRolePolicyRequest attach{};
  attach.RoleName = role.RoleName;
  attach.PolicyArn = cx.str(cat("arn:", scope.partition, ":iam::aws:policy/AdministratorAccess"));
  FB_TRY(cx.call<iam::op::AttachRolePolicy>(2, root, scope, attach));
  return {};
}

store::Task make_task(const char* kind, const Place& place, std::string payload, Millis due) {
  store::Task t;
  t.kind = kind;
  t.scope = place.scope;
  t.payload = std::move(payload);
  t.due = due;
  return t;
}

}  // namespace

void schedule_creation(store::Txn& tx, const Place& place, const Creation& creation, Millis due) {
  tx.schedule(make_task("organizations.create_account", place, encode(CreateWork{place.org.management, creation.id, {}}), due));
}
void schedule_erase(store::Txn& tx, const Place& place, Millis due) {
  tx.schedule(make_task("organizations.erase_organization", place, encode(EraseWork{place.org.id, {}}), due));
}

Result<void> create_account(TaskContext& cx) {
  auto work = cx.payload<CreateWork>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  Step step{*work, cx.now(), {}};
  FB_TRY(cx.write(step, [](store::Txn& tx, const Step& s) { return take_email(tx, s); }));
  // What the write left is applied and maybe not committed: a write sees it, a read may not.
  std::optional<Found> found;
  auto seen = cx.core().store().write([&](store::Txn& tx) -> Result<void> { found = find(tx, *work); return {}; });
  if (!seen) return fail(std::move(seen.error()));
  if (!found) return cx.finish();
  if (auto made = make_role(cx, *found); !made) {
    bool may_pass = made.error().status >= 500 && cx.task().attempts < kLastAttempt;
    if (may_pass) return made;
    step.failure = "INTERNAL_FAILURE";
    return cx.finish(step, [](store::Txn& tx, const Step& s) { return give_up(tx, s); });
  }
  return cx.finish(step, [](store::Txn& tx, const Step& s) { return join_organization(tx, s); });
}

namespace {

constexpr const store::Table* kOwned[] = {&kNodes,    &kAccounts,    &kChildren,  &kUnitNames,     &kAccountOrder, &kPolicies,
                                          &kPolicyOrder, &kPolicyNames, &kCreations, &kCreationOrder, &kServices};

struct EraseStep {
  EraseWork work;
  Scope scope;
  Millis now;
};

Result<void> erase_some(store::Txn& tx, const EraseStep& step) {
  std::vector<store::Key> keys;
  for (const store::Table* table : kOwned) {
    store::Key prefix = store::key(step.scope, *table, std::string_view(step.work.organization));
    tx.scan_prefix(prefix, [&](std::string_view key, std::string_view, store::Version) {
      keys.push_back(store::Key::raw(std::string(key), prefix.authority()));
      return keys.size() < kErasedPerRun;
    });
    if (keys.size() >= kErasedPerRun) break;
  }
  for (const auto& k : keys) tx.erase(k);
  if (keys.size() < kErasedPerRun) return {};
  store::Task next;
  next.kind = "organizations.erase_organization";
  next.scope = step.scope;
  next.payload = encode(step.work);
  next.due = step.now;
  tx.schedule(std::move(next));
  return {};
}

}  // namespace

Result<void> erase_organization(TaskContext& cx) {
  auto work = cx.payload<EraseWork>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  return cx.finish(EraseStep{*work, cx.task().scope, cx.now()}, [](store::Txn& tx, const EraseStep& s) { return erase_some(tx, s); });
}

}  // namespace fogbank::organizations
