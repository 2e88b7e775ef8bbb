// Organizations through the chain, on the hostile store (write functions run again at random) and on SQLite.
#include <doctest/doctest.h>

#include "auth/policy/evaluate.h"
#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "gen/organizations/operations.h"
#include "gen/sqs/operations.h"
#include "services/organizations/levels.h"
#include "services/organizations/tree.h"

using namespace fogbank;
namespace svc = fogbank::organizations::svc;
namespace op = fogbank::organizations::op;
namespace orgs = fogbank::organizations;
using testing::TestCore;

namespace {

constexpr const char* kManagement = "000000000000";
constexpr const char* kDenySqs = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sqs:*","Resource":"*"}]})";

template <class T> std::string code(const Result<T>& r) { return r ? "ok" : r.error().code; }
template <class T> std::string message(const Result<T>& r) { return r ? "ok" : r.error().message; }

/// An organization of the development account with both policy types enabled.
struct Org : TestCore {
  explicit Org(bool hostile = true, uint64_t seed = 1) : TestCore(hostile, seed) {
    auto made = call<op::CreateOrganization>(svc::CreateOrganizationRequest{});
    REQUIRE_MESSAGE(made, message(made));
    id = std::string((*made)->Organization->Id);
    root = std::string((*call<op::ListRoots>(svc::ListRootsRequest{}))->Roots[0].Id);
    for (const char* type : {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}) REQUIRE(enable(type));
  }
  Result<const svc::EnablePolicyTypeResponse*> enable(const char* type) {
    svc::EnablePolicyTypeRequest in{};
    in.RootId = Str(std::string_view(root));
    in.PolicyType = type;
    return call<op::EnablePolicyType>(in);
  }
  Result<const svc::DisablePolicyTypeResponse*> disable(const char* type) {
    svc::DisablePolicyTypeRequest in{};
    in.RootId = Str(std::string_view(root));
    in.PolicyType = type;
    return call<op::DisablePolicyType>(in);
  }
  std::string unit(std::string_view parent, std::string_view name) {
    svc::CreateOrganizationalUnitRequest in{};
    in.ParentId = parent;
    in.Name = name;
    auto made = call<op::CreateOrganizationalUnit>(in);
    REQUIRE_MESSAGE(made, message(made));
    return std::string((*made)->OrganizationalUnit->Id);
  }
  std::string request(std::string_view name, std::string_view email) {
    svc::CreateAccountRequest in{};
    in.AccountName = name;
    in.Email = email;
    auto made = call<op::CreateAccount>(in);
    REQUIRE_MESSAGE(made, message(made));
    CHECK((*made)->CreateAccountStatus->State == "IN_PROGRESS");
    CHECK_FALSE((*made)->CreateAccountStatus->AccountId.has());
    return std::string((*made)->CreateAccountStatus->Id);
  }
  const svc::CreateAccountStatus& status(const std::string& request) {
    svc::DescribeCreateAccountStatusRequest in{};
    in.CreateAccountRequestId = Str(std::string_view(request));
    auto s = call<op::DescribeCreateAccountStatus>(in);
    REQUIRE_MESSAGE(s, message(s));
    return *(*s)->CreateAccountStatus;
  }
  std::string account(std::string_view name) {
    std::string r = request(name, cat(name, "@example.com"));
    drain();
    const auto& s = status(r);
    REQUIRE(s.State == "SUCCEEDED");
    return std::string(s.AccountId);
  }
  std::string policy(std::string_view name, std::string_view content = kDenySqs, const char* type = "SERVICE_CONTROL_POLICY") {
    svc::CreatePolicyRequest in{};
    in.Name = name;
    in.Description = "";
    in.Type = type;
    in.Content = content;
    auto made = call<op::CreatePolicy>(in);
    REQUIRE_MESSAGE(made, message(made));
    return std::string((*made)->Policy->PolicySummary->Id);
  }
  Result<const svc::AttachPolicyOutput*> attach(std::string_view policy, std::string_view target) {
    svc::AttachPolicyRequest in{};
    in.PolicyId = policy;
    in.TargetId = target;
    return call<op::AttachPolicy>(in);
  }
  Result<const svc::DetachPolicyOutput*> detach(std::string_view policy, std::string_view target) {
    svc::DetachPolicyRequest in{};
    in.PolicyId = policy;
    in.TargetId = target;
    return call<op::DetachPolicy>(in);
  }
  Result<const svc::MoveAccountOutput*> move(std::string_view account, std::string_view from, std::string_view to) {
    svc::MoveAccountRequest in{};
    in.AccountId = account;
    in.SourceParentId = from;
    in.DestinationParentId = to;
    return call<op::MoveAccount>(in);
  }
  /// A call in a member account.
  std::string list_queues(const std::string& account, std::string* text = nullptr) {
    auto r = call<sqs::op::ListQueues>(sqs::svc::ListQueuesRequest{}, auth::development_principal(account));
    if (text) *text = message(r);
    return code(r);
  }
  std::shared_ptr<const orgs::AccountLevels> levels(const std::string& account) { return core().state<orgs::Levels>().of(account); }
  size_t records(const store::Table& table) {
    size_t n = 0;
    store().read([&](store::Reader& reader) {
      reader.scan_prefix(store::key(orgs::management_scope("aws", kManagement), table), [&](auto, auto, auto) { return ++n > 0; });
    });
    return n;
  }

  std::string id, root;
};

}  // namespace

TEST_CASE("account_is_made_by_a_task_with_its_role") {
  for (bool hostile : {true, false}) {
    Org t(hostile);
    std::string request = t.request("dev", "dev@example.com");
    CHECK(t.status(request).State == "IN_PROGRESS");
    t.drain();
    const auto& done = t.status(request);
    CHECK(done.State == "SUCCEEDED");
    std::string account(done.AccountId);
    CHECK(done.CompletedTimestamp.has());
    iam::svc::ListAttachedRolePoliciesRequest in{};
    in.RoleName = "OrganizationAccountAccessRole";
    auto attached = t.call<iam::op::ListAttachedRolePolicies>(in, auth::development_principal(account));
    REQUIRE_MESSAGE(attached, message(attached));
    REQUIRE((*attached)->AttachedPolicies.size() == 1);
    CHECK((*attached)->AttachedPolicies[0].PolicyArn == "arn:aws:iam::aws:policy/AdministratorAccess");
    auto l = t.levels(account);
    CHECK(l->organization_path == cat(t.id, "/", t.root, "/"));
    REQUIRE(l->scps.size() == 2);
    CHECK(l->scps[0].name == t.root);
    CHECK(l->scps[1].name == account);
  }
}

TEST_CASE("two_requests_with_one_address_make_one_account") {
  Org t;
  std::string a = t.request("a", "same@example.com"), b = t.request("b", "SAME@example.com");
  t.drain();
  std::string first(t.status(a).State), second(t.status(b).State);
  CHECK(((first == "SUCCEEDED") != (second == "SUCCEEDED")));
  CHECK(t.status(first == "FAILED" ? a : b).FailureReason == "EMAIL_ALREADY_EXISTS");
  std::string c = t.request("c", "Master@example.com");
  t.drain();
  CHECK(t.status(c).FailureReason == "EMAIL_ALREADY_EXISTS");
}

TEST_CASE("a_change_of_policies_acts_on_the_next_call") {
  for (uint64_t seed = 1; seed <= 5; seed++) {
    Org t(true, seed);
    std::string unit = t.unit(t.root, "u"), account = t.account("dev"), p = t.policy("p");
    CHECK(t.list_queues(account) == "ok");
    REQUIRE(t.attach(p, unit));
    CHECK(t.list_queues(account) == "ok");
    REQUIRE(t.move(account, t.root, unit));
    std::string text;
    CHECK(t.list_queues(account, &text) == "AccessDeniedException");
    CHECK(text.ends_with("with an explicit deny in a service control policy"));
    CHECK(t.last().decision.find(cat(" at ", unit)) != std::string::npos);
    CHECK(t.list_queues(kManagement) == "ok");
    REQUIRE(t.detach(p, unit));
    CHECK(t.list_queues(account) == "ok");
    REQUIRE(t.attach(p, account));
    CHECK(t.list_queues(account) != "ok");
    REQUIRE(t.disable("SERVICE_CONTROL_POLICY"));
    CHECK(t.list_queues(account) == "ok");
    REQUIRE(t.enable("SERVICE_CONTROL_POLICY"));
    CHECK(t.list_queues(account) == "ok");
  }
}

TEST_CASE("a_transaction_sees_the_levels_that_it_has_changed") {
  Org t(false);
  std::string account = t.account("dev"), p = t.policy("p");
  orgs::Levels& levels = t.core().state<orgs::Levels>();
  CHECK(levels.of(account)->scps.back().policies.size() == 1);
  auto written = t.store().write([&](store::Txn& tx) -> Result<void> {
    auto place = orgs::find_organization(tx, account);
    auto target = orgs::find_target(tx, *place, account);
    orgs::set_attached(place->org, target->attachments(), orgs::kServiceControl, {p});
    orgs::put_target(tx, *place, *target);
    orgs::put_organization(tx, *place);
    CHECK(levels.of(account, tx)->scps.back().policies.at(0).name.ends_with(p));
    return {};
  });
  REQUIRE(written);
  CHECK(levels.of(account)->scps.back().policies.at(0).name.ends_with("p-FullAWSAccess"));  // not committed yet
  t.store().commit();
  CHECK(levels.of(account)->scps.back().policies.at(0).name.ends_with(p));
}

TEST_CASE("disabling_a_type_detaches_its_policies_for_good") {
  Org t;
  std::string unit = t.unit(t.root, "u"), p = t.policy("p");
  REQUIRE(t.attach(p, unit));
  REQUIRE(t.detach("p-FullAWSAccess", unit));
  REQUIRE(t.disable("SERVICE_CONTROL_POLICY"));
  CHECK(code(t.attach(p, unit)) == "PolicyTypeNotEnabledException");
  REQUIRE(t.enable("SERVICE_CONTROL_POLICY"));
  CHECK(code(t.detach(p, unit)) == "PolicyNotAttachedException");
  svc::DeletePolicyRequest in{};
  in.PolicyId = Str(std::string_view(p));
  CHECK(t.call<op::DeletePolicy>(in));
  CHECK(code(t.detach("p-FullAWSAccess", unit)) == "ConstraintViolationException");
}

TEST_CASE("root_users_are_bound_and_services_are_not") {
  Org t;
  std::string account = t.account("dev"), p = t.policy("p");
  REQUIRE(t.attach(p, t.root));
  auth::Principal root;
  root.kind = auth::PrincipalKind::root;
  root.account = account;
  root.arn = cat("arn:aws:iam::", account, ":root");
  CHECK(code(t.call<sqs::op::ListQueues>(sqs::svc::ListQueuesRequest{}, root)) == "AccessDeniedException");
  auto set = t.core().identity().policies_of(auth::service_principal("s3.amazonaws.com", "arn:aws:s3:::b", account));
  CHECK(set->scps.empty());
  CHECK(set->organization_id.empty());
  auto management = t.core().identity().policies_of(auth::development_principal(kManagement));
  CHECK(management->exempt_from_scps);
  CHECK(management->organization_id == t.id);
}

TEST_CASE("deleted_organization_leaves_nothing_behind") {
  Org t;
  std::string unit = t.unit(t.root, "u");
  for (int i = 0; i < 450; i++) t.policy(cat("p", i));
  CHECK(code(t.call<op::DeleteOrganization>(svc::DeleteOrganizationInput{})) == "ok");
  CHECK(code(t.call<op::DescribeOrganization>(svc::DescribeOrganizationInput{})) == "AWSOrganizationsNotInUseException");
  t.drain();
  for (const store::Table* table : {&orgs::kOrganizations, &orgs::kNodes, &orgs::kAccounts, &orgs::kChildren, &orgs::kUnitNames, &orgs::kAccountOrder,
                                    &orgs::kPolicies, &orgs::kPolicyOrder, &orgs::kPolicyNames})
    CHECK_MESSAGE(t.records(*table) == 0, table->name);
  CHECK(t.levels(kManagement)->organization_id.empty());
  auto again = t.call<op::CreateOrganization>(svc::CreateOrganizationRequest{});
  REQUIRE(again);
  CHECK(std::string((*again)->Organization->Id) != t.id);
}

TEST_CASE("accounts_closed_within_thirty_days_are_counted") {
  Org t;
  std::vector<std::string> accounts;
  for (int i = 0; i < 11; i++) accounts.push_back(t.account(cat("a", i)));
  auto close = [&](const std::string& account) {
    svc::CloseAccountRequest in{};
    in.AccountId = Str(std::string_view(account));
    return t.call<op::CloseAccount>(in);
  };
  for (int i = 0; i < 10; i++) REQUIRE(close(accounts[size_t(i)]));
  auto last = close(accounts[10]);
  REQUIRE_FALSE(last);
  CHECK(last.error().members == std::vector<std::pair<std::string, std::string>>{{"Reason", "CLOSE_ACCOUNT_QUOTA_EXCEEDED"}});
  t.core().clock().advance_to(t.core().now() + Millis(31) * 86'400'000);
  CHECK(close(accounts[10]));
}

TEST_CASE("figures: a decision in a member account") {
  if (!std::getenv("FOGBANK_SLOW")) { MESSAGE("skipped: set FOGBANK_SLOW=1 to measure"); return; }
  Org t(false);
  std::string parent = t.root;
  for (int i = 0; i < 2; i++) parent = t.unit(parent, cat("u", i));
  std::string account = t.account("dev");
  REQUIRE(t.move(account, t.root, parent));
  int n = 0;
  for (std::string_view target : {std::string_view(t.root), std::string_view(parent), std::string_view(account)}) {
    for (int i = 0; i < (target == account ? 4 : 3); i++, n++) {
      std::string content = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["s3:Put*","ec2:Run*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["r)", n, R"("]}}}]})");
      REQUIRE(t.attach(t.policy(cat("p", n), content), target));
    }
  }
  auto who = auth::development_principal(account);
  auto& identity = t.core().identity();
  policy::Action action("s3:GetObject");
  auto boundary = policy::compile(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})", policy::PolicyKind::boundary);
  policy::Attached edge{*boundary, "edge"};
  constexpr int kRuns = 200000;
  int64_t begin = steady_micros();
  size_t allowed = 0;
  for (int i = 0; i < kRuns; i++) {
    auto set = identity.policies_of(who);
    auto owner = identity.policies_of_account(account);
    std::vector<policy::Level> scps, rcps;
    for (const auto& l : set->scps) scps.push_back({l.policies, l.name});
    for (const auto& l : owner->rcps) rcps.push_back({l.policies, l.name});
    policy::Input in;
    in.request.principal = &set->who;
    in.request.action = &action;
    in.request.resource = "arn:aws:s3:::bucket/key";
    in.request.resource_account = account;
    in.identity = set->identity;
    in.boundary = &edge;
    in.scps = scps;
    in.rcps = rcps;
    allowed += policy::evaluate(in).allowed();
  }
  CHECK(allowed == kRuns);
  MESSAGE("levels " << identity.policies_of(who)->scps.size() << ", attached " << n << ": " << double(steady_micros() - begin) / kRuns << " us");
}
