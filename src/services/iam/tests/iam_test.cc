// The operations of IAM through the chain, on the hostile store (write functions run again at random) and on SQLite.
#include <doctest/doctest.h>

#include "services/iam/tests/iam_support.h"

TEST_CASE("user_is_created_read_and_deleted") {
  for (bool hostile : {true, false}) {
    Iam t(hostile);
    auto made = t.create_user("Bob", "/team/");
    REQUIRE_MESSAGE(made, message(made));
    const svc::User& u = *(*made)->User;
    CHECK(u.Arn == "arn:aws:iam::000000000000:user/team/Bob");
    CHECK(u.UserId.view().starts_with("AIDA"));
    CHECK(u.UserId.len == 21);
    CHECK(u.CreateDate.value_or(1) % 1000 == 0);
    CHECK_FALSE(u.Tags.has());
    CHECK_FALSE(u.PermissionsBoundary.has());
    CHECK(message(t.create_user("bOB")) == "User with name bOB already exists.");
    CHECK(code(t.create_user("bOB")) == "EntityAlreadyExists");
    auto got = t.get_user("bob");
    REQUIRE(got);
    CHECK((*got)->User->UserName == "Bob");
    REQUIRE(t.delete_user("Bob"));
    CHECK(message(t.get_user("Bob")) == "The user with name Bob cannot be found.");
    CHECK(t.delete_user("Bob").error().status == 404);
  }
}

TEST_CASE("get_user_without_a_name_is_the_caller") {
  Iam t;
  auto dev = t.get_user(nullptr);
  REQUIRE(dev);
  CHECK((*dev)->User->Arn == "arn:aws:iam::000000000000:user/fogbank");
  CHECK((*dev)->User->UserName == "fogbank");

  auth::Principal root;
  root.kind = auth::PrincipalKind::root;
  root.account = "000000000000";
  root.arn = "arn:aws:iam::000000000000:root";
  auto as_root = t.call<op::GetUser>(svc::GetUserRequest{}, root);
  REQUIRE_MESSAGE(as_root, message(as_root));
  CHECK((*as_root)->User->Arn == root.arn);
  CHECK((*as_root)->User->UserId == root.account);
  CHECK_FALSE((*as_root)->User->UserName.has());

  REQUIRE(t.create_user("Al"));
  auto key = t.call<op::CreateAccessKey>(with<svc::CreateAccessKeyRequest>([](auto& in) { in.UserName = "Al"; }));
  REQUIRE(key);
  std::string id((*key)->AccessKey->AccessKeyId);
  REQUIRE(t.put_user_policy("Al", "all", kAllowAll));
  auto self = t.call<op::GetUser>(svc::GetUserRequest{}, t.principal(id));
  REQUIRE_MESSAGE(self, message(self));
  CHECK((*self)->User->UserName == "Al");
}

TEST_CASE("entities_with_something_attached_cannot_be_deleted") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  std::string arn = t.create_policy("P");
  REQUIRE(t.attach_user("Bob", arn));
  REQUIRE(t.put_user_policy("Bob", "inline", kAllowAll));
  REQUIRE(t.call<op::CreateAccessKey>(with<svc::CreateAccessKeyRequest>([](auto& in) { in.UserName = "Bob"; })));

  auto deleting = [&] { return t.delete_user("Bob"); };
  CHECK(message(deleting()) == "Cannot delete entity, must detach all policies first.");
  CHECK(deleting().error().status == 409);
  auto policy = with<svc::DeletePolicyRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); });
  CHECK(message(t.call<op::DeletePolicy>(policy)) == "Cannot delete a policy attached to entities.");
  REQUIRE(t.call<op::DetachUserPolicy>(with<svc::DetachUserPolicyRequest>([&](auto& in) { in.UserName = "Bob"; in.PolicyArn = Str(std::string_view(arn)); })));
  CHECK(message(deleting()) == "Cannot delete entity, must delete policies first.");
  REQUIRE(t.call<op::DeleteUserPolicy>(with<svc::DeleteUserPolicyRequest>([](auto& in) { in.UserName = "Bob"; in.PolicyName = "inline"; })));
  CHECK(message(deleting()) == "Cannot delete entity, must delete access keys first.");
  auto keys = t.call<op::ListAccessKeys>(with<svc::ListAccessKeysRequest>([](auto& in) { in.UserName = "Bob"; }));
  REQUIRE((*keys)->AccessKeyMetadata.size() == 1);
  std::string id((*keys)->AccessKeyMetadata[0].AccessKeyId);
  REQUIRE(t.call<op::DeleteAccessKey>(with<svc::DeleteAccessKeyRequest>([&](auto& in) { in.UserName = "Bob"; in.AccessKeyId = Str(std::string_view(id)); })));
  CHECK(deleting());
  CHECK(t.call<op::DeletePolicy>(policy));
}

TEST_CASE("quotas_answer_limit_exceeded") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  auto key = with<svc::CreateAccessKeyRequest>([](auto& in) { in.UserName = "Bob"; });
  REQUIRE(t.call<op::CreateAccessKey>(key));
  REQUIRE(t.call<op::CreateAccessKey>(key));
  CHECK(message(t.call<op::CreateAccessKey>(key)) == "Cannot exceed quota for AccessKeysPerUser: 2");
  for (int i = 0; i < 10; i++) REQUIRE(t.attach_user("Bob", t.create_policy(cat("P", i).c_str())));
  CHECK(message(t.attach_user("Bob", t.create_policy("P10"))) == "Cannot exceed quota for PoliciesPerUser: 10");
  CHECK(t.attach_user("Bob", "arn:aws:iam::000000000000:policy/P9"));  // attached already

  std::string big = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::)" + std::string(1100, 'b') + R"("}]})";
  REQUIRE(t.put_user_policy("Bob", "one", big));
  REQUIRE(t.put_user_policy("Bob", "one", big));  // again: counts once
  REQUIRE(t.put_user_policy("Bob", "spaces", std::string(4000, ' ') + kAllowAll));
  CHECK(message(t.put_user_policy("Bob", "two", big)) == "Maximum policy size of 2048 bytes exceeded for user Bob");
  auto names = t.call<op::ListUserPolicies>(with<svc::ListUserPoliciesRequest>([](auto& in) { in.UserName = "Bob"; }));
  CHECK((*names)->PolicyNames.size() == 2);
  std::string huge = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::)" + std::string(6100, 'b') + R"("}]})";
  auto p = t.call<op::CreatePolicy>(with<svc::CreatePolicyRequest>([&](auto& in) { in.PolicyName = "Huge"; in.PolicyDocument = Str(std::string_view(huge)); }));
  CHECK(message(p) == "Cannot exceed quota for PolicySize: 6144");
}

TEST_CASE("policy_versions_are_numbered_on_and_bounded") {
  Iam t;
  std::string arn = t.create_policy("P");
  auto another = with<svc::CreatePolicyVersionRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); in.PolicyDocument = kAllowAll; });
  for (int i = 2; i <= 5; i++) {
    auto v = t.call<op::CreatePolicyVersion>(another);
    REQUIRE(v);
    CHECK((*v)->PolicyVersion->VersionId == cat("v", i));
    CHECK_FALSE((*v)->PolicyVersion->Document.has());
    CHECK((*v)->PolicyVersion->IsDefaultVersion.value_or(true) == false);
  }
  CHECK(code(t.call<op::CreatePolicyVersion>(another)) == "LimitExceeded");
  auto drop = [&](const char* id) {
    return t.call<op::DeletePolicyVersion>(with<svc::DeletePolicyVersionRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); in.VersionId = id; }));
  };
  CHECK(message(drop("v1")) == "Cannot delete the default version of a policy.");
  CHECK(code(drop("v9")) == "NoSuchEntity");
  REQUIRE(drop("v5"));
  auto next = t.call<op::CreatePolicyVersion>(another);
  REQUIRE(next);
  CHECK((*next)->PolicyVersion->VersionId == "v6");
  REQUIRE(t.call<op::SetDefaultPolicyVersion>(with<svc::SetDefaultPolicyVersionRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); in.VersionId = "v6"; })));
  auto list = t.call<op::ListPolicyVersions>(with<svc::ListPolicyVersionsRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); in.MaxItems = 2; }));
  REQUIRE(list);
  CHECK((*list)->Versions[0].VersionId == "v6");
  CHECK((*list)->Versions[0].IsDefaultVersion.value_or(false));
  CHECK((*list)->IsTruncated.value_or(false));
  CHECK(message(t.call<op::DeletePolicy>(with<svc::DeletePolicyRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); }))).starts_with("This policy has more than one version."));
}

TEST_CASE("policies_of_aws_can_be_read_attached_and_not_changed") {
  Iam t;
  constexpr const char* kArn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
  auto p = t.call<op::GetPolicy>(with<svc::GetPolicyRequest>([](auto& in) { in.PolicyArn = kArn; }));
  REQUIRE_MESSAGE(p, message(p));
  CHECK((*p)->Policy->Path == "/job-function/");
  CHECK((*p)->Policy->AttachmentCount.value_or(-1) == 0);
  std::string version((*p)->Policy->DefaultVersionId);
  auto v = t.call<op::GetPolicyVersion>(with<svc::GetPolicyVersionRequest>([&](auto& in) { in.PolicyArn = kArn; in.VersionId = Str(std::string_view(version)); }));
  REQUIRE(v);
  CHECK(percent_decode((*v)->PolicyVersion->Document.view()).starts_with("{\""));
  CHECK((*v)->PolicyVersion->Document.view().find('{') == std::string_view::npos);
  CHECK(code(t.call<op::DeletePolicy>(with<svc::DeletePolicyRequest>([](auto& in) { in.PolicyArn = kArn; }))) == "AccessDenied");
  REQUIRE(t.create_user("Bob"));
  REQUIRE(t.attach_user("Bob", kArn));
  CHECK((*t.call<op::GetPolicy>(with<svc::GetPolicyRequest>([](auto& in) { in.PolicyArn = kArn; })))->Policy->AttachmentCount.value_or(-1) == 1);
  CHECK(message(t.attach_user("Bob", "arn:aws:iam::aws:policy/Nothing")) == "Policy arn:aws:iam::aws:policy/Nothing does not exist or is not attachable.");
  CHECK(code(t.attach_user("Bob", "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy")) == "PolicyNotAttachable");

  auto attached = t.call<op::ListPolicies>(with<svc::ListPoliciesRequest>([](auto& in) { in.Scope = "AWS"; in.OnlyAttached = true; }));
  REQUIRE(attached);
  REQUIRE((*attached)->Policies.size() == 1);
  CHECK((*attached)->Policies[0].Arn == kArn);
  auto who = t.call<op::ListEntitiesForPolicy>(with<svc::ListEntitiesForPolicyRequest>([](auto& in) { in.PolicyArn = kArn; }));
  REQUIRE(who);
  REQUIRE((*who)->PolicyUsers.size() == 1);
  CHECK((*who)->PolicyUsers[0].UserName == "Bob");
  CHECK((*who)->PolicyGroups.has());
}

TEST_CASE("lists_are_paged_in_order_and_every_entry_comes_once") {
  Iam t;
  std::vector<std::string> expected;
  for (int i = 0; i < 25; i++) {
    std::string name = cat("user", 10 + i), path = i % 2 ? "/odd/" : cat("/", std::string(300, 'x'), "/");  // a path that no marker holds
    REQUIRE(t.create_user(name.c_str(), path.c_str()));
    if (i % 2) expected.push_back(name);
  }
  std::vector<std::string> odd, all;
  auto pages = [&](const char* prefix, std::vector<std::string>& out) {
    std::string marker;
    int count = 0;
    do {
      auto page = t.call<op::ListUsers>(with<svc::ListUsersRequest>([&](auto& in) {
        in.MaxItems = 4;
        if (prefix) in.PathPrefix = prefix;
        if (!marker.empty()) in.Marker = Str(std::string_view(marker));
      }));
      REQUIRE_MESSAGE(page, message(page));
      CHECK((*page)->Users.size() <= 4);
      for (const auto& u : (*page)->Users) out.emplace_back(u.UserName);
      marker = (*page)->Marker.view();
      CHECK((*page)->IsTruncated.value_or(false) == !marker.empty());
      CHECK(marker.size() <= 320);
      count++;
    } while (!marker.empty());
    return count;
  };
  CHECK(pages("/od", odd) == 3);
  CHECK(odd == expected);
  CHECK(pages(nullptr, all) == 7);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == 25);
  CHECK(all.size() == 25);
  CHECK(code(t.call<op::ListUsers>(with<svc::ListUsersRequest>([](auto& in) { in.Marker = "junk"; }))) == "ValidationError");
}

TEST_CASE("all_policies_are_listed_through_both_halves") {
  Iam t;
  for (int i = 0; i < 5; i++) t.create_policy(cat("Mine", i).c_str(), kAllowAll, "/p/");
  std::set<std::string> seen;
  std::string marker;
  size_t total = 0;
  do {
    auto page = t.call<op::ListPolicies>(with<svc::ListPoliciesRequest>([&](auto& in) {
      in.MaxItems = total == 0 ? 3 : 1000;
      if (!marker.empty()) in.Marker = Str(std::string_view(marker));
    }));
    REQUIRE_MESSAGE(page, message(page));
    for (const auto& p : (*page)->Policies) { seen.emplace(p.Arn); total++; CHECK_FALSE(p.Tags.has()); }
    marker = (*page)->Marker.view();
  } while (!marker.empty());
  CHECK(total == seen.size());
  CHECK(total > 1000);
  CHECK(seen.contains("arn:aws:iam::000000000000:policy/p/Mine4"));
}

TEST_CASE("policies_in_use_are_paged_through_both_halves") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  std::set<std::string> expected{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"};
  for (int i = 0; i < 4; i++) expected.insert(t.create_policy(cat("Mine", i).c_str(), kAllowAll, i % 2 ? "/p/" : nullptr));
  for (const auto& arn : expected) REQUIRE(t.attach_user("Bob", arn));
  std::string boundary = t.create_policy("Boundary");
  t.create_policy("Unused");
  REQUIRE(t.call<op::PutUserPermissionsBoundary>(with<svc::PutUserPermissionsBoundaryRequest>([&](auto& in) { in.UserName = "Bob"; in.PermissionsBoundary = Str(std::string_view(boundary)); })));
  auto list = [&](const char* scope, const char* usage, bool attached, std::vector<std::string>& out) {
    std::string marker;
    do {
      auto page = t.call<op::ListPolicies>(with<svc::ListPoliciesRequest>([&](auto& in) {
        in.MaxItems = 2;
        in.Scope = scope;
        if (usage) in.PolicyUsageFilter = usage;
        if (attached) in.OnlyAttached = true;
        if (!marker.empty()) in.Marker = Str(std::string_view(marker));
      }));
      REQUIRE_MESSAGE(page, message(page));
      for (const auto& p : (*page)->Policies) out.emplace_back(p.Arn);
      marker = (*page)->Marker.view();
    } while (!marker.empty());
  };
  std::vector<std::string> all, local, aws, boundaries;
  list("All", "PermissionsPolicy", false, all);
  CHECK(std::set<std::string>(all.begin(), all.end()) == expected);
  CHECK(all.size() == expected.size());
  list("Local", nullptr, true, local);
  CHECK(local.size() == 5);
  list("AWS", nullptr, true, aws);
  CHECK(aws.size() == 2);
  list("All", "PermissionsBoundary", false, boundaries);
  CHECK(boundaries == std::vector<std::string>{boundary});
}

TEST_CASE("role_is_created_and_read_with_the_members_that_aws_shows") {
  Iam t;
  auto made = t.create_role("R", kTrust, "/app/");
  REQUIRE_MESSAGE(made, message(made));
  CHECK((*made)->Role->Arn == "arn:aws:iam::000000000000:role/app/R");
  CHECK((*made)->Role->RoleId.view().starts_with("AROA"));
  CHECK((*made)->Role->AssumeRolePolicyDocument == percent_encode(kTrust));
  CHECK_FALSE((*made)->Role->MaxSessionDuration.has());
  auto got = t.get_role("R");
  CHECK((*got)->Role->MaxSessionDuration.value_or(0) == 3600);
  CHECK((*got)->Role->RoleLastUsed.has());
  CHECK_FALSE((*got)->Role->Description.has());
  CHECK_FALSE((*got)->Role->Tags.has());
  CHECK(message(t.create_role("r")) == "Role with name r already exists.");
  CHECK(message(t.create_role("S", "{")) == "This policy contains invalid Json");
  CHECK(code(t.create_role("S", "{")) == "MalformedPolicyDocument");
  CHECK(message(t.call<op::DeleteRole>(with<svc::DeleteRoleRequest>([](auto& in) { in.RoleName = "S"; }))) == "The role with name S cannot be found.");
}

TEST_CASE("trust_policies_keep_unique_ids_of_users") {
  Iam t;
  auto trusting = [](std::string_view who) {
    return cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")", who, R"("},"Action":"sts:AssumeRole"}]})");
  };
  std::string bob = trusting("arn:aws:iam::000000000000:user/Bob");
  CHECK(message(t.create_role("R", bob.c_str())) == "Invalid principal in policy: \"AWS\":\"arn:aws:iam::000000000000:user/Bob\"");
  REQUIRE(t.create_user("Bob"));
  REQUIRE(t.create_role("R", bob.c_str()));
  auto shown = [&] { return percent_decode((*t.get_role("R"))->Role->AssumeRolePolicyDocument.view()); };
  CHECK(shown() == bob);
  REQUIRE(t.call<op::UpdateUser>(with<svc::UpdateUserRequest>([](auto& in) { in.UserName = "Bob"; in.NewUserName = "Rob"; in.NewPath = "/x/"; })));
  CHECK(shown() == trusting("arn:aws:iam::000000000000:user/x/Rob"));
  std::string id((*t.get_user("Rob"))->User->UserId);
  REQUIRE(t.delete_user("Rob"));
  CHECK(shown() == trusting(id));
  REQUIRE(t.create_user("Rob", "/x/"));  // a namesake
  CHECK(shown() == trusting(id));
  CHECK(message(t.create_role("R2", trusting(id).c_str())) == cat("Invalid principal in policy: \"AWS\":\"", id, "\""));
  auto made = t.create_role("Account", trusting("111111111111").c_str());
  REQUIRE(made);
  CHECK(percent_decode((*made)->Role->AssumeRolePolicyDocument.view()) == trusting("111111111111"));  // as given; read, it is the ARN
  CHECK(percent_decode((*t.get_role("Account"))->Role->AssumeRolePolicyDocument.view()) == trusting("arn:aws:iam::111111111111:root"));
  CHECK(t.create_role("Dev", trusting("arn:aws:iam::000000000000:user/fogbank").c_str()));
}

TEST_CASE("renamed_user_keeps_policies_keys_and_attachments") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  std::string arn = t.create_policy("P");
  REQUIRE(t.attach_user("Bob", arn));
  REQUIRE(t.put_user_policy("Bob", "inline", kAllowAll));
  auto key = t.call<op::CreateAccessKey>(with<svc::CreateAccessKeyRequest>([](auto& in) { in.UserName = "Bob"; }));
  std::string id((*key)->AccessKey->AccessKeyId);
  auth::Principal before = t.principal(id);
  REQUIRE(t.create_user("Taken"));
  CHECK(code(t.call<op::UpdateUser>(with<svc::UpdateUserRequest>([](auto& in) { in.UserName = "Bob"; in.NewUserName = "taken"; }))) == "EntityAlreadyExists");
  REQUIRE(t.call<op::UpdateUser>(with<svc::UpdateUserRequest>([](auto& in) { in.UserName = "Bob"; in.NewUserName = "Rob"; })));
  CHECK(t.principal(id).arn == "arn:aws:iam::000000000000:user/Rob");
  CHECK(t.principal(id).user_id == before.user_id);
  auto set = t.core().identity().policies_of(before);  // an authority record from before the rename
  CHECK_FALSE(set->gone);
  CHECK(set->identity.size() == 2);
  CHECK(set->who.arn == "arn:aws:iam::000000000000:user/Rob");
  auto who = t.call<op::ListEntitiesForPolicy>(with<svc::ListEntitiesForPolicyRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); }));
  REQUIRE((*who)->PolicyUsers.size() == 1);
  CHECK((*who)->PolicyUsers[0].UserName == "Rob");
}

TEST_CASE("identity_follows_every_change_at_once") {
  for (bool hostile : {true, false}) {
    Iam t(hostile);
    REQUIRE(t.create_user("Bob"));
    auto key = t.call<op::CreateAccessKey>(with<svc::CreateAccessKeyRequest>([](auto& in) { in.UserName = "Bob"; }));
    std::string id((*key)->AccessKey->AccessKeyId), secret((*key)->AccessKey->SecretAccessKey);
    CHECK(auth::account_of_access_key(id) == "000000000000");
    CHECK(t.core().identity().find_key(id)->secret == secret);
    auth::Principal bob = t.principal(id);
    auto sees = [&] { return t.core().identity().policies_of(bob); };
    CHECK(sees()->identity.empty());
    CHECK(sees() == sees());
    auto list = [&] { return t.call<op::ListUsers>(svc::ListUsersRequest{}, bob); };
    CHECK(message(list()) == "User: arn:aws:iam::000000000000:user/Bob is not authorized to perform: iam:ListUsers on resource: "
                             "arn:aws:iam::000000000000:user/ because no identity-based policy allows the iam:ListUsers action");
    REQUIRE(t.put_user_policy("Bob", "list", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]})"));
    CHECK(list());
    std::string arn = t.create_policy("Boundary", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})");
    REQUIRE(t.call<op::PutUserPermissionsBoundary>(with<svc::PutUserPermissionsBoundaryRequest>([&](auto& in) { in.UserName = "Bob"; in.PermissionsBoundary = Str(std::string_view(arn)); })));
    CHECK(message(list()).ends_with("because no permissions boundary allows the iam:ListUsers action"));
    REQUIRE(t.call<op::CreatePolicyVersion>(with<svc::CreatePolicyVersionRequest>([&](auto& in) { in.PolicyArn = Str(std::string_view(arn)); in.PolicyDocument = kAllowAll; in.SetAsDefault = true; })));
    CHECK(list());
    REQUIRE(t.call<op::TagUser>(with<svc::TagUserRequest>([&](auto& in) { in.UserName = "Bob"; auto& tag = in.Tags.add(t.arena()); tag.Key = "team"; tag.Value = "red"; })));
    REQUIRE(sees()->who.tags.size() == 1);
    CHECK(sees()->who.tags[0].second == "red");
    REQUIRE(t.call<op::UpdateAccessKey>(with<svc::UpdateAccessKeyRequest>([&](auto& in) { in.UserName = "Bob"; in.AccessKeyId = Str(std::string_view(id)); in.Status = "Inactive"; })));
    CHECK_FALSE(t.core().identity().find_key(id));
    REQUIRE(t.call<op::UpdateAccessKey>(with<svc::UpdateAccessKeyRequest>([&](auto& in) { in.UserName = "Bob"; in.AccessKeyId = Str(std::string_view(id)); in.Status = "Active"; })));
    CHECK(t.core().identity().find_key(id));
    CHECK_FALSE(t.core().identity().find_key("AKIAIOSFODNN7EXAMPLE"));
    CHECK_FALSE(t.core().identity().find_key(""));
  }
}

TEST_CASE("no_thread_sees_an_older_policy_after_its_change_was_acknowledged") {
  Iam t(false);
  REQUIRE(t.create_user("Bob"));
  std::string arn = t.create_policy("P");
  auto key = t.call<op::CreateAccessKey>(with<svc::CreateAccessKeyRequest>([](auto& in) { in.UserName = "Bob"; }));
  auth::Principal bob = t.principal(std::string((*key)->AccessKey->AccessKeyId));
  // Odd while the policy is being changed; half of it is the number of changes acknowledged.
  std::atomic<uint64_t> phase{0};
  std::atomic<bool> end{false};
  std::atomic<size_t> wrong{0}, seen{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; i++)
    readers.emplace_back([&] {
      while (!end) {
        uint64_t before = phase;
        auto set = t.core().identity().policies_of(bob);
        if (before % 2 == 0 && phase == before) {
          bool attached = before / 2 % 2 == 1;
          if (set->identity.size() != (attached ? 1u : 0u)) wrong++;
          seen++;
        }
      }
    });
  for (int i = 0; i < 60; i++) {
    phase++;
    if (i % 2 == 0) CHECK(t.attach_user("Bob", arn));
    else CHECK(t.call<op::DetachUserPolicy>(with<svc::DetachUserPolicyRequest>([&](auto& in) { in.UserName = "Bob"; in.PolicyArn = Str(std::string_view(arn)); })));
    phase++;
    for (uint64_t least = seen + 20; seen < least;) std::this_thread::yield();
  }
  end = true;
  for (auto& r : readers) r.join();
  CHECK(wrong == 0);
}

TEST_CASE("decisions_use_the_path_and_tags_of_the_entity") {
  Iam t;
  REQUIRE(t.create_user("Bob"));
  auto key = t.call<op::CreateAccessKey>(with<svc::CreateAccessKeyRequest>([](auto& in) { in.UserName = "Bob"; }));
  std::string id((*key)->AccessKey->AccessKeyId);
  auth::Principal bob = t.principal(id);
  REQUIRE(t.create_role("InPath", kTrust, "/app/"));
  REQUIRE(t.create_role("Outside"));
  REQUIRE(t.call<op::TagRole>(with<svc::TagRoleRequest>([&](auto& in) { in.RoleName = "Outside"; auto& tag = in.Tags.add(t.arena()); tag.Key = "Owner"; tag.Value = "Bob"; })));
  REQUIRE(t.put_user_policy("Bob", "p", R"({"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"iam:GetRole","Resource":"arn:aws:iam::000000000000:role/app/*"},
    {"Effect":"Allow","Action":"iam:DeleteRole","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/Owner":"${aws:username}"}}},
    {"Effect":"Allow","Action":["iam:CreateRole","iam:AttachRolePolicy"],"Resource":"*","Condition":{"ArnLike":{"iam:PermissionsBoundary":"arn:aws:iam::*:policy/boundary"}}},
    {"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}]})"));
  auto get = [&](const char* name) { return code(t.call<op::GetRole>(with<svc::GetRoleRequest>([&](auto& in) { in.RoleName = name; }), bob)); };
  CHECK(get("InPath") == "ok");
  CHECK(get("Outside") == "AccessDenied");
  CHECK(get("Missing") == "AccessDenied");
  auto denied = t.call<op::GetRole>(with<svc::GetRoleRequest>([](auto& in) { in.RoleName = "Outside"; }), bob);
  CHECK(message(denied) == "User: arn:aws:iam::000000000000:user/Bob is not authorized to perform: iam:GetRole on resource: role Outside because no "
                           "identity-based policy allows the iam:GetRole action");
  CHECK(message(t.call<op::ListPolicies>(svc::ListPoliciesRequest{}, bob)).find("on resource: policy path / because") != std::string::npos);
  auto drop = [&](const char* name) { return code(t.call<op::DeleteRole>(with<svc::DeleteRoleRequest>([&](auto& in) { in.RoleName = name; }), bob)); };
  CHECK(drop("InPath") == "AccessDenied");
  CHECK(drop("Outside") == "ok");
  std::string boundary = t.create_policy("boundary");
  auto role = with<svc::CreateRoleRequest>([&](auto& in) { in.RoleName = "New"; in.AssumeRolePolicyDocument = kTrust; });
  CHECK(code(t.call<op::CreateRole>(role, bob)) == "AccessDenied");
  role.PermissionsBoundary = Str(std::string_view(boundary));
  auto made = t.call<op::CreateRole>(role, bob);
  REQUIRE_MESSAGE(made, message(made));
  CHECK((*made)->Role->PermissionsBoundary->PermissionsBoundaryArn == boundary);
  auto attach = [&](const char* name) {
    return code(t.call<op::AttachRolePolicy>(with<svc::AttachRolePolicyRequest>([&](auto& in) { in.RoleName = name; in.PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess"; }), bob));
  };
  CHECK(attach("New") == "ok");        // it has the boundary
  CHECK(attach("InPath") == "AccessDenied");
  auto user = [&](const char* arn) {
    return code(t.call<op::AttachUserPolicy>(with<svc::AttachUserPolicyRequest>([&](auto& in) { in.UserName = "Bob"; in.PolicyArn = arn; }), bob));
  };
  CHECK(user("arn:aws:iam::aws:policy/AdministratorAccess") == "AccessDenied");
  CHECK(user("arn:aws:iam::aws:policy/ReadOnlyAccess") == "ok");
}

TEST_CASE("missing_boundary_at_creation_is_named_as_scope") {
  Iam t;
  auto in = with<svc::CreateUserRequest>([](auto& i) { i.UserName = "U"; i.PermissionsBoundary = "arn:aws:iam::000000000000:policy/none"; });
  CHECK(message(t.call<op::CreateUser>(in)) == "Scope ARN: arn:aws:iam::000000000000:policy/none does not exist or is not attachable.");
  CHECK(code(t.get_user("U")) == "NoSuchEntity");
}
