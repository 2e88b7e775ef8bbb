// Groups, their members and policies; counts and quotas of an account.
#include <doctest/doctest.h>

#include <set>

#include "services/iam/counts.h"
#include "services/iam/groups.h"
#include "services/iam/identity.h"
#include "services/iam/tests/iam_support.h"

namespace {

constexpr const char* kListUsers = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]})";

Result<const svc::GetGroupResponse*> get_group(Iam& t, const char* name, int items = 0, std::string_view marker = {}) {
  return t.call<op::GetGroup>(with<svc::GetGroupRequest>([&](auto& in) {
    in.GroupName = name;
    if (items) in.MaxItems = items;
    if (!marker.empty()) in.Marker = Str(marker);
  }));
}

/// The kept counts, after checking that counting the rows gives the same.
iam::AccountCounts counts(Iam& t) {
  iam::AccountCounts kept, counted;
  Scope scope = t.scope().global();
  t.store().read([&](store::Reader& reader) { kept = iam::counts_of(reader, scope); });
  REQUIRE(t.store().write([&](store::Txn& tx) -> Result<void> {
    tx.erase(iam::counts_key(scope));
    counted = iam::counts_of(tx, scope);
    tx.put_record(iam::counts_key(scope), kept);
    return {};
  }));
  t.store().commit();
  CHECK(kept.users == counted.users);
  CHECK(kept.groups == counted.groups);
  CHECK(kept.roles == counted.roles);
  CHECK(kept.policies == counted.policies);
  CHECK(kept.policy_versions == counted.policy_versions);
  CHECK(kept.instance_profiles == counted.instance_profiles);
  return kept;
}

}  // namespace

TEST_CASE("group_is_created_read_renamed_and_deleted") {
  for (bool hostile : {true, false}) {
    Iam t(hostile);
    auto made = t.create_group("Devs", "/team/");
    REQUIRE_MESSAGE(made, message(made));
    const svc::Group& g = *(*made)->Group;
    CHECK(g.Arn == "arn:aws:iam::000000000000:group/team/Devs");
    CHECK(g.GroupId.view().starts_with("AGPA"));
    CHECK(g.GroupId.len == 21);
    std::string id(g.GroupId);
    CHECK(message(t.create_group("dEVS")) == "Group with name dEVS already exists.");
    CHECK(t.create_group("dEVS").error().status == 409);
    REQUIRE(t.call<op::UpdateGroup>(with<svc::UpdateGroupRequest>([](auto& in) { in.GroupName = "devs"; in.NewGroupName = "Ops"; in.NewPath = "/"; })));
    CHECK(message(get_group(t, "Devs")) == "The group with name Devs cannot be found.");
    auto got = get_group(t, "ops");
    REQUIRE(got);
    CHECK((*got)->Group->Arn == "arn:aws:iam::000000000000:group/Ops");
    CHECK((*got)->Group->GroupId == id);
    CHECK((*got)->Users.size() == 0);
    CHECK((*got)->Users.has());
    REQUIRE(t.create_group("Devs"));  // the old name is free
    REQUIRE(t.delete_group("Ops"));
    CHECK(code(t.delete_group("Ops")) == "NoSuchEntity");
  }
}

TEST_CASE("names_and_paths_are_refused_in_the_words_of_iam") {
  Iam t;
  CHECK(message(t.create_group("a b")) == "The specified value for groupName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-");
  CHECK(code(t.create_group("a/b")) == "ValidationError");
  CHECK(message(t.create_group("a", "team")) ==
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.");
  CHECK(message(t.create_group(std::string(129, 'x'))).ends_with("at 'groupName' failed to satisfy constraint: Member must have length less than or equal to 128"));
  CHECK(message(t.create_user("a*")).starts_with("The specified value for userName is invalid."));
  CHECK(message(t.put_group_policy("g", "a b", kAllowAll)).starts_with("The specified value for policyName is invalid."));
}

TEST_CASE("members_join_leave_and_follow_renames") {
  for (bool hostile : {true, false}) {
    Iam t(hostile);
    REQUIRE(t.create_user("Bob"));
    REQUIRE(t.create_group("Devs"));
    CHECK(message(t.join("None", "Bob")) == "The group with name None cannot be found.");
    CHECK(message(t.join("Devs", "Al")) == "The user with name Al cannot be found.");
    REQUIRE(t.join("Devs", "Bob"));
    REQUIRE(t.join("Devs", "Bob"));  // twice is once
    auto groups = [&](const char* user) {
      std::vector<std::string> out;
      auto list = t.call<op::ListGroupsForUser>(with<svc::ListGroupsForUserRequest>([&](auto& in) { in.UserName = user; }));
      REQUIRE(list);
      for (const auto& g : (*list)->Groups) out.emplace_back(g.GroupName);
      return out;
    };
    CHECK(groups("Bob") == std::vector<std::string>{"Devs"});
    REQUIRE(t.call<op::UpdateUser>(with<svc::UpdateUserRequest>([](auto& in) { in.UserName = "Bob"; in.NewUserName = "Rob"; })));
    REQUIRE(t.call<op::UpdateGroup>(with<svc::UpdateGroupRequest>([](auto& in) { in.GroupName = "Devs"; in.NewGroupName = "Ops"; })));
    auto got = get_group(t, "Ops");
    REQUIRE((*got)->Users.size() == 1);
    CHECK((*got)->Users[0].UserName == "Rob");
    CHECK(groups("Rob") == std::vector<std::string>{"Ops"});
    CHECK(message(t.delete_user("Rob")) == "Cannot delete entity, must remove users from group first.");
    CHECK(message(t.delete_group("Ops")) == "Cannot delete entity, must remove users from group first.");
    CHECK(t.delete_group("Ops").error().status == 409);
    REQUIRE(t.leave("Ops", "Rob"));
    REQUIRE(t.leave("Ops", "Rob"));  // who is no member leaves without an error
    CHECK(groups("Rob").empty());
    REQUIRE(t.delete_group("Ops"));
    REQUIRE(t.delete_user("Rob"));
  }
}

TEST_CASE("user_is_in_ten_groups_at_most") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  for (int i = 0; i < 11; i++) REQUIRE(t.create_group(cat("g", i)));
  for (int i = 0; i < 10; i++) REQUIRE(t.join(cat("g", i), "Bob"));
  CHECK(message(t.join("g10", "Bob")) == "Cannot exceed quota for GroupsPerUser: 10");
  CHECK(code(t.join("g10", "Bob")) == "LimitExceeded");
  REQUIRE(t.join("g3", "Bob"));
  REQUIRE(t.leave("g3", "Bob"));
  REQUIRE(t.join("g10", "Bob"));
}

TEST_CASE("members_are_paged_by_name_and_a_page_goes_on_behind_one_that_left") {
  Iam t;
  REQUIRE(t.create_group("G"));
  for (int i = 0; i < 7; i++) {
    REQUIRE(t.create_user(cat("u", i).c_str()));
    REQUIRE(t.join("G", cat("u", i).c_str()));
  }
  auto first = get_group(t, "G", 3);
  REQUIRE((*first)->Users.size() == 3);
  CHECK((*first)->Users[2].UserName == "u2");
  CHECK((*first)->IsTruncated.value_or(false));
  std::string marker((*first)->Marker);
  REQUIRE(t.leave("G", "u2"));
  auto second = get_group(t, "G", 4, marker);
  REQUIRE((*second)->Users.size() == 4);
  CHECK((*second)->Users[0].UserName == "u3");
  CHECK_FALSE((*second)->IsTruncated.value_or(true));
  CHECK_FALSE((*second)->Marker.has());
}

TEST_CASE("policies_of_groups_decide_for_their_members_at_once") {
  for (bool hostile : {true, false}) {
    Iam t(hostile);
    REQUIRE(t.create_user("Bob"));
    REQUIRE(t.create_group("Devs"));
    auth::Principal bob = t.key_of("Bob");
    auto list = [&] { return code(t.call<op::ListUsers>(svc::ListUsersRequest{}, bob)); };
    CHECK(list() == "AccessDenied");
    REQUIRE(t.put_group_policy("Devs", "inline", kListUsers));
    CHECK(list() == "AccessDenied");
    REQUIRE(t.join("Devs", "Bob"));
    CHECK(list() == "ok");
    auto set = t.core().identity().policies_of(bob);
    REQUIRE(set->identity.size() == 1);
    CHECK(set->identity[0].name == "group Devs: inline");
    REQUIRE(t.call<op::UpdateGroup>(with<svc::UpdateGroupRequest>([](auto& in) { in.GroupName = "Devs"; in.NewGroupName = "Ops"; })));
    CHECK(list() == "ok");
    CHECK(t.core().identity().policies_of(bob)->identity.at(0).name == "group Ops: inline");
    REQUIRE(t.call<op::DeleteGroupPolicy>(with<svc::DeleteGroupPolicyRequest>([](auto& in) { in.GroupName = "Ops"; in.PolicyName = "inline"; })));
    CHECK(list() == "AccessDenied");
    std::string arn = t.create_policy("P", kListUsers);
    REQUIRE(t.attach_group("Ops", arn));
    CHECK(list() == "ok");
    REQUIRE(t.call<op::CreatePolicyVersion>(with<svc::CreatePolicyVersionRequest>([&](auto& in) {
      in.PolicyArn = Str(std::string_view(arn));
      in.PolicyDocument = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]})";
      in.SetAsDefault = true;
    })));
    REQUIRE(t.put_user_policy("Bob", "all", kAllowAll));
    CHECK(message(t.call<op::ListUsers>(svc::ListUsersRequest{}, bob)).ends_with("with an explicit deny in an identity-based policy"));
    REQUIRE(t.leave("Ops", "Bob"));
    CHECK(list() == "ok");
  }
}

TEST_CASE("boundary_of_a_member_bounds_what_the_group_allows") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  REQUIRE(t.create_group("Devs"));
  REQUIRE(t.join("Devs", "Bob"));
  REQUIRE(t.put_group_policy("Devs", "p", kAllowAll));
  std::string arn = t.create_policy("B", kListUsers);
  REQUIRE(t.call<op::PutUserPermissionsBoundary>(with<svc::PutUserPermissionsBoundaryRequest>([&](auto& in) { in.UserName = "Bob"; in.PermissionsBoundary = Str(std::string_view(arn)); })));
  auth::Principal bob = t.key_of("Bob");
  CHECK(code(t.call<op::ListUsers>(svc::ListUsersRequest{}, bob)) == "ok");
  CHECK(message(t.call<op::ListRoles>(svc::ListRolesRequest{}, bob)).ends_with("because no permissions boundary allows the iam:ListRoles action"));
}

TEST_CASE("group_policies_have_their_quotas_and_conflicts") {
  Iam t;
  REQUIRE(t.create_group("G"));
  std::string big = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::)", std::string(3000, 'x'), R"("}]})");
  REQUIRE(t.put_group_policy("G", "a", big));
  CHECK(message(t.put_group_policy("G", "b", big)) == "Maximum policy size of 5120 bytes exceeded for group G");
  CHECK(code(t.put_group_policy("G", "b", big)) == "LimitExceeded");
  CHECK(message(t.delete_group("G")) == "Cannot delete entity, must delete policies first.");
  for (int i = 0; i < 10; i++) REQUIRE(t.attach_group("G", t.create_policy(cat("p", i).c_str())));
  std::string last = t.create_policy("p10");
  CHECK(message(t.attach_group("G", last)) == "Cannot exceed quota for PoliciesPerGroup: 10");
  CHECK(message(t.delete_group("G")) == "Cannot delete entity, must detach all policies first.");
  CHECK(message(t.attach_group("None", last)) == "The group with name None cannot be found.");
  auto missing = t.call<op::GetGroupPolicy>(with<svc::GetGroupPolicyRequest>([](auto& in) { in.GroupName = "G"; in.PolicyName = "z"; }));
  CHECK(message(missing) == "The group policy with name z cannot be found.");
}

TEST_CASE("groups_are_among_the_entities_of_a_policy") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  REQUIRE(t.create_group("Devs", "/team/"));
  std::string arn = t.create_policy("P");
  REQUIRE(t.attach_user("Bob", arn));
  REQUIRE(t.attach_group("Devs", arn));
  auto list = [&](const char* filter, const char* prefix) {
    auto r = t.call<op::ListEntitiesForPolicy>(with<svc::ListEntitiesForPolicyRequest>([&](auto& in) {
      in.PolicyArn = Str(std::string_view(arn));
      if (filter) in.EntityFilter = filter;
      if (prefix) in.PathPrefix = prefix;
    }));
    REQUIRE(r);
    return std::array<size_t, 3>{(*r)->PolicyUsers.size(), (*r)->PolicyGroups.size(), (*r)->PolicyRoles.size()};
  };
  CHECK(list(nullptr, nullptr) == std::array<size_t, 3>{1, 1, 0});
  CHECK(list("Group", nullptr) == std::array<size_t, 3>{0, 1, 0});
  CHECK(list("Role", nullptr) == std::array<size_t, 3>{0, 0, 0});
  CHECK(list(nullptr, "/team/") == std::array<size_t, 3>{0, 1, 0});
  auto got = t.call<op::GetPolicy>(with<svc::GetPolicyRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); }));
  CHECK((*got)->Policy->AttachmentCount.value_or(0) == 2);
}

TEST_CASE("a_group_is_no_principal_of_a_trust_policy") {
  Iam t;
  auto made = t.create_group("G");
  std::string id((*made)->Group->GroupId), arn((*made)->Group->Arn);
  for (const std::string& who : {arn, id})
    CHECK(code(t.create_role("R", cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")", who, R"("},"Action":"sts:AssumeRole"}]})").c_str())) ==
          "MalformedPolicyDocument");
}

TEST_CASE("renaming_takes_rights_on_both_names") {
  Iam t;
  for (const char* name : {"Bob", "Al"}) REQUIRE(t.create_user(name));
  for (const char* name : {"Devs", "Free"}) REQUIRE(t.create_group(name));
  auth::Principal bob = t.key_of("Bob");
  REQUIRE(t.put_user_policy("Bob", "p", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:UpdateGroup","iam:UpdateUser"],"Resource":[
    "arn:aws:iam::*:group/Devs","arn:aws:iam::*:group/team/Devs","arn:aws:iam::*:user/Al","arn:aws:iam::*:user/Al2"]}]})"));
  auto group = [&](const char* name, const char* new_name, const char* path) {
    return code(t.call<op::UpdateGroup>(with<svc::UpdateGroupRequest>([&](auto& in) { in.GroupName = name; if (new_name) in.NewGroupName = new_name; if (path) in.NewPath = path; }), bob));
  };
  CHECK(group("Devs", "Admins", nullptr) == "AccessDenied");
  CHECK(group("Free", "Devs", nullptr) == "AccessDenied");
  CHECK(group("Devs", nullptr, "/team/") == "ok");
  auto user = [&](const char* new_name) {
    return code(t.call<op::UpdateUser>(with<svc::UpdateUserRequest>([&](auto& in) { in.UserName = "Al"; in.NewUserName = new_name; }), bob));
  };
  CHECK(user("Root") == "AccessDenied");
  CHECK(user("Al2") == "ok");
}

TEST_CASE("counts_follow_what_is_made_and_removed") {
  for (bool hostile : {true, false}) {
    Iam t(hostile);
    for (const char* name : {"a", "b", "c"}) REQUIRE(t.create_user(name));
    REQUIRE(t.create_group("g"));
    REQUIRE(t.create_role("r"));
    CHECK_FALSE(t.create_role("R"));
    std::string arn = t.create_policy("p");
    REQUIRE(t.call<op::CreatePolicyVersion>(with<svc::CreatePolicyVersionRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); in.PolicyDocument = kAllowAll; })));
    REQUIRE(t.call<op::UpdateUser>(with<svc::UpdateUserRequest>([](auto& in) { in.UserName = "a"; in.NewUserName = "z"; })));
    REQUIRE(t.delete_user("b"));
    auto c = counts(t);
    CHECK(c.users == 2);
    CHECK(c.groups == 1);
    CHECK(c.roles == 1);
    CHECK(c.policies == 1);
    CHECK(c.policy_versions == 2);
    REQUIRE(t.call<op::DeletePolicyVersion>(with<svc::DeletePolicyVersionRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); in.VersionId = "v2"; })));
    REQUIRE(t.call<op::DeletePolicy>(with<svc::DeletePolicyRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); })));
    REQUIRE(t.delete_group("g"));
    c = counts(t);
    CHECK(c.policies + c.policy_versions + c.groups == 0);
    for (const char* name : {"z", "c"}) REQUIRE(t.delete_user(name));
    REQUIRE(t.call<op::DeleteRole>(with<svc::DeleteRoleRequest>([](auto& in) { in.RoleName = "r"; })));
    t.store().read([&](store::Reader& reader) { CHECK_FALSE(reader.has(iam::counts_key(t.scope().global()))); });
  }
}

TEST_CASE("accounts_have_quotas") {
  Iam t;
  iam::AccountCounts full;
  full.users = iam::kCountUsers.quota;
  full.groups = iam::kCountGroups.quota;
  full.roles = iam::kCountRoles.quota;
  full.policies = iam::kCountPolicies.quota;
  full.instance_profiles = iam::kCountInstanceProfiles.quota;
  REQUIRE(t.store().write([&](store::Txn& tx) -> Result<void> { tx.put_record(iam::counts_key(t.scope().global()), full); return {}; }));
  t.store().commit();
  CHECK(message(t.create_user("u")) == "Cannot exceed quota for UsersPerAccount: 5000");
  CHECK(message(t.create_group("g")) == "Cannot exceed quota for GroupsPerAccount: 300");
  CHECK(message(t.create_role("r")) == "Cannot exceed quota for RolesPerAccount: 10000");
  auto policy = t.call<op::CreatePolicy>(with<svc::CreatePolicyRequest>([](auto& in) { in.PolicyName = "p"; in.PolicyDocument = kAllowAll; }));
  CHECK(message(policy) == "Cannot exceed quota for PoliciesPerAccount: 5000");
  auto profile = t.call<op::CreateInstanceProfile>(with<svc::CreateInstanceProfileRequest>([](auto& in) { in.InstanceProfileName = "i"; }));
  CHECK(message(profile) == "Cannot exceed quota for InstanceProfilesPerAccount: 5000");
  CHECK(code(profile) == "LimitExceeded");
  CHECK(profile.error().status == 409);
  CHECK(code(t.get_user("u")) == "NoSuchEntity");
}
