// Who may do what with a key: key policies as the root of trust, the lock-out check, grants, conditions.
#include "services/kms/tests/service.h"

namespace fogbank::kms {
namespace {

constexpr const char* kRoot = R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"kms:*","Resource":"*"})";
std::string document(std::string_view statements) { return cat(R"({"Version":"2012-10-17","Statement":[)", statements, "]}"); }
std::string allow(std::string_view action, std::string_view condition = {}) {
  return document(cat(R"({"Effect":"Allow","Action":")", action, R"(","Resource":"*")", condition.empty() ? "" : R"(,"Condition":)", condition, "}"));
}

svc::CreateGrantRequest grant_request(Service& s, std::string_view key, std::string_view grantee, std::initializer_list<const char*> operations) {
  svc::CreateGrantRequest in{};
  in.KeyId = s.str(key);
  in.GranteePrincipal = s.str(grantee);
  for (const char* o : operations) in.Operations.push(s.t.arena(), Str(o));
  return in;
}

}  // namespace

TEST_CASE("identity_policies_count_only_where_the_key_policy_delegates_to_the_account") {
  Service s(true);
  auth::Principal reader = s.user("reader", allow("kms:*")), owner = s.user("owner");
  std::string id = s.create();
  CHECK_FALSE(s.encrypt(id, "x", {}, reader).empty());
  CHECK(s.encrypt(id, "x", {}, owner).empty());
  CHECK(s.error == cat("AccessDeniedException: User: ", owner.arn, " is not authorized to perform: kms:Encrypt on resource: ", s.arn(id),
                       " because no identity-based policy allows the kms:Encrypt action"));
  // Only the named users, and the administrator who has to be able to change it.
  REQUIRE(s.put_policy(id, document(cat(R"({"Effect":"Allow","Principal":{"AWS":[")", owner.arn, R"(",")", s.admin().arn, R"("]},"Action":"kms:*","Resource":"*"})"))));
  CHECK_FALSE(s.encrypt(id, "x", {}, owner).empty());
  CHECK(s.encrypt(id, "x", {}, reader).empty());
  CHECK(s.error.find("because no resource-based policy allows the kms:Encrypt action") != std::string::npos);
}

TEST_CASE("a_policy_that_locks_its_author_out_is_refused_unless_told_otherwise") {
  Service s(true);
  std::string id = s.create();
  auth::Principal other = s.user("other");
  std::string only_other = document(cat(R"({"Effect":"Allow","Principal":{"AWS":")", other.arn, R"("},"Action":"kms:*","Resource":"*"})"));
  CHECK_FALSE(s.put_policy(id, only_other));
  CHECK(s.error == "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.");
  CHECK_FALSE(s.put_policy(id, document(cat(kRoot, R"(,{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"})"))));
  CHECK(s.create({}, {}, only_other).empty());
  CHECK(s.put_policy(id, only_other, true));
  CHECK(s.state(id).starts_with("AccessDeniedException"));
}

TEST_CASE("policies_name_principals_that_exist") {
  Service s(true);
  std::string id = s.create();
  auto with = [&](std::string_view who) { return document(cat(kRoot, R"(,{"Effect":"Allow","Principal":{"AWS":")", who, R"("},"Action":"kms:Decrypt","Resource":"*"})")); };
  CHECK_FALSE(s.put_policy(id, with("arn:aws:iam::000000000000:user/nobody")));
  CHECK(s.error == "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.");
  s.user("somebody");
  CHECK(s.put_policy(id, with("arn:aws:iam::000000000000:user/somebody")));
  CHECK(s.put_policy(id, with("arn:aws:iam::111111111111:root")));
  CHECK_FALSE(s.put_policy(id, with("arn:aws:sts::000000000000:assumed-role/nobody/session")));
  iam::svc::CreateRoleRequest role{};
  role.RoleName = Str("worker");
  role.Path = Str("/deep/");
  role.AssumeRolePolicyDocument = Str(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]})");
  REQUIRE(s.t.call<iam::op::CreateRole>(role));
  CHECK(s.put_policy(id, with("arn:aws:sts::000000000000:assumed-role/worker/session")));
  CHECK(s.put_policy(id, with("arn:aws:iam::000000000000:role/deep/worker")));
  CHECK_FALSE(s.put_policy(id, with("arn:aws:iam::000000000000:role/worker")));
  CHECK_FALSE(s.put_policy(id, "no policy"));
  CHECK_FALSE(s.put_policy(id, document(cat(kRoot, R"(,{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Sid":")", std::string(40000, 'x'), R"("})"))));
  CHECK(s.error.starts_with("LimitExceededException"));
}

TEST_CASE("a_grant_gives_its_operations_to_its_grantee_until_it_is_revoked") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string id = s.create(), blob = s.encrypt(id, "x");
    auth::Principal grantee = s.user("grantee");
    CHECK(s.decrypt(blob, {}, {}, grantee) != "x");
    auto* out = s.call<op::CreateGrant>(grant_request(s, id, grantee.arn, {"Decrypt"}));
    REQUIRE(out);
    std::string grant(out->GrantId), token(out->GrantToken);
    CHECK(s.decrypt(blob, {}, {}, grantee) == "x");
    CHECK(s.encrypt(id, "x", {}, grantee).empty());
    svc::RevokeGrantRequest revoke{};
    revoke.KeyId = s.str(id);
    revoke.GrantId = s.str(grant);
    CHECK_FALSE(s.call<op::RevokeGrant>(revoke, grantee));
    REQUIRE(s.call<op::RevokeGrant>(revoke));
    CHECK(s.decrypt(blob, {}, {}, grantee) != "x");
    CHECK_FALSE(s.call<op::RevokeGrant>(revoke));
    CHECK(s.records(kGrantees) == 0);
  }
}

TEST_CASE("a_grant_dies_with_the_user_that_it_was_for") {
  Service s(true);
  std::string id = s.create(), blob = s.encrypt(id, "x");
  REQUIRE(s.call<op::CreateGrant>(grant_request(s, id, s.user("mayfly").arn, {"Decrypt"})));
  iam::svc::DeleteUserRequest drop{};
  drop.UserName = Str("mayfly");
  REQUIRE(s.t.call<iam::op::DeleteUser>(drop));
  CHECK(s.decrypt(blob, {}, {}, s.user("mayfly")) != "x");
  CHECK_FALSE(s.call<op::CreateGrant>(grant_request(s, id, "arn:aws:iam::000000000000:user/nobody", {"Decrypt"})));
  CHECK(s.error.starts_with("InvalidArnException"));
}

TEST_CASE("constraints_of_a_grant_are_about_the_encryption_context") {
  Service s(true);
  std::string id = s.create();
  auth::Principal grantee = s.user("grantee");
  auto in = grant_request(s, id, grantee.arn, {"Encrypt", "DescribeKey"});
  auto* constraints = s.t.arena().make<svc::GrantConstraints>();
  in.Constraints = constraints;
  constraints->EncryptionContextSubset.add(s.t.arena(), "dept") = "it";
  REQUIRE(s.call<op::CreateGrant>(in));
  CHECK(s.encrypt(id, "x", {}, grantee).empty());
  CHECK_FALSE(s.encrypt(id, "x", {{"dept", "it"}, {"more", "1"}}, grantee).empty());
  CHECK(s.on<op::DescribeKey>(id, grantee));

  auth::Principal exact = s.user("exact");
  in = grant_request(s, id, exact.arn, {"Encrypt"});
  constraints = s.t.arena().make<svc::GrantConstraints>();
  in.Constraints = constraints;
  constraints->EncryptionContextEquals.add(s.t.arena(), "dept") = "it";
  REQUIRE(s.call<op::CreateGrant>(in));
  CHECK(s.encrypt(id, "x", {{"dept", "it"}, {"more", "1"}}, exact).empty());
  CHECK_FALSE(s.encrypt(id, "x", {{"dept", "it"}}, exact).empty());

  in = grant_request(s, s.create("HMAC_256", "GENERATE_VERIFY_MAC"), exact.arn, {"Encrypt"});
  CHECK_FALSE(s.call<op::CreateGrant>(in));
}

TEST_CASE("a_grantee_passes_on_no_more_than_it_has") {
  Service s(true);
  std::string id = s.create();
  auth::Principal first = s.user("first"), second = s.user("second");
  REQUIRE(s.call<op::CreateGrant>(grant_request(s, id, first.arn, {"CreateGrant", "Decrypt"})));
  CHECK_FALSE(s.call<op::CreateGrant>(grant_request(s, id, second.arn, {"Encrypt"}), first));
  CHECK(s.error.starts_with("AccessDeniedException"));
  CHECK(s.call<op::CreateGrant>(grant_request(s, id, second.arn, {"Decrypt"}), first));
}

TEST_CASE("the_retiring_principal_retires_and_the_same_named_grant_is_made_once") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string id = s.create();
    auth::Principal grantee = s.user("grantee"), retiring = s.user("retiring");
    auto in = grant_request(s, id, grantee.arn, {"Decrypt"});
    in.RetiringPrincipal = s.str(retiring.arn);
    in.Name = Str("one");
    auto* made = s.call<op::CreateGrant>(in);
    REQUIRE(made);
    std::string grant(made->GrantId), token(made->GrantToken);
    in = grant_request(s, id, grantee.arn, {"Decrypt"});
    in.RetiringPrincipal = s.str(retiring.arn);
    in.Name = Str("one");
    CHECK(s.call<op::CreateGrant>(in)->GrantId == grant);
    svc::ListRetirableGrantsRequest list{};
    list.RetiringPrincipal = s.str(retiring.arn);
    CHECK(s.call<op::ListRetirableGrants>(list)->Grants.size() == 1);
    svc::RetireGrantRequest retire{};
    retire.GrantToken = s.str(token);
    CHECK_FALSE(s.call<op::RetireGrant>(retire, grantee));   // RetireGrant is not among its operations
    CHECK(s.call<op::RetireGrant>(retire, retiring));
    CHECK(s.records(kGrants) == 0);
    retire.GrantToken = Str("forged");
    CHECK_FALSE(s.call<op::RetireGrant>(retire, retiring));
    CHECK(s.error.starts_with("InvalidGrantTokenException"));
  }
}

TEST_CASE("conditions_see_the_key_the_alias_and_the_context") {
  Service s(true);
  std::string id = s.create();
  REQUIRE(s.alias("alias/used", id));
  auth::Principal by_alias = s.user("a", allow("kms:Encrypt", R"({"StringEquals":{"kms:RequestAlias":"alias/used"}})"));
  CHECK(s.encrypt(id, "x", {}, by_alias).empty());
  CHECK_FALSE(s.encrypt("alias/used", "x", {}, by_alias).empty());
  auth::Principal of_alias = s.user("b", allow("kms:Encrypt", R"({"ForAnyValue:StringLike":{"kms:ResourceAliases":"alias/us*"}})"));
  CHECK_FALSE(s.encrypt(id, "x", {}, of_alias).empty());
  CHECK(s.encrypt(s.create(), "x", {}, of_alias).empty());
  auth::Principal by_context = s.user("c", allow("kms:Encrypt", R"({"StringEquals":{"kms:EncryptionContext:Dept":"IT"},"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["Dept"]}})"));
  CHECK_FALSE(s.encrypt(id, "x", {{"Dept", "IT"}}, by_context).empty());
  CHECK(s.encrypt(id, "x", {{"Dept", "IT"}, {"b", "c"}}, by_context).empty());
  CHECK(s.encrypt(id, "x", {}, by_context).empty());
  auth::Principal symmetric = s.user("d", allow("kms:*", R"({"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT","kms:KeyUsage":"ENCRYPT_DECRYPT","kms:CallerAccount":"000000000000"}})"));
  CHECK(s.on<op::DescribeKey>(id, symmetric));
  CHECK_FALSE(s.on<op::DescribeKey>(s.create("HMAC_256", "GENERATE_VERIFY_MAC"), symmetric));
}

TEST_CASE("aliases_need_permission_on_the_alias_and_on_its_keys") {
  Service s(true);
  std::string id = s.create();
  auth::Principal only_alias = s.user("a", document(R"({"Effect":"Allow","Action":"kms:CreateAlias","Resource":"arn:aws:kms:*:*:alias/*"})"));
  auth::Principal only_key = s.user("b", document(R"({"Effect":"Allow","Action":"kms:CreateAlias","Resource":"arn:aws:kms:*:*:key/*"})"));
  auth::Principal both = s.user("c", allow("kms:CreateAlias"));
  for (auto [who, works] : {std::pair(&only_alias, false), std::pair(&only_key, false), std::pair(&both, true)}) {
    svc::CreateAliasRequest in{};
    in.AliasName = Str("alias/x");
    in.TargetKeyId = s.str(id);
    CHECK(bool(s.call<op::CreateAlias>(in, *who)) == works);
  }
}

TEST_CASE("a_key_that_is_not_there_is_told_to_those_who_might_use_it") {
  Service s(true);
  constexpr std::string_view kNone = "00000000-0000-0000-0000-000000000000";
  CHECK_FALSE(s.on<op::DescribeKey>(kNone));
  CHECK(s.error == cat("NotFoundException: Key '", s.arn(kNone), "' does not exist"));
  CHECK_FALSE(s.on<op::DescribeKey>(kNone, s.user("nobody")));
  CHECK(s.error.starts_with("AccessDeniedException"));
  CHECK_FALSE(s.on<op::DescribeKey>("arn:aws:kms:us-east-1:222222222222:key/00000000-0000-0000-0000-000000000000"));
  CHECK(s.error.ends_with("because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"));
}

}  // namespace fogbank::kms
