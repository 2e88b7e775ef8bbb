// Instance profiles, and GetAccountAuthorizationDetails.
#include <doctest/doctest.h>

#include <set>

#include "services/iam/tests/iam_support.h"

namespace {

Result<const svc::CreateInstanceProfileResponse*> create(Iam& t, const char* name, const char* path = nullptr) {
  return t.call<op::CreateInstanceProfile>(with<svc::CreateInstanceProfileRequest>([&](auto& in) { in.InstanceProfileName = name; if (path) in.Path = path; }));
}
auto add(const char* profile, const char* role) {
  return with<svc::AddRoleToInstanceProfileRequest>([&](auto& in) { in.InstanceProfileName = profile; in.RoleName = role; });
}
Result<const svc::GetInstanceProfileResponse*> get(Iam& t, const char* name) {
  return t.call<op::GetInstanceProfile>(with<svc::GetInstanceProfileRequest>([&](auto& in) { in.InstanceProfileName = name; }));
}
auto remove(Iam& t, const char* profile, const char* role) {
  return t.call<op::RemoveRoleFromInstanceProfile>(with<svc::RemoveRoleFromInstanceProfileRequest>([&](auto& in) { in.InstanceProfileName = profile; in.RoleName = role; }));
}
auto drop(Iam& t, const char* name) {
  return t.call<op::DeleteInstanceProfile>(with<svc::DeleteInstanceProfileRequest>([&](auto& in) { in.InstanceProfileName = name; }));
}

}  // namespace

TEST_CASE("instance_profile_takes_one_role_and_holds_it") {
  for (bool hostile : {true, false}) {
    Iam t(hostile);
    auto made = create(t, "P", "/app/");
    REQUIRE_MESSAGE(made, message(made));
    CHECK((*made)->InstanceProfile->Arn == "arn:aws:iam::000000000000:instance-profile/app/P");
    CHECK((*made)->InstanceProfile->InstanceProfileId.view().starts_with("AIPA"));
    CHECK((*made)->InstanceProfile->Roles.has());
    CHECK_FALSE((*made)->InstanceProfile->Tags.has());
    CHECK(message(create(t, "p")) == "Instance Profile p already exists.");
    CHECK(code(create(t, "p")) == "EntityAlreadyExists");
    REQUIRE(t.create_role("R"));
    REQUIRE(t.create_role("S"));
    CHECK(message(t.call<op::AddRoleToInstanceProfile>(add("None", "R"))) == "Instance Profile None cannot be found.");
    CHECK(message(t.call<op::AddRoleToInstanceProfile>(add("P", "None"))) == "The role with name None cannot be found.");
    REQUIRE(t.call<op::AddRoleToInstanceProfile>(add("P", "R")));
    for (const char* role : {"R", "S"}) CHECK(message(t.call<op::AddRoleToInstanceProfile>(add("P", role))) == "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    auto got = get(t, "p");
    REQUIRE((*got)->InstanceProfile->Roles.size() == 1);
    const svc::Role& role = (*got)->InstanceProfile->Roles[0];
    CHECK(role.RoleName == "R");
    CHECK(percent_decode(role.AssumeRolePolicyDocument.view()) == kTrust);
    CHECK_FALSE(role.MaxSessionDuration.has());
    CHECK(message(drop(t, "P")) == "Cannot delete entity, must remove roles from instance profile first.");
    auto role_gone = t.call<op::DeleteRole>(with<svc::DeleteRoleRequest>([](auto& in) { in.RoleName = "R"; }));
    CHECK(message(role_gone) == "Cannot delete entity, must remove roles from instance profile first.");
    CHECK(code(remove(t, "P", "S")) == "NoSuchEntity");
    REQUIRE(remove(t, "P", "R"));
    REQUIRE(drop(t, "P"));
    CHECK(t.call<op::DeleteRole>(with<svc::DeleteRoleRequest>([](auto& in) { in.RoleName = "R"; })));
    CHECK(message(get(t, "P")) == "Instance Profile P cannot be found.");
  }
}

TEST_CASE("who_adds_a_role_must_be_allowed_to_pass_it") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  auth::Principal bob = t.key_of("Bob");
  REQUIRE(create(t, "P"));
  for (const char* name : {"R", "S"}) REQUIRE(t.create_role(name));
  REQUIRE(t.put_user_policy("Bob", "add", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"*"}]})"));
  CHECK(message(t.call<op::AddRoleToInstanceProfile>(add("P", "R"), bob)) ==
        "User: arn:aws:iam::000000000000:user/Bob is not authorized to perform: iam:PassRole on resource: arn:aws:iam::000000000000:role/R because no identity-based "
        "policy allows the iam:PassRole action");
  REQUIRE(t.put_user_policy("Bob", "pass", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/R",
    "Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}]})"));
  CHECK(code(t.call<op::AddRoleToInstanceProfile>(add("P", "S"), bob)) == "AccessDenied");
  CHECK(code(t.call<op::AddRoleToInstanceProfile>(add("P", "R"), bob)) == "ok");
}

TEST_CASE("tags_of_instance_profiles_decide") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  auth::Principal bob = t.key_of("Bob");
  REQUIRE(create(t, "P", "/x/"));
  REQUIRE(t.call<op::TagInstanceProfile>(with<svc::TagInstanceProfileRequest>([&](auto& in) { in.InstanceProfileName = "P"; auto& tag = in.Tags.add(t.arena()); tag.Key = "owner"; tag.Value = "Bob"; })));
  REQUIRE(t.put_user_policy("Bob", "p", R"({"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"iam:GetInstanceProfile","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/owner":"Bob"}}},
    {"Effect":"Allow","Action":"iam:DeleteInstanceProfile","Resource":"arn:aws:iam::*:instance-profile/x/*","Condition":{"StringEquals":{"iam:ResourceTag/owner":"Bob"}}}]})"));
  auto read = [&] { return code(t.call<op::GetInstanceProfile>(with<svc::GetInstanceProfileRequest>([](auto& in) { in.InstanceProfileName = "P"; }), bob)); };
  CHECK(read() == "ok");
  auto tags = t.call<op::ListInstanceProfileTags>(with<svc::ListInstanceProfileTagsRequest>([](auto& in) { in.InstanceProfileName = "P"; }));
  REQUIRE((*tags)->Tags.size() == 1);
  CHECK((*tags)->Tags[0].Value == "Bob");
  REQUIRE(t.call<op::UntagInstanceProfile>(with<svc::UntagInstanceProfileRequest>([&](auto& in) { in.InstanceProfileName = "P"; in.TagKeys.push(t.arena(), "owner"); })));
  CHECK(read() == "AccessDenied");
}

TEST_CASE("instance_profiles_are_listed_by_path_and_by_role") {
  Iam t;
  REQUIRE(t.create_role("R"));
  for (int i = 0; i < 5; i++) {
    REQUIRE(create(t, cat("p", i).c_str(), i % 2 ? "/odd/" : "/even/"));
    REQUIRE(t.call<op::AddRoleToInstanceProfile>(add(cat("p", i).c_str(), "R")));
  }
  auto odd = t.call<op::ListInstanceProfiles>(with<svc::ListInstanceProfilesRequest>([](auto& in) { in.PathPrefix = "/odd"; }));
  REQUIRE((*odd)->InstanceProfiles.size() == 2);
  CHECK((*odd)->InstanceProfiles[0].Roles.size() == 1);
  CHECK_FALSE((*odd)->InstanceProfiles[0].Tags.has());
  std::vector<std::string> names;
  std::string marker;
  do {
    auto page = t.call<op::ListInstanceProfilesForRole>(with<svc::ListInstanceProfilesForRoleRequest>([&](auto& in) {
      in.RoleName = "R";
      in.MaxItems = 2;
      if (!marker.empty()) in.Marker = Str(std::string_view(marker));
    }));
    REQUIRE(page);
    for (const auto& p : (*page)->InstanceProfiles) names.emplace_back(p.InstanceProfileName);
    marker = (*page)->Marker.view();
  } while (!marker.empty());
  CHECK(names == std::vector<std::string>{"p0", "p1", "p2", "p3", "p4"});
}

TEST_CASE("account_details_show_everything_page_by_page") {
  Iam t;
  for (const char* name : {"Al", "Bob"}) REQUIRE(t.create_user(name));
  REQUIRE(t.create_group("Devs"));
  REQUIRE(t.join("Devs", "Bob"));
  REQUIRE(t.put_group_policy("Devs", "gp", kAllowAll));
  REQUIRE(t.put_user_policy("Bob", "up", kAllowAll));
  REQUIRE(t.create_role("R"));
  REQUIRE(create(t, "P"));
  REQUIRE(t.call<op::AddRoleToInstanceProfile>(add("P", "R")));
  std::string arn = t.create_policy("Mine");
  REQUIRE(t.attach_group("Devs", arn));
  for (const char* name : {"ReadOnlyAccess", "job-function/ViewOnlyAccess"}) REQUIRE(t.attach_user("Al", cat("arn:aws:iam::aws:policy/", name)));
  REQUIRE(t.call<op::CreatePolicyVersion>(with<svc::CreatePolicyVersionRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); in.PolicyDocument = kAllowAll; })));

  auto all = t.call<op::GetAccountAuthorizationDetails>(svc::GetAccountAuthorizationDetailsRequest{});
  REQUIRE(all);
  const auto& d = **all;
  CHECK_FALSE(d.IsTruncated.value_or(true));
  REQUIRE(d.UserDetailList.size() == 2);
  CHECK(d.UserDetailList[0].AttachedManagedPolicies.size() == 2);
  const auto& bob = d.UserDetailList[1];
  REQUIRE(bob.GroupList.size() == 1);
  CHECK(bob.GroupList[0] == "Devs");
  REQUIRE(bob.UserPolicyList.size() == 1);
  CHECK(percent_decode(bob.UserPolicyList[0].PolicyDocument.view()) == kAllowAll);
  REQUIRE(d.GroupDetailList.size() == 1);
  CHECK(d.GroupDetailList[0].GroupPolicyList.size() == 1);
  CHECK(d.GroupDetailList[0].AttachedManagedPolicies[0].PolicyArn == arn);
  REQUIRE(d.RoleDetailList.size() == 1);
  CHECK(d.RoleDetailList[0].InstanceProfileList.size() == 1);
  REQUIRE(d.Policies.size() == 3);
  REQUIRE(d.Policies[0].PolicyVersionList.size() == 2);
  CHECK(d.Policies[0].PolicyVersionList[0].VersionId == "v2");
  CHECK(d.Policies[0].PolicyVersionList[1].IsDefaultVersion.value_or(false));
  CHECK(d.Policies[1].PolicyVersionList[0].Document.len > 100);

  for (int size : {1, 2, 3, 7}) {
    std::multiset<std::string> seen;
    std::string marker;
    do {
      auto page = t.call<op::GetAccountAuthorizationDetails>(with<svc::GetAccountAuthorizationDetailsRequest>([&](auto& in) {
        in.MaxItems = size;
        if (!marker.empty()) in.Marker = Str(std::string_view(marker));
      }));
      REQUIRE_MESSAGE(page, message(page));
      size_t items = (*page)->UserDetailList.size() + (*page)->GroupDetailList.size() + (*page)->RoleDetailList.size() + (*page)->Policies.size();
      CHECK(items <= size_t(size));
      for (const auto& x : (*page)->UserDetailList) seen.emplace(x.Arn);
      for (const auto& x : (*page)->GroupDetailList) seen.emplace(x.Arn);
      for (const auto& x : (*page)->RoleDetailList) seen.emplace(x.Arn);
      for (const auto& x : (*page)->Policies) seen.emplace(x.Arn);
      marker = (*page)->Marker.view();
      CHECK((*page)->IsTruncated.value_or(false) == !marker.empty());
    } while (!marker.empty());
    CHECK(seen.size() == 7);
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 7);
  }

  auto only = t.call<op::GetAccountAuthorizationDetails>(with<svc::GetAccountAuthorizationDetailsRequest>([&](auto& in) {
    in.Filter.push(t.arena(), "AWSManagedPolicy");
    in.Filter.push(t.arena(), "Role");
  }));
  CHECK((*only)->UserDetailList.size() == 0);
  CHECK((*only)->RoleDetailList.size() == 1);
  CHECK((*only)->Policies.size() == 2);
  CHECK(code(t.call<op::GetAccountAuthorizationDetails>(with<svc::GetAccountAuthorizationDetailsRequest>([](auto& in) { in.Marker = "bm9uZQo="; }))) == "ValidationError");
}
